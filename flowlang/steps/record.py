"""`record as V [for D]`: records the caller (Graph, call: record). V holds the recording's name in the operator's
store.

Ends with silence, a stop tone or its longest time, all of them success (8509, 8514, 8515); silence from the start is
`no input` (8510). When the caller hangs up, what was recorded counts: up to 5 s are given for it (B20).
"""

from typing import NamedTuple

from flowlang.call.commands import FetchRecording, GetOperation, RecordResponse
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import LEG_GONE, NO_OUTCOME
from flowlang.call.session import Leg, Pending
from flowlang.plan import RecordStep
from flowlang.steps.base import StepWord
from flowlang.steps.machine import REPEAT_AFTER_MS, Machine
from flowlang.steps.playing import is_decided, leg_for

GOOD_SUBCODES = (8509, 8514, 8515)
SILENCE_MARGIN_MS = 15_000
AFTER_END_MS = 5_000


class StateRecord(NamedTuple):
    number: int = 0


def begin(m: Machine) -> None:
    leg = leg_for(m, "")
    if leg is None:
        m.fail(LEG_GONE)
        return
    m.waiting = StateRecord()
    m.stop_music()
    if leg.is_audible:
        _send(m)


def _send(m: Machine) -> None:
    longest_ms = m.bound_ms(m.here(RecordStep).bound, m.plan.defaults.record_ms)
    m.silence(m.primary)
    act = RecordResponse(max(1, longest_ms // 1000), str(m.next_number))
    m.waiting = StateRecord(m.request(m.primary, act, "recordResponse", m.run))
    if not m.has_timer("bound", m.run):  # it holds for all tries together
        m.timer("bound", longest_ms + SILENCE_MARGIN_MS, m.run)


def leg(m: Machine, leg: Leg, news: str) -> None:
    state = m.state(StateRecord)
    if leg.number == m.primary and news == "audible" and state.number == 0:
        _send(m)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if pending.word == "getOperation":
        if is_decided(m, fact):
            m.forget(m.state(StateRecord).number)
            _finished(m, fact.operation_status or "failed", fact)
    elif pending.number != m.state(StateRecord).number:
        return
    elif fact.status >= 400:
        if fact.result is not None and fact.result.subcode == 8503:
            m.timer("again", REPEAT_AFTER_MS, m.run)
        else:
            m.fail(fact.result or NO_OUTCOME)
    elif fact.operation_status in ("completed", "failed"):
        _finished(m, fact.operation_status, fact)


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    if pending.number == m.state(StateRecord).number:
        _finished(m, fact.status, fact)


def _finished(m: Machine, status: str, fact: RequestAnswered | OperationUpdated) -> None:
    subcode = fact.result.subcode if fact.result is not None else 0
    if status == "completed" or subcode in GOOD_SUBCODES:
        name = f"{m.id}-{m.state(StateRecord).number}.wav"
        m.set_variable(m.here(RecordStep).variable, name)
        m.commands.append(FetchRecording(m.number(), m.primary, fact.operation_id, name))
        m.succeed()
    else:
        m.fail(fact.result or NO_OUTCOME)


def timer(m: Machine, kind: str, _ref: int) -> None:
    state = m.state(StateRecord)
    if kind == "again":
        _send(m)
    elif kind == "bound":
        known = next((p.operation_id for p in m.pending if p.number == state.number), "")
        if known:
            m.request(m.primary, GetOperation(known), "getOperation", m.run)
            m.timer("silent", m.plan.defaults.other_ms, m.run)
        else:
            m.fail(NO_OUTCOME)
    elif kind in ("silent", "recording"):
        m.fail(NO_OUTCOME)


WORD = StepWord(
    word="record",
    kind=RecordStep,
    summary="Records the caller.",
    form="record as NAME [for TIME]",
    graph="recordResponse",
    succeeds="completed, or ended by silence or a key",
    fails="silence from the start (no input); the operation failed",
    after_loss="the operation's notification carries our context; else no outcome",
    begin=begin,
    answered=answered,
    operation=operation,
    leg=leg,
    timer=timer,
)
