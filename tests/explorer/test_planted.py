"""The checker is checked: a bug planted in the engine, or a hole in the model, changes what it says of some flow."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

import pytest

from flowlang.analysis.load import load
from flowlang.call.session import Kept, Leg
from flowlang.compiler import compile_flow
from flowlang.engine import activity, learn
from flowlang.engine.index import Index
from flowlang.explorer.environment import Environment, Row, environment
from flowlang.explorer.explored import Explored, explore
from flowlang.explorer.survey import GOES_ON
from flowlang.plan import Arm, Plan
from flowlang.source import Source
from flowlang.steps.machine import Machine
from tests.explorer.small_flows import SMALL
from tests.explorer.worlds import plan_named
from tests.flowtext import plan_of
from tests.rules.cases import EXPLORED_CASES
from tests.rules.examples import read

MOST_STATES = 3_000


TOUCHY = {
    "nothing is caught": "on answered: consult alice for 9s then transfer replacing consult",
    "a time limit during a transfer": """
on answered:
    transfer to alice:
        otherwise: goto waiting
stage waiting:
    on enter: play "a.wav" then goto waiting
on failed: hang up
after 5m: hang up
""",
    "only when busy": """
on answered:
    consult alice for 9s:
        on busy: log "x"
        otherwise: hang up
    transfer replacing consult
on failed: hang up
""",
    "only when the transfer fails": """
on answered:
    transfer to alice:
        on 500/7000: log "x"
        otherwise: hang up
on transfer completed: log "y"
on failed: hang up
""",
    "only when the prompt fails": """
on answered:
    play "a.wav":
        on 500/8511: log "x"
        otherwise: hang up
    hang up
on failed: hang up
""",
    "only when the answer is late": """
on incoming:
    answer:
        on 408/8587:
            log "late"
            wait 1s
        otherwise: log "other"
on answered: hang up
on failed: hang up
""",
    "a leg of a stage that was left": """
on answered:
    consult alice for 9s
    play "a.wav" to consult
    goto late
if that fails: hang up
stage late:
    on enter: play "b.wav" repeating for 30s then hang up
on failed: hang up
""",
    "somebody is asked": """
service crm for 2s answers vip yes/no
on answered:
    ask crm about caller.number as a:
        otherwise: log "x"
    when a.vip: hang up
    else: transfer to bob
on failed: hang up
""",
    "another flow": """
on start:
    start other:
        otherwise:
            log "x"
            wait 1s
on failed: hang up
""",
}
"""Flows in which one thing alone makes the difference."""


@cache
def plans() -> dict[str, Plan]:
    """The small flows, in which nothing is found, and the golden ones, in which something is."""
    found = {name: plan_of(text) for name, text in TOUCHY.items()}
    found |= {name: plan_named(name) for name in SMALL}
    for case in EXPLORED_CASES:
        source = Source(case.name, case.read_text(encoding="utf-8"))
        found[case.stem] = compile_flow(load(source, read))
    return found


class Verdict(NamedTuple):
    """What is said of a flow: callers left alone, failures that nothing catches, handlers and steps that no call comes
    to, steps at which too much happens; and what must never be: steps in which a caller is stuck, legs that nobody can
    use and nobody hangs up."""

    alone: frozenset[tuple[str, int]]
    nets: frozenset[int]
    idle_handlers: frozenset[int]
    idle_places: frozenset[int]
    too_much: frozenset[int]
    stuck: frozenset[int]
    loose_legs: frozenset[str]


def verdict(plan: Plan) -> Verdict:
    found = explore(plan, lambda states: states >= MOST_STATES)
    kinds = ("stranded-caller", "waits-for-ever", "loop-without-exit")
    return Verdict(
        frozenset([(kind, shown.place) for kind in kinds for shown in found.alone(kind)]),
        frozenset([shown.place for shown in found.nets()]),
        frozenset(found.idle_handlers()),
        frozenset(found.idle_places()),
        frozenset(found.survey.too_much),
        frozenset(stuck(found)),
        frozenset(loose_legs(found)),
    )


def stuck(found: Explored) -> Iterator[int]:
    """Steps that run while nothing more will come but what people do."""
    for number, session in enumerate(found.space.sessions):
        is_waiting = found.space.is_known[number] and session.run and session.primary >= 0 and not session.end
        if is_waiting and not any(edge.by in GOES_ON and edge.to != number for edge in found.space.edges[number]):
            yield session.place


def loose_legs(found: Explored) -> Iterator[str]:
    """Legs that are up although nothing that may still run names them."""
    for session in found.space.sessions:
        if session.place < 0 and not session.end:
            reach = found.plan.reach[session.stage + 1]
            for leg in session.legs:
                is_let_go = leg.is_over or leg.is_unwanted or leg.number == session.primary
                if not is_let_go and leg.name not in reach:
                    yield leg.name or "a leg without a name"


@cache
def sound() -> dict[str, Verdict]:
    return {name: verdict(plan) for name, plan in plans().items()}


def differs() -> dict[str, Verdict]:
    """Flows of which something else is said now, one is enough."""
    for name, plan in plans().items():
        now = verdict(plan)
        if now != sound()[name]:
            return {name: now}
    return {}


# ---------------------------------------------------------------- the engine


def nothing(*_given: object, **_named: object) -> None:
    """Stands in for what a planted bug leaves out."""


def over(m: Machine, _index: Index, _result: object) -> None:
    """Instead of the safety net: the activity is over."""
    activity.over(m)


def takes_always(m: Machine, arm: Arm, result: object) -> bool:
    """A retry that does not count."""
    return True


def up_again(m: Machine, index: Index, leg: Leg, _result: object) -> None:
    """Back from a transfer as if the call had just come up."""
    learn._up(m, index, leg)


def keep_nothing(m: Machine, event: Kept) -> None:
    m.say("dropped", event.leg, event.event, "forgotten")


def keep_timers(m: Machine, index: Index, stage: int) -> None:
    """`goto` without leaving the old stage's timers behind, and without arming the new one's."""
    activity.cancel(m, index)
    m.stage, m.visit = stage, m.visit + 1
    for number in index.handlers[stage + 1].get("enter", ()):
        if m.plan.handlers[number].stage == stage:
            activity.start(m, number, m.plan.handlers[number].place)
            return
    activity.over(m)


def first_only(m: Machine, index: Index, event: Kept, numbers: tuple[int, ...]) -> int:
    """Takes the first handler, whether it fits or not."""
    return numbers[0] if numbers else -1


ENGINE: dict[str, tuple[str, Callable[..., object]]] = {
    "legs are not cleaned up": ("flowlang.engine.step._collect", nothing),
    "no safety net": ("flowlang.engine.failure.to_safety_net", over),
    "kept events are forgotten": ("flowlang.engine.events._keep", keep_nothing),
    "established again begins anew": ("flowlang.engine.learn._transfer_failed", up_again),
    "retries are not counted": ("flowlang.engine.failure._takes", takes_always),
    "no timers of stages and the flow": ("flowlang.engine.events.arm_timers", nothing),
    "goto leaves the timers alone": ("flowlang.engine.events.change_stage", keep_timers),
    "any handler will do": ("flowlang.engine.events.find", first_only),
    "sound is never there": ("flowlang.engine.learn._audible", nothing),
    "the end of a leg is not heard": ("flowlang.engine.learn.leg_over", nothing),
    "operations are not heard": ("flowlang.engine.learn._remember", nothing),
    "the last handlers do not run": ("flowlang.engine.ending._line_up", nothing),
    "steps leave their timers": ("flowlang.engine.activity.leave_step", lambda m: setattr(m, "run", 0)),
}


@pytest.mark.parametrize(("where", "what"), ENGINE.values(), ids=ENGINE)
def test_a_bug_in_the_engine_is_noticed(where: str, what: Callable[..., object]) -> None:
    assert sound()
    with patch(where, what):
        assert differs()


# ---------------------------------------------------------------- the model

Keeps = Callable[[Row], Row | None]


def changed(keeps: Keeps) -> Environment:
    """The model with rows taken out."""
    model = environment()

    def left(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple([made for row in rows if (made := keeps(row)) is not None])

    return Environment(
        {word: left(rows) for word, rows in model.answers.items()},
        {word: left(rows) for word, rows in model.operations.items()},
        {phase: left(rows) for phase, rows in model.legs.items()},
        left(model.services), left(model.flows), model.timers,
    )  # fmt: skip


def without(subject: str, *moves: str) -> Environment:
    return changed(lambda row: None if row.subject == subject and row.move in moves else row)


def never(*kinds: str) -> dict[str, str]:
    """Timers of these kinds never fire."""
    return {kind: "never" if kind in kinds else same for kind, same in environment().timers.items()}


def all_but(*kinds: str) -> Environment:
    return environment()._replace(timers=never(*kinds))


PROMPTS = ("playPrompt", "getOperation")


def nobody_is_busy(row: Row) -> Row | None:
    return row._replace(results=tuple([one for one in row.results if one != "486/0"]), has_any=False)


def transfers_work(row: Row) -> Row | None:
    return None if row.move == "back" else row._replace(has_any=False)


MODEL: dict[str, Callable[[], Environment]] = {
    "nobody is busy": lambda: changed(nobody_is_busy),
    "nobody answers": lambda: without("ringing", "established"),
    "nobody hangs up": lambda: without("up", "over"),
    "no caller hangs up before the answer": lambda: without("incoming", "over"),
    "timers never fire": lambda: all_but(*environment().timers),
    "after never fires": lambda: all_but("after"),
    "phones ring for ever": lambda: all_but("ring"),
    "nobody presses a key": lambda: without("up", "tone"),
    "nobody comes or goes": lambda: without("up", "roster"),
    "no sound": lambda: without("up", "audio"),
    "transfers never fail": lambda: changed(transfers_work),
    "transfers never succeed": lambda: without("transferring", "transferred"),
    "prompts are never over": lambda: changed(
        lambda row: None if row.subject in PROMPTS and "completed" in (row.move, row.operation) else row
    ),
    "prompts never fail": lambda: changed(
        lambda row: None if row.subject in PROMPTS and "500/8511" in row.results else row
    ),
    "services never fail, and are never late": lambda: without("ask", "failed")._replace(timers=never("bound")),
    "services never answer": lambda: without("ask", "answered"),
    "flows are always started, and at once": lambda: without("start", "unknown")._replace(timers=never("bound")),
    "answering never fails": lambda: without("answering", "over"),
    "answered calls never come up": lambda: without("answering", "established"),
}
"""Not here: `lost` answers, which lead the flow nowhere else as long as something else may fail at the same place."""


@pytest.mark.parametrize("model", MODEL.values(), ids=MODEL)
def test_a_hole_in_the_model_is_noticed(model: Callable[[], Environment]) -> None:
    assert sound()
    made = model()
    with patch("flowlang.explorer.search.environment", lambda: made):
        assert differs()


def test_no_caller_is_stuck_and_no_leg_is_loose() -> None:
    for name, found in sound().items():
        assert not found.stuck, name
        assert not found.loose_legs, name
