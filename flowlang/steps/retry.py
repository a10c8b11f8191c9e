"""`retry up to N times [after D]`: runs the step of its arm again. The arm counts; this place only waits and goes back.

Before a consultative transfer is tried again Graph is asked for the consulted leg; when it is over, the arm does
not match after all and the first result passes on (B21).
"""

from typing import NamedTuple

from flowlang.call.facts import RequestAnswered
from flowlang.call.results import NO_OUTCOME
from flowlang.call.session import Leg, Pending
from flowlang.plan import Retry, Transfer
from flowlang.steps.base import StepWord
from flowlang.steps.machine import Machine

USED_UP = 1_000_000


class StateRetry(NamedTuple):
    leg: int = -1


def begin(m: Machine) -> None:
    m.waiting = StateRetry()
    step = m.here(Retry)
    if step.after_ms > 0:
        m.timer("bound", step.after_ms, m.run)
    else:
        _go(m)


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "bound":
        _go(m)


def _go(m: Machine) -> None:
    again = m.plan.places[m.here(Retry).place].step
    if isinstance(again, Transfer) and again.replacing:
        leg = m.usable(again.replacing)
        if leg is None:
            _pass_on(m)
            return
        m.waiting = StateRetry(leg.number)
        m.ask_graph(leg.number, m.run)
        return
    _back(m)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if pending.word != "get":
        return
    if fact.status >= 400:
        _pass_on(m)
    else:
        _back(m)


def leg(m: Machine, leg: Leg, news: str) -> None:
    if news == "over" and leg.number == m.state(StateRetry).leg:
        _pass_on(m)


def _back(m: Machine) -> None:
    m.say("retry", -1, m.attempt + 1)
    m.jump = m.here(Retry).place
    m.succeed()


def _pass_on(m: Machine) -> None:
    """The arm is used up: the step that was to be retried fails anew with its first result."""
    step = m.here(Retry)
    m.counters = (*[pair for pair in m.counters if pair[0] != step.counter], (step.counter, USED_UP))
    m.place = step.place
    m.fail(m.result or NO_OUTCOME)


WORD = StepWord(
    word="retry",
    kind=Retry,
    summary="Tries the step of this arm again.",
    form="retry up to N times [after TIME]",
    succeeds="the step begins again",
    fails="the tries are used up, or the consulted leg is over",
    begin=begin,
    answered=answered,
    leg=leg,
    timer=timer,
)
