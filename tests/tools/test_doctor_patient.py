"""The whole doctor on loopback: a service that is well, one that is not, and one without settings."""

import json
import socket
from pathlib import Path

import pytest

from flowlang.tools.doctor_lines import Line, look_at_all
from flowlang.tools.doctor_patient import Patient, probes_of
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
        "Python", "packages", "flows", "services", "voice", "prompts", "store", "space", "port", "callback", "token",
        "roles", "clock", "Graph", "keys",
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


def test_without_settings_only_what_needs_none() -> None:
    lines = look_at_all(probes_of(FLOWS, None))
    assert [(line.about, line.state) for line in lines] == [
        ("Python", "ok"), ("packages", "ok"), ("flows", "ok"), ("settings", "skipped"),
    ]  # fmt: skip
    assert "--config" in lines[-1].text
