"""The doctor reads the settings: what is wrong with them, and all that they tell of the service."""

import json
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from flowlang.tools import doctor_far
from flowlang.tools.cli import main
from flowlang.tools.doctor import COMMAND, patient_of
from flowlang.tools.doctor_patient import Other
from flowlang.tools.doctor_settings import patient_by
from flowlang.tools.options import read
from tests.prompts.making import wav
from tests.tools.test_doctor_far import APPLICATION, OTHER, TENANT, served
from tests.tools.test_doctor_patient import SECRET, answers, free_port

SETTINGS = """
serve: {{listen: "127.0.0.1:{port}", public_url: "http://127.0.0.1:{port}", store: calls.db}}
graph: {{url: "{url}", login_url: "{url}", configuration_url: "{url}/configuration/{keys}"}}
bots:
  desk: {{application_id: {one}, tenant_id: {tenant}, secret: {{env: OUR_SECRET}}}}
  shop: {{application_id: {two}, tenant_id: {tenant}, secret: {{file: {folder}/secret}}}}
answers: {{default: quiet}}
services: {{crm: {{url: "https://crm.example"}}}}
voice: {{url: "{url}/speak", language: de, headers: {{Authorization: {{env: OUR_SECRET}}}}}}
"""
FLOW = """
contact x = user 550fae72-d251-43ec-868c-373732c2704f

on answered: say "hello" then transfer to x
on failed: hang up
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a flow that says something, in which we are."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "quiet.flow").write_text(FLOW)
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUR_SECRET", SECRET)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def settings(url: str, folder: Path) -> str:
    keys = quote(f"{url}/v1/keys", safe="")
    return SETTINGS.format(
        port=free_port(), url=url, keys=keys, one=APPLICATION, two=OTHER, tenant=TENANT, folder=folder
    )


def whole(method: str, path: str, body: str) -> tuple[int, object, dict[str, str]]:
    """A Graph with a page that names its keys, and a voice."""
    if path.startswith("/configuration/"):  # the address of the keys comes behind it
        return 200, {"jwks_uri": unquote(path.removeprefix("/configuration/"))}, {}
    if path == "/speak":
        return (200, wav(), {}) if json.loads(body)["language"] == "de" else (400, {}, {})
    return answers(method, path, body)


def test_everything_comes_from_the_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(whole) as url:
        (folder / "flowlang.yaml").write_text(settings(url, folder))
        code = main(["doctor"])
        out = capsys.readouterr().out
    assert code == 0, out
    lines = [line.split(maxsplit=2) for line in out.splitlines() if line[:2] == "ok"]
    assert [about for _, about, _ in lines] == [
        "Python", "packages", "settings", "flows", "voice", "store", "space", "admin", "port", "callback",
        "callback", "token", "roles", "token", "roles", "Graph", "keys",
    ]  # fmt: skip
    assert "/bots/desk/callback leads here" in out
    assert "/bots/shop/callback leads here" in out
    assert f"given for application {OTHER}" in out
    told = " ".join(out.split())
    assert f"warn files {folder}/secret can be read by other users (mode 644) > chmod 600 {folder}/secret" in told
    assert out.endswith("\nall is well, 1 warning\n")
    assert SECRET not in out
    assert not (folder / "calls.db").exists()


def test_what_is_wrong_with_the_file_is_told_line_by_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flowlang.yaml").write_text("serve: {store: [a]}\nanswer: {}\n")
    assert main(["doctor", "--graph", "http://127.0.0.1:9"]) == 1
    out = capsys.readouterr().out
    assert "WRONG  settings  flowlang.yaml:1:9: serve.store is text, not a list" in out
    assert "WRONG  settings  flowlang.yaml:2:1: there is no setting answer; did you mean answers?" in out
    assert out.count("> correct it") == 2


def test_names_that_are_not_there_and_secrets_that_are_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OUR_SECRET")
    text = settings("http://127.0.0.1:9", folder).replace("default: quiet", "default: quite")
    (folder / "other.yaml").write_text(text)
    assert main(["doctor", "--config", "other.yaml"]) == 1
    out = capsys.readouterr().out
    assert "other.yaml:7:11: no flow that can be served is called quite; did you mean quiet?" in out
    assert "WRONG  secrets     bots.desk.secret: the variable OUR_SECRET is not set" in out
    assert "voice.headers.Authorization: the variable OUR_SECRET is not set" in out
    assert "bots.shop.secret" not in out


def test_options_count_more_than_the_settings(folder: Path) -> None:
    (folder / "flowlang.yaml").write_text(settings("http://127.0.0.1:9", folder))
    flows = (str(folder / "flows"),)
    by_file = patient_by("", flows)
    assert (by_file.application_id, by_file.path, by_file.services) == (APPLICATION, "/bots/desk", ("crm",))
    assert by_file.others == (Other(OTHER, TENANT, SECRET, "/bots/shop"),)
    assert SECRET not in repr(by_file) + repr(by_file.others)
    assert patient_of(read(COMMAND, []), flows) == by_file
    words = ["--application", OTHER, "--store", "else.db", "--listen", "81", "--graph", "https://g", "--voice", "x"]
    one = patient_of(read(COMMAND, words), flows)
    assert (one.application_id, one.others, one.path) == (OTHER, (), "")
    assert (one.store_path, one.port, one.graph_url, one.keys_url) == ("else.db", 81, "https://g", "https://g/v1/keys")
    assert (one.voice, one.voice_url, one.tenant_id) == (("x",), "", TENANT)


def test_without_settings_the_options_tell(folder: Path) -> None:
    one = patient_by("", ("flows",))
    assert [(line.about, line.state) for line in one.settings] == [("settings", "skipped")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, wav(), {}), "speaks"),
        ((401, {}, {}), "answers 401"),
        ((200, b"<html>", {}), "gives no WAV"),
    ],
)
def test_a_voice_that_is_a_service(answer: tuple[int, object, dict[str, str]], said: str) -> None:
    with served(lambda _m, _p, _b: answer) as url:
        (line,) = doctor_far.voice(f"{url}/speak?key=hidden", {"X-Key": "hidden"}, "")
    assert said in line.text
    assert "hidden" not in line.text
    assert "cannot be reached" in doctor_far.voice("http://127.0.0.1:9", {}, "")[0].text
