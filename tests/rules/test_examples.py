"""Every rule's page is true: its wrong flow gives the finding and nothing else, its better flow none."""

import re

import pytest

from flowlang.diagnostics import Severity
from flowlang.rules import PROVED, all_rules, proved_rules
from flowlang.rules.common import Rule, code_of
from tests.rules.examples import EXAMPLES, Example, check, examples_of, told

RULES = [*all_rules(), *proved_rules()]
NO_EXAMPLE = ("budget-exceeded",)  # that flow would be long, and slow to check


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.is_wrong], ids=lambda e: e.name)
def test_a_wrong_flow_gives_its_finding_and_no_other(example: Example) -> None:
    found = check(example.text, example.graph, example.is_strict, explores=True, granted=example.granted)
    assert {one.code for one in found} == {example.code, *example.also}, told(found)
    assert [one.severity for one in found if one.code == example.code] == [example.rule.SEVERITY], told(found)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.is_wrong], ids=lambda e: e.name)
def test_a_right_flow_gives_none(example: Example) -> None:
    found = [
        one
        for one in check(example.text, example.graph, example.is_strict, explores=True, granted=example.granted)
        if one.severity is not Severity.INFO or one.code == example.code
    ]
    assert told(found) == []


@pytest.mark.parametrize("rule", RULES, ids=code_of)
def test_a_page_has_a_title_a_reason_and_both_flows(rule: Rule) -> None:
    title, _, rest = (rule.__doc__ or "").partition("\n\n")
    assert title.endswith(".")
    assert "\n" not in title
    assert not rest.startswith("```") or rule.__name__.endswith(("wrong_number_of_arguments", "play_to_leg_not_up"))
    assert [example.is_wrong for example in examples_of(rule)] == ([] if code_of(rule) in NO_EXAMPLE else [True, False])


def test_no_rule_is_there_twice() -> None:
    codes = [code_of(rule) for rule in RULES]
    assert len(codes) == len(set(codes)) >= 85


def test_the_rules_that_are_loaded_late_have_the_codes_that_are_known_early() -> None:
    assert tuple([code_of(rule) for rule in proved_rules()]) == PROVED


def test_codes_are_words_joined_by_hyphens() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code_of(rule)) for rule in RULES)
