"""`flowlang codes`"""

import json
import re
from pathlib import Path

import pytest

from flowlang.call.explained import ADVICE, CODES
from flowlang.call.results import CATALOGUE, covers, is_pattern
from flowlang.source import Source
from flowlang.syntax.parser import parse
from flowlang.tools.cli import main
from flowlang.tools.codes import found_for, name_of

FLOW = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact desk  = +12345678901

on answered:
    consult heidi for 18s playing "hold.wav":
        on busy, declined: transfer to desk
        on 480/10076: transfer to desk
        otherwise: transfer to desk
    transfer replacing consult:
        on 5xx: retry up to 2 times after 3s
on transfer completed: log "done"
on transfer failed 500/7000: hang up
on failed: hang up
"""


@pytest.fixture
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.flow").write_text(FLOW, encoding="utf-8")
    return tmp_path


def said(words: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    assert main(["codes", *words]) == code
    told = capsys.readouterr()
    return told.err if code else told.out


# ---------------------------------------------------------------- the table


def test_every_name_has_advice_and_nothing_else_has() -> None:
    assert set(ADVICE) == set(CATALOGUE)


def test_every_code_of_the_catalogue_is_explained() -> None:
    told = {code.text for code in CODES}
    zero = {f"0/{number}" for number in (4097, 4521, 540000, 560000)}  # as 200/…, from another list
    patterns = {pattern for named in CATALOGUE.values() for pattern in named.patterns}
    missing = {one for one in patterns if not any(covers(one, code) or covers(code, one) for code in told)}
    assert missing - zero == {"480/0"}


def test_the_table_holds_each_code_once_and_only_patterns() -> None:
    texts = [code.text for code in CODES]
    assert len(texts) == len(set(texts)) > 100
    assert all(is_pattern(text) for text in texts)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.text)
def test_every_code_has_a_cause_and_a_cure(code: object) -> None:
    (entry,) = [one for one in found_for(code.text) if one.text == code.text]  # type: ignore[attr-defined]
    assert entry.meaning
    assert entry.cause
    assert entry.cure
    assert entry.source


def test_what_a_table_row_says_to_write_parses() -> None:
    for code in CODES:
        for way in found_for(code.text)[0].patterns:
            step = way.startswith(("ended", "transfer completed"))
            text = f'on {way}: log "x"\n' if step else f'on answered:\n    hang up:\n        on {way}: log "x"\n'
            assert parse(Source("a.flow", text)).diagnostics == (), way


def test_the_name_with_the_fewest_codes_is_told() -> None:
    names = {code.text: name_of(code) for code in CODES}
    assert names["500/7700"] == "consultative transfer failed"
    assert names["404/10202"] == "leg gone"
    assert names["403/7505"] == "tenant mismatch"
    assert names["403/560403"] == "forbidden"
    assert names["486/560486"] == "busy"
    assert names["487/540487"] == "cancelled"
    assert names["200/7000"] == ""


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("asked", "heads"),
    [
        ("7015", ["200/7015", "0/7015"]),
        ("7000", ["500/7000", "200/7000"]),
        ("500/7700", ["500/7700"]),
        ("480#10076", ["480/10076"]),
        ("BUSY", ["busy"]),
        ("no answer", ["no answer"]),
        ("486", ["486/*", "486/560486", "486/540486"]),
        ("*/8539", ["*/8539"]),
        ("603/12", ["603/12"]),
        ("500/4242", ["500/4242"]),
    ],
)
def test_what_is_found(asked: str, heads: list[str]) -> None:
    assert [entry.text for entry in found_for(asked)] == heads


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("bussy", "did you mean busy?"),
        ("no anwser", "did you mean no answer?"),
        ("7016", "did you mean 7015?"),
        ("4096", "did you mean 4097?"),
        ("200/7700", "there is 500/7700"),
        ("7xx", "there is no class of codes 7xx"),
        ("zzzzzzzz", "see flowlang codes"),
    ],
)
def test_what_is_not_there_is_one_line(asked: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = said([asked], capsys, 2)
    assert near in told
    assert told.count("\n") == 1


# ---------------------------------------------------------------- who catches it


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ("486/0", [6]),
        ("busy", [6]),
        ("603", [6]),
        ("480/10076", [7]),
        ("unreachable", [7]),
        ("500/7700", [10]),
        ("500/7000", [10, 12]),
        ("7015", [11]),
        ("200/4097", []),
    ],
)
def test_the_lines_that_catch_it(asked: str, lines: list[int], flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said([asked, "--in", str(flows / "flows")], capsys)
    assert sorted({int(line) for line in re.findall(r"a\.flow:(\d+)", told)}) == lines


def test_the_folder_flows_is_the_usual_place(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "flows/a.flow:6  on busy, declined" in said(["busy"], capsys)
    assert "nowhere by name in flows; `otherwise` and `on failed` take it" in said(["throttled"], capsys)
    assert "caught   nowhere by name in flows\n" in said(["4097"], capsys)


def test_without_a_folder_nothing_is_said_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "caught" not in said(["busy"], capsys)
    assert "there is no file or folder nowhere" in said(["busy", "--in", "nowhere"], capsys, 2)


def test_success_is_never_shown_as_something_to_catch(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "write    on transfer completed:\n" in said(["7015"], capsys)
    assert "write" not in said(["8514"], capsys)
    assert "caught" not in said(["8514"], capsys)


def test_the_list_holds_every_code_once(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said([], capsys)
    assert re.findall(r"^  (\S+/\S+) ", told, re.MULTILINE) != []
    assert sorted(re.findall(r"^  (\S+/\S+) ", told, re.MULTILINE)) == sorted(code.text for code in CODES)
    assert all(f"\n{name}: " in f"\n{told}" for name in CATALOGUE)


def test_json(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(["480/10076", "--format", "json"], capsys))
    (one,) = told["results"]
    assert told["version"] == 1
    assert (one["result"], one["name"]) == ("480/10076", "unreachable")
    assert one["patterns"] == ["unreachable", "480/10076"]
    assert one["caught"] == [{"path": "flows/a.flow", "line": 7, "words": "on 480/10076"}]
    assert len(json.loads(said(["--format", "json"], capsys))["results"]) == len(CODES)


def test_a_narrower_code_catches_some_of_it(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "on answered:\n    consult +12345678901:\n        on 486/560486: hang up\n        on 603: hang up\n"
    (flows / "b.flow").write_text(text, encoding="utf-8")
    assert re.findall(r"b.flow:\d", said(["486/*", "--in", "b.flow"], capsys)) == ["b.flow:3"] * 2
