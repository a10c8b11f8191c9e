"""What of a call a flow can tell apart."""

from typing import NamedTuple

import pytest

from flowlang.call.facts import Value
from flowlang.explorer.relevance import Relevance, relevance_of, told_apart
from tests.explorer.plans import number_of
from tests.flowtext import plan_of

END = "\non failed: hang up"


def relevance(flow: str) -> Relevance:
    return relevance_of(plan_of(flow + END))


class Case(NamedTuple):
    """A flow, a variable of it, and the values that it is compared with (None: nobody looks at it)."""

    flow: str
    name: str
    values: set[Value] | None


CONSTANTS = {
    "nobody looks": Case('let v = 0\non answered:\n    log "{v}"\n    hang up', "v", None),
    "is": Case("let v = 0\non answered:\n    when v is 3: hang up\n    else: transfer to bob", "v", {3, 4}),
    "less": Case("let v = 0\non answered:\n    when v < 3: hang up\n    else: transfer to bob", "v", {2, 3, 4}),
    "not a number": Case(
        'let v = ""\non answered:\n    when v is "x": hang up\n    else: transfer to bob', "v", {"x"}
    ),
    "yes or no": Case("let v = no\non answered:\n    when v: hang up\n    else: transfer to bob", "v", {True, False}),
    "a comparison of yes or no": Case(
        "let v = no\non answered:\n    when v is yes: hang up\n    else: transfer to bob", "v", {True}
    ),
    "in a handler": Case("let v = 0\non answered: hang up\non tone 1 when v is 3: hang up", "v", {3, 4}),
    "through a copy": Case(
        "let v = 0\nlet w = 0\non answered:\n    set w = v\n    when w is 3: hang up\n    else: transfer to bob",
        "v", {3, 4},
    ),
    "through a sum": Case(
        "let v = 0\nlet w = 0\non answered:\n    set w = v + 1\n    when w is 3: hang up\n    else: transfer to bob",
        "v", {3, 4},
    ),
    "inside and, or, not": Case(
        "let v = 0\nlet w = 0\non answered:\n    when not (v is 3) and (w is 1 or w is 5): hang up\n"
        "    else: transfer to bob",
        "w", {1, 2, 5, 6},
    ),
    "a time limit": Case(
        "setting v = 20s\non answered:\n    consult alice for v\n    transfer replacing consult\n"
        "if that fails: hang up",
        "v", set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONSTANTS.values(), ids=CONSTANTS)
def test_what_a_variable_is_compared_with(case: Case) -> None:
    plan = plan_of(case.flow + END)
    found = relevance_of(plan).constants[number_of(plan, case.name)]
    assert (None if found is None else set(found)) == case.values


def test_members_of_an_answer() -> None:
    flow = """
service crm for 2s answers tier text, agent contact, vip yes/no
on answered:
    ask crm about caller.number as account:
        otherwise: transfer to bob
    when account.tier is "gold": transfer to account.agent
    else:
        log "{account.vip}"
        hang up
"""
    plan = plan_of(flow + END)
    found, account = relevance_of(plan), number_of(plan, "account")
    assert found.members[account] == {"tier": ("gold",), "agent": ()}
    assert found.dialled == {(account, "agent")}


READS_CODES = """
on answered: transfer to alice
if that fails:
    when result.code is 486: hang up
    else: transfer to bob
"""
ROOTS = {
    "nothing": ("on answered: hang up", set()),
    "the caller's number": (
        "on answered:\n    when caller.number exists: hang up\n    else: transfer to bob",
        {("caller", "number"), ("caller", "")},
    ),
    "from whom": ("on incoming from alice: reject\non incoming: answer\non answered: hang up", {("caller", "")}),
    "only written": ('on answered:\n    log "{caller.number}"\n    hang up', set()),
    "the result": (
        READS_CODES,
        {("result", "code")},
    ),
}


@pytest.mark.parametrize(("flow", "roots"), ROOTS.values(), ids=ROOTS)
def test_which_built_in_names_are_read(flow: str, roots: set[tuple[str, str]]) -> None:
    assert relevance(flow).roots == roots


KEYS = {
    "no keys": ("on answered: hang up", 1),
    "one": ("on answered: hang up\non tone 1: hang up", 2),
    "two of one handler are one": ("on answered: hang up\non tone 1, 2: hang up", 2),
    "two": ("on answered: hang up\non tone 1: hang up\non tone 2: hang up", 3),
    "a menu too": (
        'on answered:\n    menu "a.wav":\n        press 3: hang up\n        otherwise: hang up\non tone 1: hang up', 3
    ),
    "the key that ends": ('on answered:\n    gather 2 digits as v for 5s ending pound\n    hang up', 2),
    "the key that accepts": ("on answered:\n    consult alice for 9s accepting 1\n    transfer replacing consult", 2),
}  # fmt: skip


@pytest.mark.parametrize(("flow", "kinds"), KEYS.values(), ids=KEYS)
def test_keys_that_nobody_tells_apart_are_one(flow: str, kinds: int) -> None:
    keys = relevance(flow).keys
    assert len(keys) == len(set(keys)) == kinds


ARMS = """
on answered:
    transfer to alice:
        on busy: hang up
        on 500/7000: hang up
        on 4xx: hang up
        otherwise: transfer to bob
"""


def test_results_that_no_arm_tells_apart_are_one() -> None:
    found = relevance(ARMS)
    texts = ("486/0", "486/1", "600/0", "500/7000", "500/7700", "503/0", "404/0", "403/7505")
    told = [f"{one.code}/{one.subcode}" for one in told_apart(found, texts)]
    assert told == ["486/0", "600/0", "500/7000", "500/7700", "404/0"]


def test_every_arm_has_a_failure_that_fits() -> None:
    assert set(relevance(ARMS).failures) == {"486/0", "500/7000", "400/0"}


def test_where_codes_are_read_every_result_counts() -> None:
    assert len(told_apart(relevance(READS_CODES), ("486/0", "486/1", "600/0"))) == 3


CALLERS = {
    "a number in a condition": (
        'on answered:\n    when caller.number starts with "+49": hang up\n    else: transfer to carol', "+49000000000"
    ),
    "a name in a condition": (
        'on answered:\n    when caller.name is "Robin": hang up\n    else: transfer to carol', "Robin"
    ),
    "a contact as caller": ("on incoming from alice: reject\non incoming: answer\non answered: hang up", "Alice"),
    "who comes": ("on incoming: answer\non joined bob: hang up\nafter 5m: hang up", "Bob"),
}  # fmt: skip


@pytest.mark.parametrize(("flow", "text"), CALLERS.values(), ids=CALLERS)
def test_who_may_call_or_come(flow: str, text: str) -> None:
    assert [party for party in relevance(flow).parties if text in (party.id, party.name)]


ROSTER = {
    "joined": ("on incoming: answer\non joined: hang up\nafter 5m: hang up", True),
    "hold": ("on incoming: answer\non answered:\n    hold alice\n    hang up", True),
    "move": ("on incoming: answer\non answered:\n    transfer alice to bob\n    otherwise: hang up", True),
    "neither": ("on answered: transfer to alice", False),
}


@pytest.mark.parametrize(("flow", "uses"), ROSTER.values(), ids=ROSTER)
def test_whether_people_who_come_and_go_matter(flow: str, uses: bool) -> None:
    flow = flow.replace("\n    otherwise: hang up", "\nif that fails: hang up")
    assert relevance(flow).uses_roster == uses
