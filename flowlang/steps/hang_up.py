"""`hang up [L]`: ends the caller's leg, or a consult leg (Graph, call: delete). Succeeds with 204, or when it is
already over.

Before answering it is `reject` (A42). A `DELETE` may be sent again without harm, so a lost answer is no question.
"""

from typing import NamedTuple

from flowlang.call import state as states
from flowlang.call.commands import HangUp as HangUpAct
from flowlang.call.commands import Reject
from flowlang.call.facts import RequestAnswered
from flowlang.call.session import Leg, Pending, in_state
from flowlang.plan import HangUp
from flowlang.steps.base import StepWord
from flowlang.steps.machine import REPEAT_AFTER_MS, Machine

MAX_TRIES = 5
NOT_NOW = 8585  # "not valid in current call state": an `answer` that seemed lost was taken after all


class StateHangUp(NamedTuple):
    leg: int
    tries: int = 0


def begin(m: Machine) -> None:
    step = m.here(HangUp)
    leg = m.usable(step.leg) if step.leg else m.primary_leg()
    if leg is None or leg.is_over:
        m.succeed()
        return
    if leg.number == m.primary and m.music[0]:
        m.music = ("", 0)  # it ends with the call; no need to cancel it first
    if step.leg:
        m.set_leg(leg._replace(is_unwanted=True, holder=0))
    m.waiting = StateHangUp(leg.number)
    m.timer("bound", m.plan.defaults.other_ms, m.run)
    _send(m, leg)


def _send(m: Machine, leg: Leg) -> None:
    if leg.state == states.INCOMING:
        m.request(leg.number, Reject(), "reject", m.run)
    else:
        m.request(leg.number, HangUpAct(), "delete", m.run)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if 200 <= fact.status < 300 or fact.status == 404:
        m.succeed()
        return
    if pending.word == "delete":
        return  # the engine sends it again, whatever becomes of this step: no leg is left up
    state = m.state(StateHangUp)
    if fact.result is not None and fact.result.subcode == NOT_NOW:
        m.set_leg(in_state(m.legs[state.leg], states.ESTABLISHING))  # no longer incoming: from now on it is `delete`
        _send(m, m.legs[state.leg])
        return
    if state.tries >= MAX_TRIES:
        m.succeed()
        return
    m.waiting = state._replace(tries=state.tries + 1)
    m.timer("again", REPEAT_AFTER_MS, m.run)


def leg(m: Machine, leg: Leg, news: str) -> None:
    if news == "over" and leg.number == m.state(StateHangUp).leg:
        m.succeed()


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "again":
        _send(m, m.legs[m.state(StateHangUp).leg])
    elif kind == "bound":
        number = m.state(StateHangUp).leg
        if not m.legs[number].is_over and not any(p.leg == number and p.word == "delete" for p in m.pending):
            # Nobody knows what became of the `reject`; a `delete` is repeated by the engine until the leg is over.
            m.request(number, HangUpAct(), "delete")
        m.succeed()


WORD = StepWord(
    word="hang up",
    kind=HangUp,
    summary="Ends the caller's leg, or the leg named.",
    form="hang up [LEG]",
    graph="delete",
    succeeds="204, or it is already over",
    after_loss="sent again: a call can be hung up twice",
    is_final=True,
    ends_call=True,
    begin=begin,
    answered=answered,
    leg=leg,
    timer=timer,
)
