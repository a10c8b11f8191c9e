"""What services answer, who calls, and what a flow is started with."""

import pytest

from flowlang.call import facts
from flowlang.call.party import Party
from flowlang.explorer.relevance import relevance_of
from flowlang.explorer.values import A_NUMBER, MOST_ANSWERS, Members, answers_of, beginnings
from flowlang.plan import Ask
from tests.flowtext import plan_of

END = "\non failed: hang up"
ASKS = """
service crm for 2s answers tier text, vip yes/no, age number, agent contact
on answered:
    ask crm about caller.number as account:
        otherwise: hang up
    when {}: hang up
    else: transfer to bob
"""


def answers(condition: str) -> list[Members]:
    plan = plan_of(ASKS.format(condition) + END)
    step = next(place.step for place in plan.places if isinstance(place.step, Ask))
    return answers_of(relevance_of(plan), step)


ANSWERS = {
    "a text": ('account.tier is "gold"', [(("tier", "gold"),), (("tier", "something else"),), ()]),
    "yes or no": ("account.vip", [(("vip", True),), (("vip", False),), ()]),
    "a number": ("account.age is 3", [(("age", 3),), (("age", 4),), (("age", 1004),), ()]),
    "two members": (
        'account.vip and account.tier is "gold"',
        [
            (("tier", "gold"), ("vip", True)), (("tier", "gold"), ("vip", False)), (("tier", "gold"),),
            (("tier", "something else"), ("vip", True)), (("tier", "something else"), ("vip", False)),
            (("tier", "something else"),), (("vip", True),), (("vip", False),), (),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answers_that_the_flow_tells_apart(condition: str, expected: list[Members]) -> None:
    found = answers(condition)
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_whoever_is_dialled_is_a_number_too() -> None:
    plan = plan_of(ASKS.format("account.agent exists").replace("transfer to bob", "transfer to account.agent") + END)
    step = next(place.step for place in plan.places if isinstance(place.step, Ask))
    found = answers_of(relevance_of(plan), step)
    assert (("agent", A_NUMBER),) in found
    assert () in found


def test_an_answer_that_nobody_reads_is_one() -> None:
    plan = plan_of("service crm for 2s\non answered:\n    ask crm about caller.number\n    hang up" + END)
    step = next(place.step for place in plan.places if isinstance(place.step, Ask))
    assert answers_of(relevance_of(plan), step) == [()]


def test_too_many_answers_differ_one_member_at_a_time() -> None:
    members = [f"m{number}" for number in range(6)]
    flow = "service crm for 2s answers " + ", ".join(f"{name} yes/no" for name in members)
    flow += "\non answered:\n    ask crm about caller.number as account:\n        otherwise: hang up\n    when "
    flow += " and ".join(f"account.{name}" for name in members) + ": hang up\n    else: transfer to bob"
    plan = plan_of(flow + END)
    step = next(place.step for place in plan.places if isinstance(place.step, Ask))
    found = answers_of(relevance_of(plan), step)
    assert len(found) == 1 + 2 * len(members) < MOST_ANSWERS
    for name in members:
        assert any((name, False) in one for one in found)
        assert any(name not in dict(one) for one in found)


def callers(flow: str) -> list[Party]:
    plan = plan_of(flow + END)
    return [one.caller for one in beginnings(plan, relevance_of(plan)) if isinstance(one, facts.Incoming)]


BEGINNINGS = {
    "anybody": ("on answered: hang up", {"phone"}),
    "who it is matters": (
        "on answered:\n    when caller.number exists: hang up\n    else: transfer to bob",
        {"phone", "user", "anonymous"},
    ),
}


@pytest.mark.parametrize(("flow", "kinds"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_kinds_of_callers(flow: str, kinds: set[str]) -> None:
    assert {one.kind for one in callers(flow)} == kinds


def test_whoever_is_named_calls() -> None:
    found = callers("on incoming from alice: reject\non incoming: answer\non answered: hang up")
    assert [one for one in found if one.name == "Alice"]
    assert [one for one in found if one.name != "Alice"]


KINDS = {
    "a call between two": ("on answered: hang up", {"peer"}),
    "people come and go": ("on incoming: answer\non joined: hang up\nafter 5m: hang up", {"group"}),
    "both are told apart": (
        "on incoming when call.kind is group: answer\non incoming: reject\non answered: hang up", {"peer", "group"}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("flow", "kinds"), KINDS.values(), ids=KINDS)
def test_kinds_of_calls(flow: str, kinds: set[str]) -> None:
    plan = plan_of(flow + END)
    assert {one.kind for one in beginnings(plan, relevance_of(plan)) if isinstance(one, facts.Incoming)} == kinds


def test_what_a_flow_is_started_with() -> None:
    flow = """
let customer = ""
let tries = 0
let note = ""
on start when tries < 2: call customer for 20s
on start: log "{note}"
on answered: hang up
"""
    plan = plan_of(flow + END)
    given = [dict(one.values) for one in beginnings(plan, relevance_of(plan)) if isinstance(one, facts.Started)]
    assert {one["customer"] for one in given} == {"", A_NUMBER}
    assert {one["tries"] for one in given} == {0, 1, 2, 3}
    assert not any("note" in one for one in given)
    assert len(given) == 8
    assert callers(flow.replace("on answered", "on incoming: answer\non answered")) != []
