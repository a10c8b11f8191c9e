"""The whole doctor on loopback: a service that is well, one that is not, and one of which little is known."""

import json
import socket
from pathlib import Path

import pytest

from flowlang.tools.cli import main
from flowlang.tools.doctor import COMMAND, patient_of
from flowlang.tools.doctor_lines import Line, look_at_all
from flowlang.tools.doctor_patient import Patient, probes_of
from flowlang.tools.options import read
from tests.tools.test_doctor_far import APPLICATION, TENANT, served, token_with

FLOWS = [str(Path(__file__).parents[2] / "flows" / "consult.flow")]
SECRET = "s3cr3t-of-ours"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def patient(tmp_path: Path, url: str, **more: object) -> Patient:
    number = free_port()
    one = Patient(
        APPLICATION, TENANT, SECRET, f"http://127.0.0.1:{number}", str(tmp_path / "calls.db"), "127.0.0.1", number,
        login_url=url, graph_url=url, keys_url=f"{url}/v1/keys",
    )  # fmt: skip
    return one._replace(**more)  # type: ignore[arg-type]


def answers(_method: str, path: str, _body: str) -> tuple[int, object, dict[str, str]]:
    if path.endswith("/token"):
        return 200, {"access_token": token_with("Calls.Initiate.All")}, {}
    return 200, {"keys": [{"kid": "a"}]}, {}


def looked(tmp_path: Path, **more: object) -> dict[str, Line]:
    with served(answers) as url:
        one = patient(tmp_path, url, **more)
        lines = look_at_all(probes_of(FLOWS, one))
    assert SECRET not in json.dumps(lines)
    assert SECRET not in repr(one)
    return {line.about.split()[0]: line for line in lines}


def test_a_service_that_is_well(tmp_path: Path) -> None:
    found = looked(tmp_path)
    assert {line.about: line for line in found.values() if line.state == "wrong"} == {}
    assert list(found) == [
        "Python", "packages", "flows", "services", "voice", "prompts", "store", "space", "files", "admin", "port",
        "callback", "token", "roles", "clock", "Graph", "keys",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "about"),
    [
        ({"store_path": "/no/such/folder/calls.db"}, "store"),
        ({"public_url": "http://127.0.0.1:9"}, "callback"),
        ({"login_url": "http://127.0.0.1:9"}, "token"),
        ({"graph_url": "http://127.0.0.1:9"}, "Graph"),
        ({"keys_url": "http://127.0.0.1:9"}, "keys"),
        ({"secret": ""}, "token"),
    ],
)
def test_one_thing_that_is_wrong_is_the_only_one_told(more: dict[str, object], about: str, tmp_path: Path) -> None:
    found = looked(tmp_path, **more)
    assert [line.about for line in found.values() if line.state == "wrong"] == [about]


def test_what_was_not_said_is_not_looked_at(tmp_path: Path) -> None:
    with served(answers) as url:
        lines = look_at_all(probes_of(FLOWS, Patient(graph_url=url, login_url=url, keys_url=url)))
    states = {line.about: line.state for line in lines}
    assert [about for about, state in states.items() if state == "skipped"] == [
        "services", "voice", "prompts", "store", "files", "admin", "callback", "token",
    ]  # fmt: skip
    assert "wrong" not in states.values()
    texts = " ".join(line.text for line in lines)
    assert all(option in texts for option in ("--store", "--listen", "--tenant"))


# ---------------------------------------------------------------- the command


def words(tmp_path: Path, url: str) -> list[str]:
    number = free_port()
    return [
        "doctor", *FLOWS, "--application", APPLICATION, "--tenant", TENANT, "--secret", "env:OUR_SECRET", "--public",
        f"http://127.0.0.1:{number}", "--listen", str(number), "--store", str(tmp_path / "calls.db"), "--graph", url,
    ]  # fmt: skip


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OUR_SECRET", SECRET)
    monkeypatch.setenv("COLUMNS", "100")
    with served(answers) as url:
        assert main(words(tmp_path, url)) == 0
        out = capsys.readouterr().out
        assert "leads here" in out
        assert out.endswith("all is well\n")
        assert SECRET not in out
        assert max(map(len, out.splitlines())) <= 100
        assert main([*words(tmp_path, url), "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["is_well"] is True
    assert main([*words(tmp_path, "http://127.0.0.1:9"), "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {line["about"] for line in document["lines"] if line["state"] == "wrong"} == {"token", "Graph", "keys"}
    assert SECRET not in json.dumps(document)


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    assert patient_of(read(COMMAND, ["--secret", f"file:{file}"])).secret == SECRET


def test_what_the_options_say() -> None:
    one = patient_of(read(COMMAND, ["--listen", "0.0.0.0:81", "--voice", "say -o '{file}'", "--service", "crm"]))
    assert (one.host, one.port, one.voice, one.services) == ("0.0.0.0", 81, ("say", "-o", "{file}"), ("crm",))
    assert patient_of(read(COMMAND, ["--listen", "[::1]:81"])).host == "::1"
    usual = patient_of(read(COMMAND, []))
    assert (usual.host, usual.port, usual.services) == ("127.0.0.1", 0, None)
    assert usual.graph_url == "https://graph.microsoft.com"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--secret", "s3cr3t"], "env:NAME or file:PATH"),
        (["--secret", "env:NO_SUCH_VARIABLE_OF_OURS"], "NO_SUCH_VARIABLE_OF_OURS is not set"),
        (["--secret", "file:/no/such/file"], "there is no file"),
        (["--listen", "x"], "--listen is a port"),
        (["--listen", "70000"], "--listen is a port"),
        (["--voice", "say 'x"], "--voice cannot be read"),
        (["nothing.flow"], "there is no file or folder"),
    ],
)
def test_wrong_use(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", *([] if given == ["nothing.flow"] else FLOWS), *given]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "s3cr3t" not in err
