"""`set V = EXPR`: gives a variable a value. Instant; always succeeds."""

from flowlang.plan import Set
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import value_of, written
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    step = m.here(Set)
    value = value_of(m, step.value)
    m.set_variable(step.variable, value)
    m.say("set", -1, m.plan.variables[step.variable].name, written(value))
    m.succeed()


WORD = StepWord(
    word="set",
    kind=Set,
    summary="Gives a variable a value.",
    form="set NAME = VALUE",
    succeeds="always",
    is_instant=True,
    after_end=True,
    begin=begin,
)
