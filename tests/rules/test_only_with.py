"""Rules that are not loaded for a flow would have found nothing in it."""

from pathlib import Path

import pytest

import flowlang.rules
from flowlang.analysis.check import check_file
from flowlang.rules import GROUPS, ONLY_WITH
from flowlang.rules.flow import Options
from flowlang.source import Source
from tests.rules.examples import EXAMPLES, Example

FLOWS = sorted((Path(__file__).parents[2] / "flows").glob("*.flow"))
CODES = {code for _, codes in GROUPS for code in codes}


def found_in(path: str, text: str) -> list[tuple[str, int, str]]:
    found = check_file(Source(path, text), lambda _path: None, Options())
    return [(one.code, one.span.start, one.message) for one in found]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.code} {'wrong' if one.is_wrong else 'right'}")
def test_an_example_has_the_same_findings_with_every_rule(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    some = found_in("a.flow", example.text)
    monkeypatch.setattr(flowlang.rules, "ONLY_WITH", {})
    assert found_in("a.flow", example.text) == some


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_a_flow_with_lines_left_out_has_the_same_findings_with_every_rule(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    texts = ["".join([*lines[:at], *lines[at + 1 :]]) for at in range(len(lines))]
    some = [found_in(path.name, text) for text in texts]
    monkeypatch.setattr(flowlang.rules, "ONLY_WITH", {})
    assert [found_in(path.name, text) for text in texts] == some


def test_codes_are_codes() -> None:
    assert {code for codes in ONLY_WITH.values() for code in codes} <= CODES
