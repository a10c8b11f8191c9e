"""`start FLOW`: begins another flow now or later, linked by `call.chain`: that is how to call somebody back.

Succeeds when it was taken down durably; fails as `no such flow`.
"""

from typing import NamedTuple

from flowlang.call import commands
from flowlang.call.facts import FlowStarted
from flowlang.call.results import NO_SUCH_FLOW
from flowlang.plan import StartFlow
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import value_of
from flowlang.steps.machine import Machine


class StateStart(NamedTuple):
    number: int


def begin(m: Machine) -> None:
    step = m.here(StartFlow)
    values = tuple([(name, value_of(m, expr)) for name, expr in step.values])
    number = m.number()
    m.say("request", -1, number, "start")
    m.commands.append(commands.StartFlow(number, step.flow, values, m.bound_ms(step.after, 0), m.chain_id))
    m.waiting = StateStart(number)
    m.timer("bound", m.plan.defaults.other_ms, m.run)


def flow(m: Machine, fact: FlowStarted) -> None:
    if fact.request != m.state(StateStart).number:
        return
    if fact.is_ok:
        m.succeed()
    else:
        m.fail(NO_SUCH_FLOW)


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "bound":
        m.fail(NO_SUCH_FLOW)


WORD = StepWord(
    word="start",
    kind=StartFlow,
    summary="Begins another flow, now or later.",
    form="start FLOW [with NAME = VALUE, …] [after TIME]",
    succeeds="when it is taken down",
    fails="there is no such flow",
    after_loss="the runtime answers from its own store",
    after_end=True,
    begin=begin,
    flow=flow,
    timer=timer,
)
