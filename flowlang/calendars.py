"""When an `.ics` calendar is busy (RFC 5545). Imported only where hours name a calendar.

An entry counts unless it is cancelled or marked as free. Entries that repeat are worked out on the wall clock of
their own zone, so a weekly entry keeps its hour in summer and winter.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar, Component, vRecur

from flowlang.hours import zone_of

_FREE = ("FREE", "WORKINGELSEWHERE")


class CalendarError(ValueError):
    """The text is no calendar; the message is one sentence."""


class Entry(NamedTuple):
    """One entry. `start` is naive in the entry's own zone, or in the zone of the hours where `zone` is empty.

    `rule`: RRULE with UNTIL on that same clock. `left_out`, `added`: EXDATE (and moved occurrences), RDATE.
    """

    start: datetime
    length: timedelta
    zone: str
    rule: str
    left_out: frozenset[datetime]
    added: tuple[datetime, ...]


@lru_cache(maxsize=256)
def busy_on(text: str, zone: str, day: date) -> tuple[tuple[int, int], ...]:
    """The busy stretches that touch a day of a zone, in milliseconds since 1970 (UTC). Raises `CalendarError`."""
    midnight = datetime.combine(day, time(), zone_of(zone))
    found = []
    for entry in read_calendar(text):
        clock = zone_of(entry.zone or zone)
        first = midnight.astimezone(clock).replace(tzinfo=None) - entry.length
        last = (midnight + timedelta(days=2)).astimezone(clock).replace(tzinfo=None)
        for start in _starts(entry, first, last):
            begin = start.replace(tzinfo=clock).astimezone(UTC)
            end = (start + entry.length).replace(tzinfo=clock).astimezone(UTC)
            found.append((int(begin.timestamp()) * 1000, int(end.timestamp()) * 1000))
    return tuple(found)


def _starts(entry: Entry, first: datetime, last: datetime) -> list[datetime]:
    """When an entry begins between two moments of its own clock."""
    starts = {entry.start, *entry.added}
    if entry.rule:
        rule = rrulestr(entry.rule, dtstart=entry.start)
        starts.update(rule.between(first, last, inc=True))
    return sorted(s for s in starts if first <= s <= last and s not in entry.left_out)


@lru_cache(maxsize=32)
def read_calendar(text: str) -> tuple[Entry, ...]:
    """The busy entries of a calendar. Raises `CalendarError` where the text is none."""
    try:
        calendar = Calendar.from_ical(text)
        events = [event for event in calendar.walk("VEVENT") if _is_busy(event)]
        moved = _moved(calendar)
        return tuple([entry for event in events for entry in _entry(event, moved)])
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CalendarError(f"this is no calendar that can be read: {error}") from error


def _is_busy(event: Component) -> bool:
    text = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    return (
        "DTSTART" in event
        and text["STATUS"] != "CANCELLED"
        and text["TRANSP"] != "TRANSPARENT"
        and text["X-MICROSOFT-CDO-BUSYSTATUS"] not in _FREE
    )


def _moved(calendar: Component) -> dict[str, set[datetime]]:
    """Occurrences that have an entry of their own (RECURRENCE-ID), by the identity of the entry that repeats."""
    moved: dict[str, set[datetime]] = {}
    for event in calendar.walk("VEVENT"):
        if "RECURRENCE-ID" in event:
            moved.setdefault(str(event.get("UID", "")), set()).add(_clock(_when(event, "RECURRENCE-ID"))[0])
    return moved


def _entry(event: Component, moved: dict[str, set[datetime]]) -> Iterator[Entry]:
    start, zone = _clock(_when(event, "DTSTART"))
    length = _length(event, start)
    if length <= timedelta(0):
        return
    if "RECURRENCE-ID" in event:
        yield Entry(start, length, zone, "", frozenset(), ())
        return
    left_out = set(_listed(event, "EXDATE")) | moved.get(str(event.get("UID", "")), set())
    rule = event.get("RRULE")
    rules = _rule(rule.to_ical().decode(), zone) if isinstance(rule, vRecur) else ""  # type: ignore[no-untyped-call]
    yield Entry(start, length, zone, rules, frozenset(left_out), tuple(_listed(event, "RDATE")))


def _clock(moment: date) -> tuple[datetime, str]:
    """A time on the wall and the name of its zone; empty for a floating time and for a whole day."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time()), ""
    if moment.tzinfo is None:
        return moment, ""
    key = getattr(moment.tzinfo, "key", None)
    if isinstance(key, str):
        return moment.replace(tzinfo=None), key
    return moment.astimezone(UTC).replace(tzinfo=None), "UTC"


def _when(event: Component, name: str) -> date:
    """A date or date-time of an entry. Raises `ValueError` for anything else."""
    value: object = event.decoded(name)
    if not isinstance(value, date):
        raise ValueError(f"{name} is no date")
    return value


def _length(event: Component, start: datetime) -> timedelta:
    began = _when(event, "DTSTART")
    if "DTEND" in event:
        end = _when(event, "DTEND")
        if isinstance(end, datetime) and end.tzinfo and isinstance(began, datetime) and began.tzinfo:
            return timedelta(seconds=end.timestamp() - began.timestamp())
        return _clock(end)[0] - start
    if "DURATION" in event:
        length: object = event.decoded("DURATION")
        if isinstance(length, timedelta):
            return length
        raise ValueError("DURATION is no length of time")
    return timedelta(0) if isinstance(began, datetime) else timedelta(days=1)


def _listed(event: Component, name: str) -> Iterator[datetime]:
    """The moments of EXDATE or RDATE, which may stand on several lines."""
    value: object = event.get(name)
    for line in value if isinstance(value, list) else [value]:
        for one in getattr(line, "dts", ()):
            moment = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            yield _clock(moment)[0]


def _rule(rule: str, zone: str) -> str:
    """The rule with UNTIL on the wall clock of the entry, as `dateutil` wants it beside a naive start."""
    parts = []
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if name == "UNTIL" and value.endswith("Z"):
            until = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            if zone:
                until = until.astimezone(zone_of(zone))
            value = until.strftime("%Y%m%dT%H%M%S")
        parts.append(f"{name}={value}")
    return ";".join(parts)
