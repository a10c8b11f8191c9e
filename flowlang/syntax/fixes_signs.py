"""Changes for signs that people bring along from other languages, from word processors and from addresses."""

from __future__ import annotations

from collections.abc import Iterator

from flowlang.source import Span
from flowlang.syntax.fixes import WORDS_AND_VALUES, Doctor, Finding, Fix, Slip, span_of
from flowlang.syntax.lines import ODD
from flowlang.syntax.scanner import Token, scan

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
NUMBER_PREFIXES = ("tel", "sip", "phone")


def long_dashes(slip: Slip) -> Iterator[Fix]:
    """`mon–fri 08:00–18:00`: a word processor made the dashes longer."""
    first = next((token for token in slip.piece if token[0] == ODD and token[1][0] in DASHES), None)
    if first is None:
        return
    start, end = slip.piece[0][2], slip.piece[-1][3]
    line = slip.text[start:end].translate(dict.fromkeys(map(ord, DASHES), "-"))
    scanned = scan(line, slip.tables)
    if scanned is None:
        return
    piece: list[Token] = [(kind, word, at + start, to + start) for kind, word, at, to in scanned.tokens[:-2]]
    message = "this dash is a long one, as a word processor makes it"
    yield piece, Finding("syntax", span_of(first), message, "write `-`, as it is on the keyboard", True)


def spaced_dashes(slip: Slip) -> Iterator[Fix]:
    """`mon - fri 08:00 - 18:00`: a range is one word."""
    token = slip.token()
    if token is None or token[1] != "-" or slip.piece[0][1] != "hours" or not slip.at:
        return
    start, end = slip.piece[0][2], slip.piece[-1][3]
    line = slip.text[start:end].replace(" - ", "-")
    scanned = scan(line, slip.tables)
    if scanned is None:
        return
    here: list[Token] = [(kind, word, token[2], token[3]) for kind, word, _, _ in scanned.tokens[:-2]]
    before = slip.piece[slip.at - 1]
    after = slip.piece[slip.at + 1] if slip.at + 1 < len(slip.piece) else token
    cure = f"write `{before[1]}-{after[1]}`"
    yield here, Finding("syntax", Span(before[2], after[3]), "a range is written without spaces", cure, True)


def braces(slip: Slip) -> Iterator[Fix]:
    """`on answered {`"""
    last = slip.piece[-1]
    if last[1] == "{" and len(slip.piece) > 1:
        cure = "write a colon in its place, and indent the lines below"
        yield slip.piece[:-1], Finding("syntax", span_of(last), "blocks have no braces", cure)


def quoted_numbers(slip: Slip) -> Iterator[Fix]:
    """`contact desk = "+12345678901"`, `contact desk = tel:+12345678901`"""
    token = slip.token()
    if token is None or "PHONE" not in slip.here.choices():
        return
    inner = token[1].strip('"')
    if token[0] == "TEXT" and inner[:1] == "+" and inner[1:].isdecimal():
        new: Token = ("PHONE", inner, token[2], token[3])
        finding = Finding("syntax", span_of(token), "a phone number stands without quotes", f"write {inner}", True)
        yield slip.put(slip.at, 1, new), finding
    if token[1].lower() in NUMBER_PREFIXES:
        number = next((one for one in slip.piece[slip.at + 1 : slip.at + 3] if one[0] == "PHONE"), None)
        if number is not None:
            count = slip.piece.index(number) - slip.at
            message = f"a phone number stands without `{token[1]}`"
            finding = Finding("syntax", Span(token[2], number[3]), message, f"write {number[1]}", True)
            yield slip.put(slip.at, count), finding


def broken_durations(slip: Slip) -> Iterator[Fix]:
    """`wait 1.5s`, `wait 1,5s`"""
    if not 1 <= slip.at < len(slip.piece) - 1:
        return
    whole, sign, rest = slip.piece[slip.at - 1 : slip.at + 2]
    if whole[0] != "NUMBER" or sign[1] not in (".", ",") or rest[0] != "DURATION" or whole[3] != sign[2]:
        return
    digits = rest[1].rstrip("mshd")
    unit = rest[1][len(digits) :]
    smaller = {"s": (1000, "ms"), "m": (60, "s"), "h": (60, "m")}.get(unit)
    if smaller is None or not digits.isdecimal():
        return
    factor, word = smaller
    amount = int(whole[1] + digits) * factor
    if amount % 10 ** len(digits):
        return
    written = f"{amount // 10 ** len(digits)}{word}"
    span = Span(whole[2], rest[3])
    new: Token = ("DURATION", written, *span)
    finding = Finding("unit-missing", span, "a length of time is a whole number of one unit", f"write {written}", True)
    yield slip.put(slip.at - 1, 3, new), finding


def ended_calls(slip: Slip) -> Iterator[Fix]:
    """`hang up the call`"""
    if [token[1] for token in slip.piece[:3]] in (["hang", "up", "the"], ["hang", "up", "this"]):
        rest = Span(slip.piece[2][2], slip.piece[-1][3])
        yield slip.piece[:2], Finding("syntax", rest, "`hang up` alone ends the call", "take the rest away")


def hours_of_hours(slip: Slip) -> Iterator[Fix]:
    """`on answered during office hours:`"""
    token = slip.token()
    if token and token[1] == "hours" and slip.at > 1 and slip.piece[slip.at - 2][1] in ("during", "outside"):
        name = slip.piece[slip.at - 1][1]
        message = f"`hours` is too much here: the name alone says it, as in `hours {name} = …`"
        yield slip.put(slip.at, 1), Finding("syntax", span_of(token), message, "take it away")


SIGNS: tuple[Doctor, ...] = (
    long_dashes,
    spaced_dashes,
    braces,
    quoted_numbers,
    broken_durations,
    ended_calls,
    hours_of_hours,
)
GENERAL: tuple[Doctor, ...] = (*SIGNS, *WORDS_AND_VALUES)
"""In the order to be tried: the more a guess says about the mistake, the earlier."""
