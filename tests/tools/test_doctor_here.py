"""What can be seen on this machine: each line, when it is ok and when it is not."""

import os
import re
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from flowlang.rules.needs import Need
from flowlang.source import Source, Span
from flowlang.store.schema import VERSION
from flowlang.store.sqlite import SqliteStore
from flowlang.tools import doctor_here
from flowlang.tools.doctor_here import flows, packages, port, python, services, store, voice
from flowlang.tools.permissions import Group, grouped

ROOT = Path(__file__).parents[2]
SOURCE = Source("a.flow", "x")


def needing(*texts: str) -> list[Group]:
    return [Group("operator", (one,), False, (Need("operator", (one,), "w", SOURCE, Span(0, 1)),)) for one in texts]


def test_python() -> None:
    assert python()[0].state == "ok"
    old = python((3, 10, 2))[0]
    assert (old.state, old.text) == ("wrong", "3.10.2")
    assert "3.11" in old.cure


def test_packages() -> None:
    assert packages()[0].state == "ok"
    (line,) = packages(["json", "no_such_package_of_ours"])
    assert "no_such_package_of_ours" in line.text
    assert "json" not in line.text
    assert "flowlang[serve]" in line.cure


def test_the_packages_are_those_of_the_extra() -> None:
    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted = tomllib.load(file)["project"]["optional-dependencies"]["serve"]
    names = {re.split(r"[\[<>=]", one)[0] for one in wanted}
    imported = {{"pyjwt": "jwt", "prometheus-client": "prometheus_client"}.get(name, name) for name in names}
    assert imported == set(doctor_here.PACKAGES)


# ---------------------------------------------------------------- flows


def test_flows_that_are_well() -> None:
    (line,) = flows([str(ROOT / "flows")])
    assert line.state == "ok"
    assert "no errors" in line.text


def test_flows_with_mistakes_and_prompts_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.flow").write_text('on answered: play "a.wav" then hang up\n', encoding="utf-8")
    (line,) = flows([str(tmp_path)])
    assert line.state == "wrong"
    assert "a.flow:1" in line.text
    assert "a.wav" in line.text


# ---------------------------------------------------------------- store


def by_name(path: Path) -> dict[str, str]:
    return {line.about: line.state for line in store(str(path), VERSION)}


def test_a_store_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    assert by_name(path) == {"store": "ok", "space": "ok"}
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_there_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    SqliteStore(str(path)).close()
    before = path.read_bytes()
    assert by_name(path)["store"] == "ok"
    assert path.read_bytes() == before


def test_a_store_while_the_service_writes(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    SqliteStore(str(path)).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert by_name(path)["store"] == "ok"
    other.close()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (line,) = store(str(tmp_path / "no" / "calls.db"), VERSION)
    assert line.state == "wrong"
    assert "there is no folder" in line.text


def test_no_database(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    path.write_text("this is a letter and no database at all, and long enough to be looked at", encoding="utf-8")
    assert by_name(path)["store"] == "wrong"


def test_a_database_of_a_newer_release(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    SqliteStore(str(path)).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    line = store(str(path), VERSION)[0]
    assert line.state == "wrong"
    assert "newer release" in line.text


def test_a_database_of_an_older_release(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    SqliteStore(str(path)).close()
    line = store(str(path), VERSION + 1)[0]
    assert line.state == "ok"
    assert "copy beside it" in line.text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write everywhere")
def test_a_folder_in_which_nothing_can_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert by_name(tmp_path / "calls.db")["store"] == "wrong"


def test_a_folder_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(dir: str) -> object:  # noqa: A002 - as the function is called
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuses)
    line = store(str(tmp_path / "calls.db"), VERSION)[0]
    assert line.state == "wrong"
    assert "Permission denied" in line.text


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=100 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    assert by_name(tmp_path / "calls.db")["space"] == "wrong"


# ---------------------------------------------------------------- ports


def test_ports() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        (taken,) = port("127.0.0.1", number, lambda: False)
        assert taken.state == "wrong"
        assert "cannot be had" in taken.text
        (ours,) = port("127.0.0.1", number, lambda: True)
        assert ours.state == "ok"
    (free,) = port("127.0.0.1", number, lambda: pytest.fail("nobody is asked about a free port"))
    assert free.state == "ok"


# ---------------------------------------------------------------- voice and services

PYTHON = sys.executable
SPEAKS = [PYTHON, "-c", "import sys; sys.stdout.buffer.write(b'RIFF....WAVE')"]


def test_a_voice_is_tried_where_flows_say_something() -> None:
    assert voice([], SPEAKS)[0].state == "skipped"
    assert voice(needing("a voice"), SPEAKS)[0].state == "ok"
    (line,) = voice(needing("a voice"), [])
    assert line.state == "wrong"
    assert "no voice is set" in line.text


def test_a_voice_that_writes_a_file_and_gets_its_text() -> None:
    program = "import sys; open(sys.argv[1], 'wb').write(b'RIFF' if sys.argv[2] == 'This is a test.' else b'no')"
    assert voice(needing("a voice"), [PYTHON, "-c", program, "{file}", "{text}"])[0].state == "ok"
    listens = "import sys; sys.stdout.write('RIFF' if sys.stdin.read() == 'This is a test.' else 'no')"
    assert voice(needing("a voice"), [PYTHON, "-c", listens])[0].state == "ok"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["no-such-program-of-ours"], "there is no program"),
        ([PYTHON, "-c", "raise SystemExit('no such voice')"], "ends with code 1: no such voice"),
        ([PYTHON, "-c", "print('hello')"], "gives no WAV"),
    ],
)
def test_a_voice_that_does_not_work(command: list[str], said: str) -> None:
    (line,) = voice(needing("a voice"), command)
    assert line.state == "wrong"
    assert said in line.text


def test_a_voice_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_here, "SPEAK_SECONDS", 0.2)
    (line,) = voice(needing("a voice"), [PYTHON, "-c", "import time; time.sleep(60)"])
    assert "takes more than 0.2 seconds" in line.text


def test_services_of_flows_have_addresses(tmp_path: Path) -> None:
    file = tmp_path / "a.flow"
    file.write_text("service crm\non answered: ask crm about caller then hang up\n", encoding="utf-8")
    groups, _ = grouped([Source(str(file), file.read_text(encoding="utf-8"))])
    (line,) = services(groups, [])
    assert line.state == "wrong"
    assert "crm" in line.text
    assert services(groups, ["crm"])[0].state == "ok"
    assert services([], [])[0].state == "skipped"
