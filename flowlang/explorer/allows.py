"""Which row of the environment model allows a fact: what comes from elsewhere (the simulated Graph, a journal) is
held against the model that the explorer plays through."""

from typing import assert_never

from flowlang.call import facts
from flowlang.call import state as states
from flowlang.call.facts import Fact
from flowlang.call.results import Result, matches
from flowlang.call.session import Leg, Session
from flowlang.engine.ending import is_transferred
from flowlang.explorer.environment import Row, about, environment
from flowlang.explorer.phases import phase_of, told_states
from flowlang.plan import Plan
from flowlang.steps.base import is_gone

FIRST_FAILURE = 400


def row_for(plan: Plan, session: Session, fact: Fact) -> Row | None:
    """The first row that allows the fact in this session, one that is explored before one that is not; None: none
    does. Beginnings, what an operator does, and news that is none of ours are allowed by a row of the table
    `beginnings`."""
    found: list[Row]
    match fact:
        case (
            facts.Incoming()
            | facts.Started()
            | facts.OperatorHungUp()
            | facts.OperatorTransferred()
            | facts.Ignored()
            | facts.Unheard()
            | facts.Resumed()
        ):
            return Row("beginnings", "", type(fact).__name__)
        case facts.RequestAnswered():
            found = _answer(plan, session, fact)
        case facts.OperationUpdated():
            found = _operation(session, fact)
        case facts.CallUpdated() | facts.RosterUpdated():
            found = _news(plan, session, fact)
        case facts.TimerFired():
            found = _timer(session, fact)
        case facts.ServiceAnswered():
            found = [row for row in environment().services if row.move == ("answered" if fact.is_ok else "failed")]
        case facts.FlowStarted():
            found = [row for row in environment().flows if row.move == ("started" if fact.is_ok else "unknown")]
        case _:
            assert_never(fact)
    return min(found, key=lambda row: row.same != "", default=None)


def fits(row: Row, given: Result | None) -> bool:
    """Whether a result is one of the row's: the same codes, a pattern, or any failure where the row says so."""
    if given is None:
        return not row.results
    if row.has_any and (given.code >= FIRST_FAILURE or (given.code, given.subcode) in ((0, 7000), (0, 7700))):
        return True
    return any(matches(text, given) for text in row.results)


def _answer(plan: Plan, session: Session, fact: facts.RequestAnswered) -> list[Row]:
    pending = next((one for one in session.pending if one.number == fact.request), None)
    if pending is None:
        return []
    rows = environment().answers.get(about(pending.word), ())
    if fact.status == 0:
        return [row for row in rows if row.move == "lost"]
    if fact.status >= FIRST_FAILURE:
        move = "gone" if is_gone(fact) else "refused"
        return [row for row in rows if row.move == move and fits(row, fact.result or Result(fact.status, 0))]
    found: list[Row] = []
    for row in rows:
        if row.status != fact.status:
            continue
        if row.move == "told":
            known = (row.state,) if row.state else told_states(plan, session, session.legs[pending.leg])
            found += [row] if fact.state in known else []
        elif row.move == "taken" and row.operation == fact.operation_status and (row.state in ("", fact.state)):
            failed = fact.result if fact.result is not None and fact.result.code >= FIRST_FAILURE else None
            found += [row] if fits(row, failed) else []
    return found


def _operation(session: Session, fact: facts.OperationUpdated) -> list[Row]:
    for pending in session.pending:
        if str(pending.number) == fact.context or (pending.operation_id and pending.operation_id == fact.operation_id):
            rows = environment().operations.get(about(pending.word), ())
            return [
                row for row in rows if row.move == fact.status and (row.move == "completed" or fits(row, fact.result))
            ]
    return []


def _timer(session: Session, fact: facts.TimerFired) -> list[Row]:
    timers = environment().timers
    return [
        Row("timers", one.kind, "due", same=timers[one.kind])
        for one in session.timers
        if one.number == fact.timer and one.kind in timers
    ]


# ---------------------------------------------------------------- legs


def _news(plan: Plan, session: Session, fact: facts.CallUpdated | facts.RosterUpdated) -> list[Row]:
    leg = _leg(session, fact.leg, fact.call_id)
    if leg is None:
        return []
    if not leg.call_id and fact.call_id:
        phase = "creating"
    else:
        phase = phase_of(plan, session, leg)
    rows = environment().legs.get(phase, ())
    if isinstance(fact, facts.RosterUpdated):
        return [row for row in rows if row.move == "roster"]
    move = _move(leg, fact)
    if move in ("over", "back"):
        return [row for row in rows if row.move == move and fits(row, fact.result)]
    return [row for row in rows if row.move == move]


def _leg(session: Session, number: int, call_id: str) -> Leg | None:
    if 0 <= number < len(session.legs):
        return session.legs[number]
    return next((leg for leg in session.legs if call_id and leg.call_id == call_id), None)


def _move(leg: Leg, fact: facts.CallUpdated) -> str:
    """What the model calls it. `established` with a failure is the way back from a transfer, whatever was heard
    before."""
    if fact.is_over or fact.state == states.TERMINATED:
        return "transferred" if is_transferred(fact.result, fact.reason) else "over"
    if fact.tone:
        return "tone"
    if fact.state == states.ESTABLISHED and fact.result is not None and fact.result.code >= FIRST_FAILURE:
        return "back"
    if fact.audio and leg.state == fact.state:
        return "audio"
    return fact.state if fact.state in states.KNOWN else "other"
