"""What `reject` and `redirect` share: one request about an incoming call, done with its 202.

When its answer is lost, Graph is asked: still `incoming` means that the request was not taken, and it is sent
once more; anything else means that it was.
"""

from typing import NamedTuple

from flowlang.call import state as states
from flowlang.call.commands import Act
from flowlang.call.facts import RequestAnswered
from flowlang.call.results import LEG_GONE, NO_OUTCOME
from flowlang.call.session import Leg, Pending
from flowlang.steps.machine import Machine


class StateRefusing(NamedTuple):
    act: Act
    word: str
    sent_twice: bool = False


def send(m: Machine, act: Act, word: str) -> None:
    """Send it about the primary leg."""
    if m.primary_leg() is None:
        m.fail(LEG_GONE)
        return
    m.waiting = StateRefusing(act, word)
    m.request(m.primary, act, word, m.run)
    m.timer("bound", m.plan.defaults.other_ms, m.run)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    state = m.state(StateRefusing)
    if pending.word != "get":
        if fact.status == 0:
            m.ask_graph(pending.leg, m.run)
        elif fact.status >= 400:
            m.fail(fact.result or NO_OUTCOME)
        else:
            m.succeed()
    elif fact.status >= 400 or fact.state == states.INCOMING:
        if fact.state == states.INCOMING and not state.sent_twice:
            m.waiting = state._replace(sent_twice=True)
            m.request(pending.leg, state.act, state.word, m.run)
        else:
            m.fail(fact.result or NO_OUTCOME)
    elif fact.status:
        m.succeed()


def leg(m: Machine, leg: Leg, news: str) -> None:
    if leg.number == m.primary and news == "over":
        m.succeed()


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "bound":
        m.fail(NO_OUTCOME)
