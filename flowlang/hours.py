"""Which opening hours are open at a moment: zones, summer time, holidays, calendars, special days.

The engine is told the answer with every fact, so it needs no clock, no zone and no calendar. Rules:
- A range belongs to the day it starts on. It is open from the first moment at which the clock on the wall shows its
  start until the first at which it shows its end, so a change to or from summer time makes no gap and no overlap.
- A public holiday cancels the ranges that start on it.
- `open` on a special day stands in place of that day's ranges, on a holiday too; `closed` cuts out its time.
- A busy entry of the calendar means closed.
- What the operator switched by hand stands above all.
"""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flowlang.plan import Hours, Plan
from flowlang.regions import PARTS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440
DAYS_AHEAD, DAYS_AHEAD_IN_CALENDARS = 400, 60  # in which a change of hours is looked for
NOT_OPEN: frozenset[str] = frozenset()
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_ZONE_FOLDERS = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")


class Override(NamedTuple):
    """The operator opened or closed these hours by name until a time (milliseconds since 1970, UTC)."""

    hours: str
    is_open: bool
    until_ms: int


Stretch = tuple[int, int]
"""A half-open stretch of time, in milliseconds since 1970 (UTC)."""


def open_hours(
    plan: Plan, at_ms: int, calendars: Mapping[str, str] | None = None, overrides: Iterable[Override] = ()
) -> frozenset[str]:
    """The names of the plan's hours that are open at `at_ms` (milliseconds since 1970, UTC).

    `calendars`: the text of each `.ics` file by the name that the plan gives it. Raises `KeyError` for one that is
    not there, and `flowlang.calendars.CalendarError` for one that cannot be read.
    """
    if not plan.hours:
        return NOT_OPEN
    switched = {one.hours: one.is_open for one in overrides if at_ms < one.until_ms}
    names = []
    for hours in plan.hours:
        calendar = (calendars or {})[hours.calendar] if hours.calendar else None
        is_open = switched[hours.name] if hours.name in switched else is_open_at(hours, at_ms, calendar)
        if is_open:
            names.append(hours.name)
    return frozenset(names)


def is_open_at(hours: Hours, at_ms: int, calendar: str | None = None) -> bool:
    """Whether one set of hours is open; `calendar` is the text of its `.ics` file, None where it has none."""
    today = datetime.fromtimestamp(at_ms // 1000, zone_of(hours.zone)).date()
    days = (today - timedelta(days=1), today)  # an overnight range began yesterday
    if not any(_holds(_opened(hours, day), at_ms) for day in days):
        return False
    if any(_holds(_closed(hours, day), at_ms) for day in days):
        return False
    if calendar is None:
        return True
    from flowlang.calendars import busy_on

    return not _holds(busy_on(calendar, hours.zone, today), at_ms)


def next_change_ms(hours: Hours, at_ms: int, calendar: str | None = None) -> int | None:
    """When one set of hours opens or closes next, after `at_ms`. None: not within the days that are looked at."""
    zone, is_open = hours.zone, is_open_at(hours, at_ms, calendar)
    today = datetime.fromtimestamp(at_ms // 1000, zone_of(zone)).date()
    for at in range(DAYS_AHEAD if calendar is None else DAYS_AHEAD_IN_CALENDARS):
        day, before = today + timedelta(days=at), today + timedelta(days=at - 1)
        stretches = [one for found in (_opened, _closed) for which in (before, day) for one in found(hours, which)]
        if calendar is not None:
            from flowlang.calendars import busy_on

            stretches += busy_on(calendar, zone, day)
        first, last = moment(zone, day, 0), moment(zone, day + timedelta(days=1), 0)
        edges = {edge for stretch in stretches for edge in stretch if first <= edge < last and edge > at_ms}
        for edge in sorted(edges):
            if is_open_at(hours, edge, calendar) != is_open:
                return edge
    return None


def _holds(stretches: tuple[Stretch, ...], at_ms: int) -> bool:
    return any(start <= at_ms < end for start, end in stretches)


@lru_cache(maxsize=1024)
def _opened(hours: Hours, day: date) -> tuple[Stretch, ...]:
    """When the hours that belong to a day are open, before anything is cut out."""
    special = [(s.opens, s.closes) for s in hours.special if s.is_open and _is_day(s.day, s.month, s.year, day)]
    if special:
        times = special
    elif hours.holidays and is_holiday(hours.holidays, day):
        times = []
    else:
        times = [(r.opens, r.closes) for r in hours.ranges if day.weekday() in r.days]
    return tuple([_stretch(hours.zone, day, opens, closes) for opens, closes in times])


@lru_cache(maxsize=1024)
def _closed(hours: Hours, day: date) -> tuple[Stretch, ...]:
    return tuple(
        [
            _stretch(hours.zone, day, s.opens, s.closes)
            for s in hours.special
            if not s.is_open and _is_day(s.day, s.month, s.year, day)
        ]
    )


def _is_day(day: int, month: int, year: int, today: date) -> bool:
    return today.day == day and today.month == month and year in (0, today.year)


def _stretch(zone: str, day: date, opens: int, closes: int) -> Stretch:
    """From minute `opens` of a day to minute `closes`, which is the next day's where it is not later."""
    end = closes if closes > opens else closes + MINUTES_A_DAY
    return moment(zone, day, opens), moment(zone, day, end)


def moment(zone: str, day: date, minute: int) -> int:
    """The first moment, in milliseconds since 1970, at which the clock of that zone shows the minute of a day or later.

    An hour that the clock shows twice counts the first time; one that it skips counts as the moment of the change.
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - what a clock shows
    local = zone_of(zone)
    after = wall.replace(tzinfo=local).astimezone(UTC)
    if after.astimezone(local).replace(tzinfo=None) != wall:  # skipped: the change is earlier, look for it
        early, late = wall.replace(tzinfo=local, fold=1).astimezone(UTC), after
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) // 2
            if middle.astimezone(local).replace(tzinfo=None) >= wall:
                late = middle
            else:
                early = middle
        after = late.replace(microsecond=0)
    return int(after.timestamp()) * 1000


# ---------------------------------------------------------------- names


@lru_cache(maxsize=64)
def zone_of(name: str) -> "ZoneInfo":
    """The zone of that name. Raises `ValueError` for an unknown one."""
    from zoneinfo import ZoneInfo

    if not is_zone(name):
        raise ValueError(f"no time zone is called {name}")
    return ZoneInfo(name)


@lru_cache(maxsize=64)
def is_zone(name: str) -> bool:
    """Whether a text names a time zone of the IANA data base (`Europe/Berlin`)."""
    if not _ZONE_NAME.fullmatch(name):
        return False
    for folder in _ZONE_FOLDERS:  # the quick way: importing zoneinfo takes as long as the rest of a check of hours
        try:
            with open(os.path.join(folder, name), "rb") as file:
                return file.read(4) == b"TZif"
        except OSError:
            continue
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a bad name, no such zone
        return False
    return True


def is_holiday_region(code: str) -> bool:
    """Whether the public holidays of a region are known: a country (`DE`) or a part of it (`DE-BY`)."""
    country, dash, part = code.partition("-")
    parts = PARTS.get(country)
    if parts is not None and (not dash or part in parts.split()):
        return True
    return bool(re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,4})?", code)) and _library_knows(country, part)


def _library_knows(country: str, part: str) -> bool:
    """What a newer edition of the library may have learned."""
    from holidays import list_supported_countries

    parts = list_supported_countries().get(country)
    return parts is not None and (not part or part in parts)


@lru_cache(maxsize=1024)
def is_holiday(region: str, day: date) -> bool:
    """Whether a day is a public holiday of a region (`DE-BY`). Raises `ValueError` for an unknown region."""
    from holidays import country_holidays

    if not is_holiday_region(region):
        raise ValueError(f"no holidays are known for {region}")
    country, _, part = region.partition("-")
    return day in country_holidays(country, subdiv=part or None, years=day.year)
