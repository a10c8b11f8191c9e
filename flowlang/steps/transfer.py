"""`transfer`: hands the caller over: blind, consultative (`replacing L`), or one participant of a group call.

Graph, call: transfer: `202`, then `transferring`, `transferAccepted`, and in the end either the call is over with
subcode 7015 or reason `AppTransferred` (success, on either leg), or it is `established` again with a result
(failure). It cannot be taken back. A transfer whose answer is lost is never sent again: Graph is asked.
"""

from typing import NamedTuple

from flowlang.call import state as states
from flowlang.call.commands import ListParticipants, Transferee
from flowlang.call.commands import Transfer as TransferAct
from flowlang.call.facts import RequestAnswered
from flowlang.call.party import Participant, Party
from flowlang.call.results import LEG_GONE, MEETING_MODE, NO_OUTCOME, NO_TARGET, NOT_IN_CALL, Result
from flowlang.call.session import Leg, Pending
from flowlang.plan import Transfer
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import participant_of, party_of
from flowlang.steps.machine import Machine

MOVING = (states.TRANSFERRING, states.TRANSFER_ACCEPTED)
ASK_AGAIN_MS = 5_000


class StateTransfer(NamedTuple):
    """`saw_moving`: `transferring` or `transferAccepted` came since the request (B6). `news`: a result whose attempt is
    in doubt. `transferee`: id of the participant who is moved. `is_late`: the step's own bound is over."""

    began_ms: int
    saw_moving: bool = False
    news: Result | None = None
    transferee: str = ""
    is_late: bool = False
    was_lost: bool = False


def begin(m: Machine) -> None:
    step = m.here(Transfer)
    if step.participant is not None and m.roster is None and m.primary >= 0:
        m.waiting = StateTransfer(m.now_ms)
        m.request(m.primary, ListParticipants(), "participants", m.run)
        m.timer("bound", m.plan.defaults.other_ms, m.run)
        return
    _send(m)


def _send(m: Machine) -> None:
    step = m.here(Transfer)
    leg = m.usable(step.replacing) if step.replacing else None
    if step.replacing and leg is None:
        m.say("leg-gone", -1, step.replacing)
        m.fail(LEG_GONE)
        return
    moved = participant_of(m, step.participant) if step.participant is not None else None
    if step.participant is not None and moved is None:
        m.fail(NOT_IN_CALL)
        return
    if m.kind == "group" and moved is None:
        m.fail(MEETING_MODE)
        return
    target = _target(m, step, leg)
    primary = m.primary_leg()
    if target is None or primary is None:
        m.fail(NO_TARGET)
        return
    _request(m, primary, target, leg, moved)


def _target(m: Machine, step: Transfer, leg: Leg | None) -> Party | None:
    if step.target is not None:
        return party_of(m, step.target.items[0]) if step.target.items else None
    return leg.party if leg is not None else None


def _request(m: Machine, primary: Leg, target: Party, leg: Leg | None, moved: Participant | None) -> None:
    step = m.here(Transfer)
    if m.music[1]:
        m.silence(m.primary)  # it begins anew in the pause of a retry (B15)
    transferee = Transferee(moved.id, moved.party) if moved is not None else None
    m.drop_timers("bound", m.run)
    m.waiting = StateTransfer(m.now_ms, transferee=moved.id if moved is not None else "")
    act = TransferAct(target, leg.call_id if leg is not None else "", transferee)
    m.request(primary.number, act, "transfer", m.run)
    defaults = m.plan.defaults
    m.timer("bound", min(m.bound_ms(step.bound, defaults.transfer_ms), defaults.transfer_longest_ms), m.run)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    state = m.state(StateTransfer)
    if pending.word == "participants":
        if m.roster is None:  # the engine keeps what was listed
            m.fail(fact.result or NO_OUTCOME)
        else:
            _send(m)
    elif pending.word == "transfer":
        if fact.status == 0:
            m.waiting = state._replace(was_lost=True)
            m.ask_graph(pending.leg, m.run)
        elif fact.status >= 400:
            m.fail(fact.result or NO_OUTCOME)
        elif state.news is not None:
            m.ask_graph(pending.leg, m.run)
    elif pending.word == "get":
        _told(m, state, fact)


def _told(m: Machine, state: StateTransfer, fact: RequestAnswered) -> None:
    """What Graph said when it was asked: the only way a doubtful attempt is decided."""
    m.drop_timers("silent", m.run)
    if fact.state in MOVING:
        m.waiting = state._replace(saw_moving=True, news=None, was_lost=False)
        if state.is_late:
            _still_moving(m, state)
    elif fact.state == states.ESTABLISHED:
        if state.is_late or state.news is not None:
            m.fail(fact.result or state.news or NO_OUTCOME)
        elif state.was_lost or state.saw_moving:
            # Not taken, not yet begun, or failed without a word while the service was away: one more look before the
            # flow hears of it. Never sent again on a guess.
            m.waiting = state._replace(was_lost=False, news=fact.result or NO_OUTCOME)
            m.timer("again", ASK_AGAIN_MS, m.run)
    elif state.is_late:
        m.fail(state.news or NO_OUTCOME)


def _still_moving(m: Machine, state: StateTransfer) -> None:
    left_ms = state.began_ms + m.plan.defaults.transfer_longest_ms - m.now_ms
    if left_ms > 0:
        m.drop_timers("longest", m.run)
        m.timer("longest", left_ms, m.run)
    else:
        m.fail(NO_OUTCOME)


def leg(m: Machine, leg: Leg, news: str) -> None:
    if news == "transferred":
        m.succeed()
        return
    if leg.number != m.primary:
        return
    state = m.state(StateTransfer)
    if news == "moving":
        if not state.saw_moving:
            m.waiting = state._replace(saw_moving=True, news=None)
    elif news == "result" and leg.result is not None:
        if state.saw_moving:
            m.fail(leg.result)
        else:
            m.waiting = state._replace(news=leg.result)
            if not any(p.word in ("transfer", "get") and p.run == m.run for p in m.pending):
                m.ask_graph(leg.number, m.run)


def roster(m: Machine) -> None:
    wanted = m.state(StateTransfer).transferee
    if wanted and not any(one.id == wanted for one in m.roster or ()):
        m.succeed()


def timer(m: Machine, kind: str, _ref: int) -> None:
    state = m.state(StateTransfer)
    if kind == "bound" and any(p.word == "participants" and p.run == m.run for p in m.pending):
        m.fail(NO_OUTCOME)
    elif kind == "bound":
        m.drop_timers("again", m.run)  # Graph is asked now
        m.waiting = state._replace(is_late=True)
        m.ask_graph(m.primary, m.run)
        m.timer("silent", m.plan.defaults.other_ms, m.run)
    elif kind == "again":
        m.ask_graph(m.primary, m.run)
    elif kind in ("longest", "silent"):
        m.fail(state.news or NO_OUTCOME)


WORD = StepWord(
    word="transfer",
    kind=Transfer,
    summary="Hands the caller over to somebody else.",
    form="transfer to TARGET [for TIME] · transfer [to TARGET] replacing LEG · transfer PARTICIPANT to TARGET",
    graph="transfer",
    succeeds="the call ends with subcode 7015 or AppTransferred",
    fails="HTTP error; established again with a result; no final word in time (no outcome)",
    after_loss="Graph is asked for the call; it is never sent twice",
    is_final=True,
    ends_call=True,
    begin=begin,
    answered=answered,
    leg=leg,
    roster=roster,
    timer=timer,
)
