"""The loop on a small obedient Graph: time, order, repeats, retries, outcomes, keys, services."""

from itertools import pairwise
from typing import Any

import pytest

from flowlang.call.trace import Trace
from flowlang.plan import Plan
from flowlang.scenario.loop import Outcome, play
from flowlang.scenario.outcomes import read_outcome
from flowlang.scenario.world import Keys, World
from flowlang.wire.http import HttpResponse
from tests.flowtext import plan_of
from tests.scenario.small_graph import SmallGraph

START_MS = 1_795_428_000_000
CONSULT = """
on answered:
    consult alice for 18s playing "hold.wav"
    transfer replacing consult:
        on 500/7700: retry up to 2 times after 3s
if that fails:
    play "sorry.wav" then transfer to mailbox
on failed: hang up
"""
MENU = """
on answered:
    menu "menu.wav" for 5s up to 2 times:
        press 1: hang up
        press 2: transfer to alice
        on timeout: transfer to carol
        otherwise: transfer to mailbox
on failed: hang up
"""


def played(flow: str | Plan, *outcomes: str, graph: SmallGraph | None = None, **world: Any) -> Outcome:
    plan = flow if isinstance(flow, Plan) else plan_of(flow)
    wanted = tuple([read_outcome(text) for text in outcomes])
    surroundings = World(START_MS, wanted=wanted)._replace(**world)
    return play(plan, surroundings, graph or SmallGraph())


def words(outcome: Outcome) -> list[str]:
    return [exchange.request.path.rpartition("/")[2] for exchange in outcome.exchanges]


def codes(outcome: Outcome, *wanted: str) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(e.trace.code, e.trace.facts) for e in outcome.entries if e.trace.code in wanted]


# ---------------------------------------------------------------- the whole


def test_a_call_is_handed_over() -> None:
    outcome = played(CONSULT)
    assert outcome.ending.word == "transferred"
    assert not outcome.ending.used_safety_net
    assert outcome.ending.result is not None
    assert outcome.ending.result.subcode == 7015
    acts = [type(exchange.act).__name__ for exchange in outcome.exchanges]
    assert acts == ["Answer", "CreateCall", "Play", "CancelMedia", "Transfer", "HangUp"]


def test_the_same_call_again_is_the_same_to_the_letter() -> None:
    one, two = played(CONSULT, "transfer=500/7700"), played(CONSULT, "transfer=500/7700")
    assert one[:3] == two[:3]


def test_requests_about_one_leg_go_out_one_at_a_time_and_legs_are_independent() -> None:
    outcome = played(CONSULT)
    for leg in {exchange.leg for exchange in outcome.exchanges}:
        mine = sorted(e for e in ((x.sent_ms, x.answered_ms) for x in outcome.exchanges if x.leg == leg))
        assert all(before[1] <= after[0] for before, after in pairwise(mine))
    create, music = outcome.exchanges[1], outcome.exchanges[2]
    assert music.sent_ms < create.answered_ms


def test_times_count_from_the_beginning_of_the_call() -> None:
    outcome = played(CONSULT)
    assert outcome.entries[0].at_ms == 0
    assert [e.at_ms for e in outcome.entries] == sorted(e.at_ms for e in outcome.entries)


# ---------------------------------------------------------------- repeats and refusals


def test_a_repeated_notification_never_reaches_the_engine() -> None:
    graph = SmallGraph()
    graph.copies = 3
    assert played(CONSULT, graph=graph)[:2] == played(CONSULT)[:2]


def test_come_back_later_is_obeyed_within_the_bound() -> None:
    graph = SmallGraph()
    graph.answers = [HttpResponse(429, (("retry-after", "2"),), b"")]
    outcome = played(CONSULT, graph=graph)
    assert outcome.ending.word == "transferred"
    answer = outcome.exchanges[0]
    assert (answer.status, answer.tries) == (202, 2)
    assert answer.answered_ms - answer.sent_ms >= 2_000
    assert [path for path in graph.log if path[1].endswith("/answer")] == graph.log[:2]


def test_come_back_after_the_bound_is_a_failure() -> None:
    graph = SmallGraph()
    graph.answers = [HttpResponse(503, (("Retry-After", "60"),), b"")]
    outcome = played(CONSULT, graph=graph)
    assert outcome.exchanges[0].tries == 1
    assert ("failed", ("answer", 503, 0, "")) in codes(outcome, "failed")


def test_throttled_without_a_time_is_a_failure_at_once() -> None:
    assert ("failed", ("transfer", 429, 0, "too many requests or calls")) in codes(
        played(CONSULT, "transfer=throttled"), "failed"
    )


def test_a_lost_answer_is_told_to_the_engine_and_nothing_is_sent_twice() -> None:
    graph = SmallGraph()
    graph.answers = [None]
    outcome = played(CONSULT, graph=graph)
    assert outcome.exchanges[0].status == 0
    assert codes(outcome, "lost")
    assert [e.act.__class__.__name__ for e in outcome.exchanges][:2] == ["Answer", "GetCall"]


# ---------------------------------------------------------------- outcomes


@pytest.mark.parametrize(
    ("outcomes", "failed"),
    [
        (["consult=busy"], ("consult", 486, 0, "the party is in another call")),
        (["consult=no answer"], ("consult", 487, 10004, "no answer")),
        (["consult=403/7505"], ("consult", 403, 7505, "the party belongs to another tenant")),
        (["transfer=500/7700"], ("transfer", 500, 7700, "the consulted call could not be replaced")),
        (["transfer=meeting mode"], ("transfer", 400, 8523, "the call is a group call, where this cannot be done")),
        (["transfer=no outcome"], ("transfer", 0, 0, "no outcome")),
        (["consult=busy", "play=media failed"], ("play", 500, 8511, "sound could not be played or heard")),
        (["answer=403/7504"], ("answer", 403, 7504, "the application lacks a role")),
    ],
)
def test_a_step_turns_out_as_the_user_wants(outcomes: list[str], failed: tuple[str | int, ...]) -> None:
    outcome = played(CONSULT, *outcomes)
    assert ("failed", failed) in codes(outcome, "failed")
    assert outcome.unused == ()


def test_each_outcome_is_for_one_step_in_order() -> None:
    outcome = played(CONSULT, "transfer=500/7700", "transfer=success", "transfer=busy", "reject=403")
    assert outcome.ending.word == "transferred"
    assert len(codes(outcome, "failed")) == 1
    assert [wanted.text for wanted in outcome.unused] == ["transfer=busy", "reject=403"]


def test_a_step_that_rings_several_turns_out_the_same_for_all() -> None:
    outcome = played(
        "on answered:\n    consult alice, bob for 9s\n    transfer replacing consult\non failed: hang up",
        "consult=busy",
    )
    assert len(codes(outcome, "leg-over")) >= 3
    assert outcome.ending.word == "ended"


# ---------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("flow", "world", "word"),
    [
        ("on incoming: reject busy", {}, "rejected"),
        ("on incoming: redirect to alice", {}, "redirected"),
        ("on answered: hang up", {}, "ended"),
        ('on answered: play "a.wav"', {}, "stranded"),
        ('on answered: play "a.wav" repeating', {}, "running"),
        ('on answered: play "a.wav" repeating', {"hang_up_after_ms": 12_000}, "ended"),
        ('on answered: play "a.wav"\nafter 10m: hang up', {}, "ended"),
        ('on answered: log "hello"', {}, "stranded"),
    ],
)
def test_how_calls_end(flow: str, world: dict[str, Any], word: str) -> None:
    assert played(flow, **world).ending.word == word


def test_a_stranded_caller_is_noticed_at_once_and_where() -> None:
    outcome = played('on answered: play "a.wav"')
    assert outcome.ending.at_ms < 10_000
    step = outcome.session
    assert step.place < 0
    assert outcome.ending.place >= 0


def test_the_safety_net_is_told() -> None:
    outcome = played("on answered: consult alice then transfer replacing consult", "consult=busy")
    assert outcome.ending.used_safety_net
    assert outcome.ending.word == "ended"


# ---------------------------------------------------------------- keys


def keys_pressed(outcome: Outcome) -> list[tuple[int, str]]:
    return [(e.at_ms, str(e.trace.facts[0])) for e in outcome.entries if e.trace.code == "tone"]


def test_keys_are_pressed_when_the_flow_asks() -> None:
    outcome = played(MENU, keys=(Keys(("9",)), Keys(("2",))))
    asked = [e.at_ms for e in outcome.entries if e.trace.code == "request" and e.trace.facts[1] == "playPrompt"]
    assert keys_pressed(outcome) == [(asked[0] + 1000, "9"), (asked[1] + 1000, "2")]
    assert outcome.ending.word == "transferred"
    assert outcome.keys_left == 0


def test_without_keys_the_caller_is_silent() -> None:
    assert keys_pressed(played(MENU)) == []


def test_keys_that_nobody_asked_for_are_counted() -> None:
    assert played(MENU, keys=(Keys(("1",)), Keys(("2",)))).keys_left == 1


def test_a_flow_that_never_asks_gets_keys_two_seconds_apart() -> None:
    flow = 'on answered: play "a.wav" repeating\non tone 1: log "one"\non tone 2: hang up'
    pressed = keys_pressed(played(flow, keys=(Keys(("1",)), Keys(("2",)))))
    up = 315
    assert pressed == [(up + 2000, "1"), (up + 4000, "2")]


def test_a_key_at_a_time_of_its_own() -> None:
    assert keys_pressed(played(MENU, keys=(Keys(("2",), 4_000),))) == [(4_000, "2")]


def test_no_key_is_pressed_where_the_user_wants_none() -> None:
    outcome = played(MENU, "menu=menu failed", keys=(Keys(("1",)),))
    assert keys_pressed(outcome) == []
    assert outcome.keys_left == 1


def test_people_who_are_called_press_what_accepts() -> None:
    flow = """
    on answered:
        consult alice for 9s announcing "ask.wav" accepting 1
        transfer replacing consult
    on failed: hang up
    """
    assert played(flow).ending.word == "transferred"


# ---------------------------------------------------------------- services and other flows

ASK = """
service crm answers tier text
on answered:
    ask crm about caller.number as account for 3s
    when account.tier is "gold":
        transfer to alice
    else:
        hang up
on failed: hang up
"""


@pytest.mark.parametrize(
    ("answers", "outcomes", "word", "failed"),
    [
        ((("crm", "tier", "gold"),), [], "transferred", None),
        ((("crm", "tier", "tin"),), [], "ended", None),
        ((("shop", "tier", "gold"),), [], "ended", None),
        ((), ["ask=service failed"], "ended", ("ask", 0, 0, "service failed")),
        ((), ["ask=503"], "ended", ("ask", 503, 0, "")),
        ((), ["ask=no outcome"], "ended", ("ask", 0, 0, "service failed")),
    ],
)
def test_services(answers, outcomes: list[str], word: str, failed: tuple[str | int, ...] | None) -> None:
    outcome = played(ASK, *outcomes, answers=answers)
    assert outcome.ending.word == word
    failures = [facts for _, facts in codes(outcome, "failed")]
    assert (failed in failures) if failed else not failures


@pytest.mark.parametrize(
    ("flows", "outcomes", "started"),
    [(("other",), [], 1), (None, [], 1), ((), [], 0), (("other",), ["start=no such flow"], 0)],
)
def test_other_flows(flows: tuple[str, ...] | None, outcomes: list[str], started: int) -> None:
    outcome = played("on answered:\n    start other after 5m\n    hang up\non failed: hang up", *outcomes, flows=flows)
    assert len(outcome.started) == started
    assert bool(codes(outcome, "failed")) == (not started)


def test_a_flow_that_is_started() -> None:
    outcome = played('let who = ""\non start: call who for 20s\non answered: play "a.wav" then hang up', kind="start",
                     values=(("who", "+12025550123"),))  # fmt: skip
    assert outcome.ending.word == "ended"
    assert Trace("leg-up", -1, 0) not in [e.trace for e in outcome.entries]
    assert outcome.exchanges[0].request.path.endswith("/communications/calls")
