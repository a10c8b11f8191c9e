"""`wait D`: a durable timer. A handler that takes over cancels it."""

from flowlang.plan import Wait
from flowlang.steps.base import StepWord
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    m.timer("bound", m.bound_ms(m.here(Wait).bound, m.plan.defaults.other_ms), m.run)


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "bound":
        m.succeed()


WORD = StepWord(
    word="wait",
    kind=Wait,
    summary="Waits for a time.",
    form="wait TIME",
    succeeds="when the time is over",
    after_end=True,
    begin=begin,
    timer=timer,
)
