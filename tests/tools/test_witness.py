"""Calls that show a finding: kept in a file, played again, and the very same thing comes about."""

import json
from pathlib import Path

import pytest

from flowlang.analysis.check import Options, check_file
from flowlang.analysis.load import load
from flowlang.compiler import compile_flow
from flowlang.diagnostics import Diagnostic
from flowlang.explorer.canonical import Canonical
from flowlang.explorer.relevance import relevance_of
from flowlang.plan import Plan
from flowlang.scenario.replay import is_left_alone, replay, timed
from flowlang.scenario.world import World
from flowlang.source import Source
from flowlang.tools.cli import main
from flowlang.tools.run_witness import BEGIN_MS
from tests.rules.cases import EXPLORED_CASES
from tests.rules.examples import EXAMPLES, read

STRANDED = 'on answered: play "https://x.example/a.wav"\non failed: hang up\n'
WORLD = World(at_ms=BEGIN_MS)
FLOWS = {case.stem: case.read_text(encoding="utf-8") for case in EXPLORED_CASES}
FLOWS |= {one.name: one.text for one in EXAMPLES if one.is_wrong}


def found_in(text: str) -> list[Diagnostic]:
    options = Options(explores=True)
    return [one for one in check_file(Source("test.flow", text), read, options) if one.facts]


def plan_of(text: str) -> Plan:
    return compile_flow(load(Source("test.flow", text), read))


WITH_CALLS = [(name, number) for name, text in FLOWS.items() for number in range(len(found_in(text)))]


@pytest.mark.parametrize(("name", "number"), WITH_CALLS)
def test_the_call_comes_about_again_at_plausible_times(name: str, number: int) -> None:
    text = FLOWS[name]
    finding, plan = found_in(text)[number], plan_of(text)
    key = Canonical(plan, relevance_of(plan)).key
    as_found = replay(plan, finding.facts, WORLD)
    as_told = replay(plan, timed(plan, finding.facts, BEGIN_MS), WORLD)
    assert as_found.ignored == as_told.ignored == 0
    assert key(as_found.outcome.session) == key(as_told.outcome.session)
    times = [entry.at_ms for entry in as_told.outcome.entries]
    assert times == sorted(times)
    if finding.code in ("stranded-caller", "waits-for-ever"):
        assert is_left_alone(plan, as_told.outcome.session)
        assert as_told.outcome.ending.word == "stranded"


def test_there_are_enough_of_them() -> None:
    assert len(WITH_CALLS) >= 10


# ---------------------------------------------------------------- the file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "lonely.flow").write_text(STRANDED, encoding="utf-8")
    return tmp_path


def keep(folder: Path) -> Path:
    assert main(["check", "--strict", "lonely.flow", "--witnesses", "kept"]) == 1
    (file,) = (folder / "kept").iterdir()
    return file


def test_the_file_is_named_after_flow_line_and_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = keep(folder)
    assert file.name == "lonely-1-stranded-caller.json"
    assert "play it: flowlang run --witness kept/lonely-1-stranded-caller.json" in capsys.readouterr().out
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (document["flow"], document["code"], document["line"], document["column"]) == (
        "lonely.flow", "stranded-caller", 1, 14,
    )  # fmt: skip
    assert document["call"][0] == {"actor": "caller", "other": "flow", "text": "calls, is answered"}


def test_json_names_the_file_and_tells_the_call(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--strict", "lonely.flow", "--witnesses", "kept", "--format", "json"])
    (one,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert one["witness"] == "kept/lonely-1-stranded-caller.json"
    assert one["call"][-1]["text"] == "has nothing left to do, and the line stays open"


def test_the_same_name_twice_gets_a_number(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "lonely.flow").write_text(STRANDED, encoding="utf-8")
    main(["check", "--strict", "lonely.flow", "a/lonely.flow", "--witnesses", "kept"])
    names = sorted(file.name for file in (folder / "kept").iterdir())
    assert names == ["lonely-1-stranded-caller-2.json", "lonely-1-stranded-caller.json"]


def test_it_is_drawn_with_the_lines_of_the_flow(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = keep(folder)
    capsys.readouterr()
    assert main(["run", "--witness", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "incoming call" in shown
    assert 'on answered: play "https://' in shown
    assert "the caller can be left in silence (stranded-caller, lonely.flow:1)." in " ".join(shown.split())


def test_as_json_it_is_what_run_gives(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = keep(folder)
    capsys.readouterr()
    assert main(["run", "--witness", str(file), "--format", "json"]) == 1
    call = json.loads(capsys.readouterr().out)
    assert call["result"] == "stranded"
    assert [one["path"].rpartition("/")[2] for one in call["requests"]] == ["answer", "playPrompt"]


def test_a_flow_that_was_mended_does_not_do_it_any_more(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = keep(folder)
    (folder / "lonely.flow").write_text("on incoming: reject\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["run", "--witness", str(file)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "This call does not come about any more" in said
    assert "The flow has changed since." in said


def test_a_flow_that_changed_elsewhere_is_said_to_have_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = keep(folder)
    (folder / "lonely.flow").write_text(STRANDED + 'on ended: log "over"\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["run", "--witness", str(file)]) == 1
    assert "The flow has changed since this was found" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("gone", "there is no file"),
        ("not json", "holds no JSON"),
        ("a list", "is no witness"),
        ("another object", "is no witness"),
        ("newer", "has version 2"),
        ("no facts", "cannot be read"),
        ("odd facts", "cannot be read"),
        ("other values", "cannot be read"),
        ("no flow", "is damaged"),
        ("a folder", "is a folder, not a file"),
        ("flow gone", "there is no file lonely.flow"),
        ("flow broken", "has mistakes now"),
    ],
)
def test_what_cannot_be_played_is_one_line(
    folder: Path, change: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = keep(folder)
    document = json.loads(file.read_text(encoding="utf-8"))
    texts = {
        "not json": "{",
        "a list": "[]",
        "another object": "{}",
        "newer": json.dumps({**document, "version": 2}),
        "no facts": json.dumps({**document, "facts": []}),
        "odd facts": json.dumps({**document, "facts": [["Nonsense", 1]]}),
        "other values": json.dumps({**document, "facts": [["", 1]]}),
        "no flow": json.dumps({**document, "flow": None}),
    }
    path = str(file)
    if change in texts:
        file.write_text(texts[change], encoding="utf-8")
    elif change == "gone":
        file.unlink()
    elif change == "a folder":
        path = str(folder)
    elif change == "flow gone":
        (folder / "lonely.flow").unlink()
    else:
        (folder / "lonely.flow").write_text("on answered play\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["run", "--witness", path]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("more", [["--outcome", "consult=busy"], ["lonely.flow"], ["--seed", "3"]])
def test_nothing_else_goes_with_it(folder: Path, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    file = keep(folder)
    capsys.readouterr()
    assert main(["run", "--witness", str(file), *more]) == 2
    assert "leave out" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "taken").write_text("", encoding="utf-8")
    assert main(["check", "--strict", "lonely.flow", "--witnesses", "taken"]) == 2
    assert "taken cannot be written" in capsys.readouterr().err
