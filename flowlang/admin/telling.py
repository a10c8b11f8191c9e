"""Facts in words, for the journal of a call, and values of a session as the API shows them."""

from datetime import UTC, datetime
from typing import assert_never

from flowlang.admin.shapes import JournalEntry, LegView, PartyView, TimerView
from flowlang.call import facts
from flowlang.call.facts import Fact
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Leg, Session
from flowlang.codec import NotReadableError, from_json, to_json
from flowlang.ladder.words import of_result
from flowlang.store.base import Entry

BOUNDS_MS = (-(2**45), 2**45)  # far outside anybody's life, and inside what a date can hold


def at(ms: int) -> datetime:
    """A moment in UTC."""
    return datetime.fromtimestamp(min(max(ms, BOUNDS_MS[0]), BOUNDS_MS[1]) / 1000, UTC)


def at_or_none(ms: int) -> datetime | None:
    return at(ms) if ms >= 0 else None


def party_view(party: Party | None) -> PartyView | None:
    return PartyView(kind=party.kind, id=party.id, name=party.name) if party is not None else None


def leg_view(session: Session, leg: Leg) -> LegView:
    is_primary = leg.number == session.primary
    party = leg.party or (session.caller if is_primary else None)
    return LegView(
        number=leg.number,
        name=leg.name or ("caller" if is_primary else ""),
        party=party_view(party),
        state=leg.state,
        is_up=leg.is_up,
        is_over=leg.is_over,
        result=_codes(leg.result),
    )


def timer_views(session: Session) -> tuple[TimerView, ...]:
    timers = sorted(session.timers, key=lambda timer: (timer.due_ms, timer.number))
    return tuple([TimerView(kind=timer.kind, due_at=at(timer.due_ms)) for timer in timers])


def entry_view(entry: Entry) -> JournalEntry:
    """A fact of the journal. What cannot be read any more is shown as it is stored."""
    import json

    try:
        document = json.loads(entry.fact)
        fact = from_json(document)
    except (ValueError, NotReadableError):
        text = entry.fact.decode("utf-8", "replace")
        return JournalEntry(
            number=entry.number, at=at(entry.at_ms), kind="unreadable", words="cannot be read", fact=text
        )
    words = words_of(fact) if isinstance(fact, Fact) else "no fact"
    return JournalEntry(number=entry.number, at=at(entry.at_ms), kind=type(fact).__name__, words=words, fact=document)


def discreet(entry: JournalEntry) -> JournalEntry:
    """An entry as readers see it: that a key was pressed and not which, that a service answered and not what."""
    if entry.kind == "CallUpdated" and entry.words.startswith("key "):
        where = entry.words.partition(" on ")[2]
        return entry.model_copy(update={"words": f"a key on {where}", "fact": None})
    if entry.kind in ("ServiceAnswered", "Started"):
        return entry.model_copy(update={"fact": None})
    return entry


def words_of(fact: Fact) -> str:
    """One line about a fact."""
    match fact:
        case facts.Incoming():
            return f"{_name(fact.caller)} calls {_name(fact.called)}"
        case facts.Started():
            return "the flow is started"
        case facts.CallUpdated():
            return _updated(fact)
        case facts.RosterUpdated():
            return f"{len(fact.participants)} in the call"
        case facts.OperationUpdated():
            return f"operation {fact.context or fact.operation_id} {fact.status}{_result(fact.result)}"
        case facts.RequestAnswered():
            answer = f"answered {fact.status}" if fact.status else "has no answer"
            return f"request {fact.request} {answer}{_result(fact.result)}"
        case facts.ServiceAnswered():
            return f"the service {'answered' if fact.is_ok else 'failed'}{_result(fact.result)}"
        case facts.FlowStarted():
            return "the other flow is started" if fact.is_ok else "the other flow could not be started"
        case facts.TimerFired():
            return f"timer {fact.timer} is due"
        case facts.OperatorHungUp():
            return f"{fact.who} hangs up"
        case facts.OperatorTransferred():
            return f"{fact.who} transfers to {_name(fact.target)}"
        case facts.Unheard():
            return "nothing was heard for long"
        case facts.Ignored():
            return f"none of ours: {fact.what}"
        case _:
            assert_never(fact)


def _updated(fact: facts.CallUpdated) -> str:
    whose = "the caller's leg" if fact.leg == 0 else f"leg {fact.leg}" if fact.leg > 0 else "a leg"
    if fact.tone:
        return f"key {fact.tone} on {whose}"
    if fact.is_over:
        return f"{whose} is over{_result(fact.result)}"
    sound = f", sound {fact.audio}" if fact.audio else ""
    return f"{whose} is {fact.state or 'as before'}{sound}{_result(fact.result)}"


def _result(result: Result | None) -> str:
    return f": {of_result(result)}" if result is not None else ""


def _codes(result: Result | None) -> str:
    return of_result(result) if result is not None else ""


def _name(party: Party) -> str:
    return party.name or party.id or "somebody anonymous"


def stored(value: object) -> object:
    """The JSON form of a stored value."""
    return to_json(value)
