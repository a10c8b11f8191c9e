"""`ask SERVICE …`: asks a service that the operator configured, by HTTP POST, JSON out and in.

Succeeds with 2xx and JSON; fails as `service failed`, or with the HTTP status as its code. A lost answer is a
failure: services are only asked, so the flow may ask again.
"""

from typing import NamedTuple

from flowlang.call.commands import AskService
from flowlang.call.facts import Record, ServiceAnswered
from flowlang.call.results import SERVICE_FAILED
from flowlang.plan import Ask
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import value_of
from flowlang.steps.machine import Machine


class StateAsk(NamedTuple):
    number: int


def begin(m: Machine) -> None:
    step = m.here(Ask)
    bound_ms = m.bound_ms(step.bound, m.plan.defaults.ask_ms)
    about = tuple([(name, value_of(m, expr)) for name, expr in step.about])
    number = m.number()
    m.say("request", -1, number, "ask")
    m.commands.append(AskService(number, step.service, about, step.wants, bound_ms))
    m.waiting = StateAsk(number)
    m.timer("bound", bound_ms, m.run)


def service(m: Machine, fact: ServiceAnswered) -> None:
    if fact.request != m.state(StateAsk).number:
        return
    if not fact.is_ok:
        m.fail(fact.result or SERVICE_FAILED)
        return
    step = m.here(Ask)
    if step.variable >= 0:
        kept = tuple([(name, value) for name, value in fact.members if name in step.wants])
        m.set_variable(step.variable, Record(kept))
    m.succeed()


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "bound":
        m.fail(SERVICE_FAILED)


WORD = StepWord(
    word="ask",
    kind=Ask,
    summary="Asks a service and keeps its answer.",
    form="ask SERVICE [about VALUE, …] [as NAME] [for TIME]",
    succeeds="with 2xx and JSON",
    fails="anything else, or the time is over",
    after_loss="counts as a failure; a question may be asked again",
    after_end=True,
    begin=begin,
    service=service,
    timer=timer,
)
