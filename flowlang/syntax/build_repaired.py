"""Builds what stands in the tree for something that is no flow; see `build_words` for the shape of these functions.

What has no place in the tree becomes the nearest thing that keeps the names inside it in sight.
"""

from __future__ import annotations

import re

from flowlang.diagnostics import Edit
from flowlang.source import Span
from flowlang.syntax.ast import (
    Arm,
    Block,
    Branch,
    Duration,
    Event,
    Handler,
    Line,
    Party,
    Path,
    Step,
    When,
    Word,
)
from flowlang.syntax.build_declarations import ServiceClause
from flowlang.syntax.build_words import MS_OF, read_number, text_of, word_of
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token

LONG_UNITS = {
    "ms": ("msec", "msecs", "millis", "millisecond", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds", "sek"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours", "std"),
}
UNIT_OF = {word: unit for unit, words in LONG_UNITS.items() for word in (unit, *words)}
_ODD = re.compile(r"([0-9]+)[_-]?([A-Za-z]+)")
UNITS = "units are ms, s, m and h"


def bare_duration(report: Report, start: int, end: int, token: Token) -> Duration:
    span = Span(start, end)
    value = read_number(report, token[1], span)
    message = f"a length of time needs a unit, and {token[1]} has none"
    report.error("unit-missing", span, message, f"write {token[1]}s for seconds or {token[1]}m for minutes")
    return Duration(value * 1_000, span, None)


def odd_duration(report: Report, start: int, end: int, token: Token) -> Duration:
    span = Span(start, end)
    match = _ODD.fullmatch(token[1])
    unit = UNIT_OF.get(match[2].lower(), "") if match else ""
    cure = f"write {match[1]}{unit}" if match and unit else f"{UNITS}, each with one number, such as 90s"
    edits = (Edit(span, f"{match[1]}{unit}"),) if match and unit else ()
    report.error("unit-missing", span, f"{token[1]} is no length of time", cure, edits=edits)
    value = read_number(report, match[1], span) if match else 1
    return Duration(value * MS_OF[unit or "s"], span, None)


def local_number(report: Report, start: int, end: int, *tokens: Token | None) -> Party:
    """A number as people write it down, for a later check to say what is missing."""
    *numbers, name = tokens
    digits = [token for token in numbers if token]
    first, last = digits[0][2], digits[-1][3]
    number = Word(report.source.text[first:last], Span(first, last))
    return Party("phone", number, None, text_of(report, name) if name else None, Span(start, end))


def address(report: Report, start: int, end: int, token: Token) -> ServiceClause:
    span = Span(start, end)
    cure = "take it away; the operator sets the address of each service by its name"
    report.error("address-in-flow", span, "a flow holds no addresses", cure)
    return ServiceClause("=", text_of(report, token), span)


def unreadable_handler(_report: Report, start: int, end: int, head: Token, body: Block, catch: Block | None) -> Handler:
    where = Span(head[2], head[3])
    return Handler(Event(head[1], where), None, None, None, None, body, catch, Span(start, end), where)


def unreadable_line(_report: Report, start: int, end: int, _head: Token, body: Block, catch: Block | None) -> Line:
    span = Span(start, end)
    return Line((When((Branch(None, body, span),), span),), catch, span)


def unreadable_arm(_report: Report, start: int, end: int, head: Token, body: Block, catch: Block | None) -> Arm:
    return Arm("on", (), (), body, Span(start, end), Span(head[2], head[3]), catch)


def unreadable_words(_report: Report, start: int, end: int, token: Token) -> Step:
    return Step(Word(token[1], Span(start, start + len(token[1]))), Span(start, end))


def unreadable_event(_report: Report, start: int, end: int, token: Token) -> Event:
    return Event(token[1], Span(start, end))


def unreadable_condition(_report: Report, start: int, end: int, _token: Token) -> Path:
    return Path((), Span(start, end))


def unreadable_party(_report: Report, start: int, end: int, token: Token) -> Party:
    return Party("phone", word_of(token), None, None, Span(start, end))


def unreadable_clause(_report: Report, start: int, end: int, _token: Token) -> ServiceClause:
    return ServiceClause("", (), Span(start, end))
