"""`flowlang permissions`"""

import json
from pathlib import Path

import pytest

from flowlang.tools.cli import main

PEOPLE = """contact desk = +12345678901
routine reach(who): transfer to who
"""
ONE = """use "people.flow"

on answered:
    play "a.wav"
    do reach(desk)
on failed: hang up
"""
TWO = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
on incoming when call.kind is group: answer
on joined heidi: play "a.wav" then invite heidi
on tone 1: hang up
"""


@pytest.fixture
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").mkdir()
    for name, text in (("people", PEOPLE), ("one", ONE), ("two", TWO)):
        (tmp_path / "flows" / f"{name}.flow").write_text(text, encoding="utf-8")
    return tmp_path


def test_what_is_needed_and_where(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions"]) == 0
    assert capsys.readouterr().out == (
        """Application roles of Microsoft Graph, each with an administrator's consent
  Calls.AccessMedia.All
    hearing keys  flows/two.flow:4
  Calls.Initiate.All
    a transfer  flows/people.flow:2
  Calls.InitiateGroupCall.All
    an invitation  flows/two.flow:3
  Calls.JoinGroupCall.All or Calls.JoinGroupCallAsGuest.All
    answering a group call  flows/two.flow:2

Phone numbers
  a resource account of the application, with a phone number and a licence to call out
    a call to a phone number  flows/one.flow:5

On the operator's side
  calling switched on for the bot, with the address of the webhook
    taking calls  flows/one.flow:3, flows/two.flow:2
"""
    )


def test_of_two_roles_one_is_enough(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "alone.flow").write_text('on answered: play "a.wav" then hang up\n', encoding="utf-8")
    assert main(["permissions", "alone.flow"]) == 0
    told = capsys.readouterr().out
    assert "  Calls.Initiate.All or Calls.AccessMedia.All\n" in told
    assert "    playing sound  alone.flow:1\n    hanging up     alone.flow:1\n" in told


def test_many_places_are_counted(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = "".join("    consult +12345678901 then hang up consult\n" for _ in range(5))
    (flows / "many.flow").write_text(f"on answered:\n{steps}", encoding="utf-8")
    main(["permissions", "many.flow"])
    assert "a consult  many.flow:2, many.flow:3, many.flow:4 and 2 more\n" in capsys.readouterr().out


def test_json_holds_every_place(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions", "flows", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert told["flows"] == ["flows/one.flow", "flows/people.flow", "flows/two.flow"]
    assert told["incomplete"] == []
    needs = {tuple(one["any_of"]): one for one in told["needs"]}
    assert needs["Calls.Initiate.All", "Calls.AccessMedia.All"]["covered"] is True
    transfer = needs[("Calls.Initiate.All",)]
    assert transfer["kind"] == "role"
    assert transfer["needed_by"] == [
        {"file": "flows/people.flow", "line": 2, "column": 21, "why": "a transfer", "sure": True}
    ]


def test_a_flow_that_cannot_be_read_as_a_whole(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "broken.flow").write_text("on answered\n    transfer to +12345678901 then then\n", encoding="utf-8")
    assert main(["permissions", "broken.flow"]) == 1
    told = capsys.readouterr()
    assert told.err == "flowlang: broken.flow has mistakes, so something may be missing here; see flowlang check\n"
    assert main(["permissions", "broken.flow", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["incomplete"] == ["broken.flow"]


def test_nothing_needed_and_nothing_there(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "none.flow").write_text('on start: log "x"\n', encoding="utf-8")
    assert main(["permissions", "none.flow"]) == 0
    assert capsys.readouterr().out == "nothing is needed by 1 file\n"
    assert main(["permissions", "nowhere.flow"]) == 2
    assert "there is no file or folder nowhere.flow" in capsys.readouterr().err
