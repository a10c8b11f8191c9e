"""`flowlang serve` as a process: what it says, signals, kills, and flows that change while it runs."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from flowlang.store import schema
from flowlang.tools.calls_http import Service
from flowlang.tools.cli import main
from tests.serve.processes import Process, address_in, running, town, until

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("FLOWLANG_PROCESS_KILLS", "4"))
AT_ONCE = 4
SIMULATED = ("serve", "flows", "--simulate", "--port", "0", "--admin-port", "0", "--sim-port", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one flow in it."""
    shutil.copytree(ROOT / "flows" / "prompts", tmp_path / "flows" / "prompts")
    shutil.copy(ROOT / "flows" / "consult.flow", tmp_path / "flows")
    return tmp_path


def command(*words: str, cwd: Path) -> tuple[int, str, str]:
    """A command that comes to its end by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "flowlang", *words], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


# ---------------------------------------------------------------- start and stop


def test_it_says_what_it_serves_takes_a_call_and_stops(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "flows" / "broken.flow").write_text("on answered: tranfser to nobody\n")
    with running(*SIMULATED, cwd=folder) as service:
        service.says("broken.flow")
        assert "serves 1 flow: consult" in service.out[0]
        assert re.search(r"not served:\n  flows/broken.flow:1: .*tranfser", service.text)
        assert "a file that goes when this ends" in service.text
        monkeypatch.setenv("FLOWLANG_SIM_URL", address_in(service.says("simulated Graph")))
        monkeypatch.setenv("FLOWLANG_URL", address_in(service.says("admin API")))
        assert main(["sim", "call", "--to", "consult", "--from", "+15550100"]) == 0
        assert "over: the caller was handed over" in capsys.readouterr().out
        assert main(["calls", "ls", "--state", "over"]) == 0
        assert "+15550100" in capsys.readouterr().out
        service.send(signal.SIGTERM)
        assert service.ends() == 0
        assert "flowlang: stopping; calls go on after the next start\n" in service.err


def test_what_keeps_it_from_starting_is_one_line(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = command("serve", "flows", "--simulate", "--port", str(port), cwd=folder)
    assert (code, out) == (2, "")
    why = "Address already in use; choose another with --port"
    assert err == f"flowlang: port {port} on 127.0.0.1 cannot be used: {why}\n"
    with sqlite3.connect(folder / "newer.db") as newer:
        newer.execute("PRAGMA user_version = 99")
    code, out, err = command(*SIMULATED, "--store", "newer.db", cwd=folder)
    assert (code, err.count("\n")) == (2, 1)
    assert f"newer.db has schema 99, this release knows {schema.VERSION}: use the newer release" in err
    with running(*SIMULATED, "--store", "calls.db", cwd=folder) as service:
        service.says("admin API")
        code, _, err = command(*SIMULATED, "--store", "calls.db", cwd=folder)
        who = f"the database calls.db is in use by process {service.pid}"
    assert (code, err) == (2, f"flowlang: {who}: stop that one, or take another --store\n")
    (folder / "flows" / "consult.flow").write_text("on answered: tranfser to nobody\n")
    code, _, err = command(*SIMULATED, cwd=folder)
    assert code == 1
    assert err.endswith("flowlang: there is no flow that can be served\n")


# ---------------------------------------------------------------- calls that outlive the process


def test_a_call_goes_on_after_a_stop_and_a_start(folder: Path) -> None:
    with town(folder) as one:
        service = one.start()
        call = one.call()
        until(lambda: one.admin.get("/v1/figures")["live"] == 1)
        time.sleep(0.5)  # heidi's phone rings
        service.send(signal.SIGTERM)
        assert service.ends() == 0
        one.start()
        word, asked = one.over(call)
    assert word == "transferred"
    assert [text for text in asked if text.startswith(("answer", "create", "transfer"))] == [
        "answer 202", "create Heidi Steen 201", "transfer Heidi Steen 202",
    ]  # fmt: skip


def test_killed_at_random_moments_no_call_is_lost_and_none_is_transferred_twice(folder: Path) -> None:
    """Processes started as a user starts them; `test_kills` kills far more of those that start faster."""
    random = Random(11)
    with town(folder) as one:
        one.start()
        calls: list[str] = []
        for _ in range(KILLS):
            while len(calls) < KILLS and (len(calls) % AT_ONCE or not calls or random.random() < 0.5):
                calls.append(one.call())
                time.sleep(random.uniform(0, 0.4))
            time.sleep(random.uniform(0, 1.2))
            one.kill()
            one.start()
        ends = [one.over(call) for call in calls]
        until(lambda: one.admin.get("/v1/figures")["live"] == 0)
        figures = one.admin.get("/v1/figures")
    assert len(calls) >= KILLS // 2
    for word, asked in ends:
        # Graph gives a call up that nobody answered within 15 seconds; a start takes two.
        assert word == "transferred", asked
        for act in ("answer", "create", "transfer"):
            taken = [text for text in asked if text.startswith(act) and text.endswith((" 201", " 202"))]
            assert len(taken) == 1, asked
    assert (figures["over"], figures["parked"], figures["inbox"], figures["to_send"]) == (len(calls), 0, 0, 0)
    assert not any("Traceback" in line for line in one.err)


# ---------------------------------------------------------------- new versions


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def active(admin: Service) -> list[int]:
    """The share of each version of the only flow, the latest first."""
    return [one["share_percent"] for one in admin.get("/v1/flows")[0]["versions"]]


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / "flows" / "consult.flow"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_flow_that_changes_while_it_is_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(*SIMULATED, "--store", "calls.db", cwd=folder) as service:
        admin = Service(address_in(service.says("admin API")), "")
        monkeypatch.setenv("FLOWLANG_URL", admin.url)
        time.sleep(0.5)  # it begins to look at the folder
        rewrite(folder, "18s", "20s")
        until(lambda: active(admin) == [100, 0])
        rewrite(folder, "20s", "20x")
        until(lambda: "20x" in admin.get("/v1/flows")[0]["trouble"])
        assert active(admin) == [100, 0]  # what was served goes on
        code, text = said(capsys, "versions")
        assert code == 1
        assert "its file is not served: flows/consult.flow:8: 20x is no length of time" in text
        assert said(capsys, "rollback", "consult")[0] == 0
        assert active(admin) == [100, 0]
        rolled = admin.get("/v1/flows")[0]["versions"]
        assert (rolled[0]["by"], rolled[1]["by"]) == ("this machine", "file")
        rewrite(folder, "20x", "20s")  # the file is what it was: an operator's word stands
        until(lambda: not admin.get("/v1/flows")[0]["trouble"])
        assert admin.get("/v1/flows")[0]["versions"] == rolled
        code, text = said(capsys, "deploy", "consult", rolled[1]["digest"][:8], "--share", "10")
        assert "takes 10 of 100 new calls" in text
        assert "takes 90 of 100 new calls" in text
    with running(*SIMULATED, "--store", "calls.db", "--no-watch", cwd=folder) as service:
        admin = Service(address_in(service.says("admin API")), "")
        monkeypatch.setenv("FLOWLANG_URL", admin.url)
        assert active(admin) == [10, 90]
        assert said(capsys, "deploy") == (0, "nothing has changed\n")
        rewrite(folder, "20s", "25s")
        code, text = said(capsys, "deploy")
        newest = admin.get("/v1/flows")[0]["versions"][0]["digest"]
        assert (code, text) == (0, f"consult: version {newest[:8]} takes new calls\n")
        assert active(admin) == [100, 0, 0]
        rewrite(folder, "25s", "25x")
        code, text = said(capsys, "deploy")
        assert (code, text.count("\n")) == (1, 1)
        assert text.startswith("consult is not served as its file is now: flows/consult.flow:8: 25x")
        assert said(capsys, "deploy")[0] == 1  # told again
        assert said(capsys, "deploy", "consult", "ffff") == (2, "flowlang: consult has no version ffff\n")
        assert said(capsys, "rollback", "nobody") == (2, "flowlang: there is no flow nobody\n")
        assert said(capsys, "versions", "nobody") == (2, "flowlang: there is no flow nobody\n")


FILES_OR_VERSION = "deploy takes a flow and a version (see flowlang versions), or nothing to read the files now"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["deploy", "consult"], FILES_OR_VERSION),
        (["deploy", "--share", "101"], "--share is a number from 1 to 100, not 101"),
        (["rollback"], "rollback takes one flow: flowlang rollback reception"),
        (["versions", "a", "b"], "versions takes one flow, or none for all of them"),
        (["deploy", "a", "b", "--share", "0"], "--share is a number from 1 to 100, not 0"),
    ],
)  # fmt: skip
def test_wrong_use_of_versions(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, *words) == (2, f"flowlang: {told}\n")


def test_no_service_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, "versions", "--url", "http://127.0.0.1:9")
    assert code == 4
    assert text.startswith("flowlang: no service answers")


def test_a_process_of_these_tests_can_be_killed(folder: Path) -> None:
    with running(*SIMULATED, cwd=folder) as service:
        service.says("admin API")
        service.kill()
        assert service.ends() == -signal.SIGKILL
    assert isinstance(service, Process)
