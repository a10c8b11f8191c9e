"""`flowlang check --explain-times`"""

import json
from pathlib import Path

import pytest

from flowlang.tools.cli import main

FLOW = """flow 1 "Times"

contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact desk  = +12345678901

on answered:
    consult heidi for 18s:
        on busy: retry up to 1 times after 5s
        otherwise: goto waiting
    transfer replacing consult

stage waiting:
    on enter: say "One moment"
    on tone 1: goto waiting
    after 30s: transfer to desk

on failed: hang up
"""


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.flow").write_text(FLOW, encoding="utf-8")
    return tmp_path


def test_the_table(flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a.flow", "--explain-times"]) == 0
    told = capsys.readouterr().out
    summary, table = told.split(" in 1 file\n", 1)
    assert "warning[silence]" in summary
    assert table == (
        """
a.flow
  line  handler             to a person  to the end  silence
     6  on answered         2m 41s+      2m 41s+     41s from line 7
          = 41s consult (7), 2 tries + 30s until `after 30s` + 1m 30s transfer (15)
    13  waiting: on enter   2m+          2m+         -
          = 30s until `after 30s` + 1m 30s transfer (15)
    14  waiting: on tone 1  2m+          2m+         -
          = 30s until `after 30s` + 1m 30s transfer (15)
    15  waiting: after 30s  1m 30s       1m 30s      -
    17  on failed           -            0s          -

+  and what could not be measured: spoken texts, prompts that are not there
"""
    )


def test_without_the_option_there_is_no_table(flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "a.flow"])
    assert "to a person" not in capsys.readouterr().out
    main(["check", "a.flow", "--format", "json"])
    assert "times" not in json.loads(capsys.readouterr().out)


def test_json(flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a.flow", "--explain-times", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert [one["handler"] for one in told["times"]] == [
        "on answered",
        "on enter",
        "on tone 1",
        "after 30s",
        "on failed",
    ]
    first = told["times"][0]
    assert (first["file"], first["line"], first["stage"]) == ("a.flow", 6, "")
    assert (first["person_seconds"], first["end_seconds"]) == (161.0, 161.0)
    assert (first["silence_seconds"], first["silence_line"]) == (41.0, 7)
    assert (first["is_open"], first["goes_round"], first["is_whole"]) == (False, False, False)
    assert first["way"] == [
        {"file": "a.flow", "line": 7, "step": "consult", "seconds": 41.0, "tries": 2},
        {"file": "a.flow", "line": 15, "step": "after", "seconds": 30.0, "tries": 1},
        {"file": "a.flow", "line": 15, "step": "transfer", "seconds": 90.0, "tries": 1},
    ]


def test_a_flow_that_waits_for_the_caller(flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flow / "b.flow").write_text('on answered: say "Press 1"\non tone 1: hang up\n', encoding="utf-8")
    main(["check", "b.flow", "--explain-times"])
    told = capsys.readouterr().out
    assert "     1  on answered  -            open        -\n" in told
    assert "open  the flow waits until the caller does something\n" in told


@pytest.mark.parametrize("form", ["sarif", "github", "junit"])
def test_other_forms_have_no_room_for_it(form: str, flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a.flow", "--explain-times", "--format", form]) == 2
    assert "--explain-times goes with --format text or json" in capsys.readouterr().err
