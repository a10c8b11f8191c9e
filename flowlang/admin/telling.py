"""Facts of a journal and values of a session as the API shows them."""

from datetime import UTC, datetime

from flowlang.admin.shapes import JournalEntry, LegView, PartyView, TimerView
from flowlang.call.facts import Fact
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Leg, Session
from flowlang.codec import NotReadableError, from_json, to_json
from flowlang.ladder.fact_words import fact_words
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
    words = fact_words(fact) if isinstance(fact, Fact) else "no fact"
    return JournalEntry(number=entry.number, at=at(entry.at_ms), kind=type(fact).__name__, words=words, fact=document)


def discreet(entry: JournalEntry) -> JournalEntry:
    """An entry as readers see it: that a key was pressed and not which, that a service answered and not what."""
    if entry.kind == "CallUpdated" and entry.words.startswith("key "):
        where = entry.words.partition(" on ")[2]
        return entry.model_copy(update={"words": f"a key on {where}", "fact": None})
    if entry.kind in ("ServiceAnswered", "Started"):
        return entry.model_copy(update={"fact": None})
    return entry


def _codes(result: Result | None) -> str:
    return of_result(result) if result is not None else ""


def stored(value: object) -> object:
    """The JSON form of a stored value."""
    return to_json(value)
