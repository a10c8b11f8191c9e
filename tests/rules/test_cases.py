"""Each golden flow is answered as its text says, word for word."""

import re
from pathlib import Path

import pytest

from flowlang.rules import all_rules
from flowlang.rules.common import code_of
from tests.rules.cases import CASES, EXPLORED, EXPLORED_CASES, FOLDER, seen

FINE = {
    "allowed",
    "arm_behind_a_retry_is_fine",
    "heard_all_the_time",
    "nobody_at_night_but_rejected",
    "narrowing_is_fine",
    "group_call_is_fine",
}
"""Flows that look wrong at first sight."""


@pytest.mark.parametrize("case", [*CASES, *EXPLORED_CASES], ids=lambda case: case.stem)
def test_a_flow_is_answered_as_written(case: Path) -> None:
    assert seen(case) == case.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_text_has_its_flow() -> None:
    assert {case.stem for case in CASES} == {text.stem for text in FOLDER.glob("*.txt")}
    assert {case.stem for case in EXPLORED_CASES} == {text.stem for text in EXPLORED.glob("*.txt")}
    assert len(CASES) >= 60


def test_what_looks_wrong_but_is_fine_gives_nothing() -> None:
    silent = {case.stem for case in CASES if not case.with_suffix(".txt").read_text(encoding="utf-8")}
    assert silent == FINE


def test_every_rule_has_a_golden_text() -> None:
    texts = " ".join(text.read_text(encoding="utf-8") for text in FOLDER.glob("*.txt"))
    shown = set(re.findall(r"\[([\w-]+)\]", texts))
    assert {code_of(rule) for rule in all_rules()} - shown == {
        "needs-beta",
        "platform-failure-uncaught",
        "pstn-without-resource-account",
        "missing-permission",
    }  # other settings
