"""Builds opening hours of the tree; see `build_words` for the shape of these functions."""

from __future__ import annotations

from flowlang.diagnostics import Edit
from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import Hours, Range, SpecialDay, Text, Word
from flowlang.syntax.build_targets import clause_twice
from flowlang.syntax.build_words import read_number, text_of, word_of
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token
from flowlang.syntax.suggest import nearest, only_nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_MONTHS = (
    "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MIDNIGHT = 24 * 60


class Opening(NamedTuple):
    """Days, and times from minute to minute; no days: those of the opening before it."""

    days: tuple[int, ...] | None
    opens: int
    closes: int
    span: Span


class HoursClause(NamedTuple):
    words: str
    value: Word | Text | SpecialDay
    span: Span


class Date(NamedTuple):
    day: int
    month: int
    year: int | None
    opens: int
    closes: int


def days(report: Report, _start: int, _end: int, *tokens: Token) -> tuple[int, ...]:
    """The days of `mon-fri` or `mon, wed`, 0 for Monday; `fri-mon` goes over the weekend."""
    found: list[int] = []
    for token in tokens:
        first, dash, last = token[1].partition("-")
        numbers = [_day(report, part, token) for part in ((first, last) if dash else (first,))]
        if None not in numbers:
            begin, end = numbers[0] or 0, numbers[-1] or 0
            found += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return tuple(dict.fromkeys(found))


def _day(report: Report, word: str, token: Token) -> int | None:
    if word in DAYS:
        return DAYS.index(word)
    near = word[:3].lower() if word.lower() in _LONG_DAYS else nearest(word, DAYS)
    if near not in DAYS and len(word) > 3:
        near = (nearest(word, _LONG_DAYS) or "")[:3]
    cure = f"did you mean `{near}`?" if near else "days are " + ", ".join(DAYS) + ", or a stretch such as mon-fri"
    edits = _written(word, token, near) if word.lower() in _LONG_DAYS or near == only_nearest(word, DAYS) else ()
    report.error("syntax", Span(token[2], token[3]), f"`{word}` is no day of the week", cure, edits=edits)
    return None


def _clocks(report: Report, token: Token) -> tuple[int, int]:
    """Two times of day as minutes from midnight. More than 24 hours is for a later check to refuse."""
    span = Span(token[2], token[3])
    minutes: list[int] = []
    for clock in token[1].split("-"):
        hour, _, minute = clock.strip().partition(":")
        if int(minute) > 59:
            report.error("impossible-hours", span, f"there is no time {clock.strip()}", "an hour has minutes 00 to 59")
            minute = "0"
        minutes.append(int(hour) * 60 + int(minute))
    return minutes[0], minutes[1]


def opening(report: Report, start: int, end: int, days: tuple[int, ...], clocks: Token) -> Opening:
    return Opening(days, *_clocks(report, clocks), Span(start, end))


def more_clocks(report: Report, start: int, end: int, clocks: Token) -> Opening:
    return Opening(None, *_clocks(report, clocks), Span(start, end))


def date(
    report: Report, _start: int, _end: int, day: Token, month: Token, year: Token | None, clocks: Token | None
) -> Date:
    """The 29th of February passes without a year: it is a day in some years."""
    opens, closes = _clocks(report, clocks) if clocks else (0, MIDNIGHT)
    number = read_number(report, day[1], Span(day[2], day[3]))
    year_number = read_number(report, year[1], Span(year[2], year[3])) if year else None
    found = _month(report, month)
    if found and not 1 <= number <= _length(found, year_number):
        cure = f"{MONTHS[found - 1]} has {_length(found, year_number)} days"
        report.error("impossible-hours", Span(day[2], month[3]), f"there is no {number} {MONTHS[found - 1]}", cure)
        number = 1
    return Date(number, found or 1, year_number, opens, closes)


def _length(month: int, year: int | None) -> int:
    if month == 2:
        is_leap = year is None or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        return 29 if is_leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _month(report: Report, token: Token) -> int | None:
    word = token[1]
    if word in MONTHS:
        return MONTHS.index(word) + 1
    near = word[:3].lower() if word.lower() in _LONG_MONTHS else nearest(word, MONTHS)
    if near not in MONTHS and len(word) > 3:
        near = (nearest(word, _LONG_MONTHS) or "")[:3]
    cure = f"did you mean `{near}`?" if near else "months are " + ", ".join(MONTHS)
    edits = _written(word, token, near) if word.lower() in _LONG_MONTHS or near == only_nearest(word, MONTHS) else ()
    report.error("syntax", Span(token[2], token[3]), f"`{word}` is no month", cure, edits=edits)
    return None


def _written(word: str, token: Token, meant: str | None) -> tuple[Edit, ...]:
    """A day or month as it was meant, in the place of the word within its token."""
    start = token[2] + token[1].find(word)
    return (Edit(Span(start, start + len(word)), meant),) if meant else ()


def holidays(_report: Report, start: int, end: int, region: Token) -> HoursClause:
    return HoursClause("except holidays", word_of(region), Span(start, end))


def calendar(report: Report, start: int, end: int, path: Token) -> HoursClause:
    return HoursClause('except "…"', text_of(report, path), Span(start, end))


def closed(_report: Report, start: int, end: int, date: Date) -> HoursClause:
    span = Span(start, end)
    return HoursClause("", SpecialDay(False, *date, span), span)


def opened(_report: Report, start: int, end: int, date: Date) -> HoursClause:
    span = Span(start, end)
    return HoursClause("", SpecialDay(True, *date, span), span)


def hours(report: Report, start: int, end: int, name: Token, *rest: Opening | Token | HoursClause) -> Hours:
    ranges: list[Range] = []
    special: list[SpecialDay] = []
    zone = Word("", Span(end, end))
    found: dict[str, HoursClause] = {}
    last_days: tuple[int, ...] = ()
    for one in rest:
        if isinstance(one, Opening):
            if one.days is None and not ranges:
                _no_days(report, one.span)
            last_days = last_days if one.days is None else one.days
            ranges.append(Range(last_days, one.opens, one.closes, one.span))
        elif not isinstance(one, HoursClause):
            zone = word_of(one)
        elif isinstance(one.value, SpecialDay):
            special.append(one.value)
        elif one.words in found:
            clause_twice(report, one.words, one.span, found[one.words].span)
        else:
            found[one.words] = one
    region = file = None
    for clause in found.values():
        if isinstance(clause.value, Word):
            region = clause.value
        elif isinstance(clause.value, Text):
            file = clause.value
    return Hours(word_of(name), tuple(ranges), zone, region, file, tuple(special), Span(start, end))


def _no_days(report: Report, span: Span) -> None:
    report.error(
        "syntax", span, "these times belong to no day", "write the days before them, such as mon-fri 08:00-18:00"
    )
