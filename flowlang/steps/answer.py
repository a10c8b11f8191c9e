"""`answer`: takes the incoming call. Succeeds with the first `established`; Graph allows 15 s (call: answer).

Fails with an HTTP error, or when the call ends before it was established. When the answer to the request is lost,
Graph is asked: still `incoming` means that the request was not taken, and it is sent once more.
"""

from typing import NamedTuple

from flowlang.call import state as states
from flowlang.call.commands import Answer as AnswerAct
from flowlang.call.facts import RequestAnswered
from flowlang.call.results import NO_OUTCOME
from flowlang.call.session import Leg, Pending
from flowlang.plan import Answer
from flowlang.steps.base import StepWord
from flowlang.steps.machine import Machine


class StateAnswer(NamedTuple):
    is_late: bool = False
    sent_twice: bool = False


def begin(m: Machine) -> None:
    leg = m.primary_leg()
    if leg is None or leg.is_up:
        m.succeed()
        return
    m.waiting = StateAnswer()
    m.request(leg.number, AnswerAct(), "answer", m.run)
    m.timer("bound", m.plan.defaults.answer_ms, m.run)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    state = m.state(StateAnswer)
    if pending.word == "answer":
        if fact.status == 0:
            m.ask_graph(pending.leg, m.run)
        elif fact.status >= 400:
            m.fail(fact.result or NO_OUTCOME)
    elif fact.status >= 400:
        m.fail(fact.result or NO_OUTCOME)
    elif state.is_late:
        m.fail(NO_OUTCOME)
    elif fact.state == states.INCOMING and not state.sent_twice:
        m.waiting = StateAnswer(sent_twice=True)
        m.request(pending.leg, AnswerAct(), "answer", m.run)


def leg(m: Machine, leg: Leg, news: str) -> None:
    if leg.number != m.primary:
        return
    if news == "up":
        m.succeed()
    elif news == "over":
        m.fail(leg.result or NO_OUTCOME)


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "bound":
        m.waiting = m.state(StateAnswer)._replace(is_late=True)
        m.ask_graph(m.primary, m.run)


WORD = StepWord(
    word="answer",
    kind=Answer,
    summary="Takes the incoming call.",
    form="answer",
    graph="answer",
    succeeds="the call is established",
    fails="HTTP error; the call ends before it is established",
    after_loss="Graph is asked for the call; still incoming: sent once more",
    is_final=True,
    begin=begin,
    answered=answered,
    leg=leg,
    timer=timer,
)
