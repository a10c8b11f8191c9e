"""Builds words, numbers, texts, keys, patterns and paths of the tree. Each function is named after its rule in the
grammar, and takes the report, start and end of what was read, and its parts."""

from __future__ import annotations

import re

from flowlang.source import Span
from flowlang.syntax.ast import Duration, Number, Path, Pattern, Text, Truth, Word
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token, composed
from flowlang.syntax.suggest import nearest

MS_OF = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
DIGITS_READ = 15
"""No number of a flow has more digits; and Python refuses to read one of thousands."""

KEYS = frozenset((*"0123456789abcd", "star", "pound", "any"))
_KEY_SIGNS = {"#": "pound", "*": "star"}
_NEAR_KEYS = {"hash": "pound", "hashtag": "pound", "sharp": "pound", "asterisk": "star", "all": "any"}


def word_of(token: Token) -> Word:
    """A name or a bare word."""
    return Word(token[1], Span(token[2], token[3]))


def words_of(tokens: tuple[Token, ...]) -> tuple[Word, ...]:
    return tuple(map(word_of, tokens))


# ---------------------------------------------------------------- numbers and durations


def read_number(report: Report, digits: str, span: Span) -> int:
    """The value of some digits; one too long to mean anything is reported, and is 0."""
    if len(digits) > DIGITS_READ:
        message = f"this number has {len(digits)} digits, and a flow counts up to {DIGITS_READ} digits"
        report.error("syntax", span, message, "write a smaller number")
        return 0
    return int(digits)


def number_of(report: Report, token: Token) -> Number:
    span = Span(token[2], token[3])
    return Number(read_number(report, token[1], span), span)


def number_value(report: Report, _start: int, _end: int, token: Token) -> Number:
    return number_of(report, token)


def duration(report: Report, start: int, end: int, token: Token) -> Duration:
    span = Span(start, end)
    digits = token[1].rstrip("msh")
    unit = token[1][len(digits) :]
    return Duration(read_number(report, digits, span) * MS_OF[unit], span, unit)


duration_value = duration


def yes(_report: Report, start: int, end: int) -> Truth:
    return Truth(True, Span(start, end))


def no(_report: Report, start: int, end: int) -> Truth:
    return Truth(False, Span(start, end))


# ---------------------------------------------------------------- texts


_SPECIAL = re.compile(r"\\(.)|\{([^{}]*)\}|[{}]", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "{": "{", "}": "}"}
_HOLE = re.compile(r"\s*([^\W\d][^\s.]*(?:\.[^\W\d][^\s.]*)*)\s*")


def text_of(report: Report, token: Token) -> Text:
    """A quoted text: escapes undone, holes read."""
    _, written, start, end = token
    inner = written[1:-1]
    span = Span(start, end)
    if "\\" not in inner and "{" not in inner and "}" not in inner:
        return Text((inner,) if inner else (), span)
    parts: list[str | Path] = []
    at = 0
    is_told = False
    for match in _SPECIAL.finditer(inner):
        _add(parts, inner[at : match.start()])
        at = match.end()
        here = Span(start + 1 + match.start(), start + 1 + match.end())
        if match[1] is not None:
            if match[1] not in _ESCAPES and not is_told:  # one path of Windows has several, and is one mistake
                is_told = True
                _tell_escape(report, match[1], here)
            _add(parts, _ESCAPES.get(match[1], match[0]))
        elif match[2] is not None:
            parts.append(_hole(report, match[2], here))
        else:
            _stray_brace(report, match[0], here)
            _add(parts, match[0])
    _add(parts, inner[at:])
    return Text(tuple(parts), span)


def _add(parts: list[str | Path], characters: str) -> None:
    if characters:
        if parts and isinstance(parts[-1], str):
            parts[-1] += characters
        else:
            parts.append(characters)


def _tell_escape(report: Report, character: str, here: Span) -> None:
    cure = "write \\\\ for a backslash; in the name of a file write / instead"
    report.error("syntax", here, f"\\{character} means nothing in a text", cure)


def _hole(report: Report, inside: str, here: Span) -> Path:
    match = _HOLE.fullmatch(inside)
    if match is None:
        if inside.strip():
            message = f"a hole in a text holds one name, and {{{_short(inside)}}} is none"
            report.error(
                "syntax", here, message, "write a name such as {caller.number}, or \\{ for the character itself"
            )
        else:
            report.error(
                "syntax", here, "this hole is empty", "write a name such as {caller.number}, or \\{\\} for braces"
            )
        return Path((), here)
    name = match[1] if match[1].isascii() else composed(match[1])
    first = here.start + 1 + match.start(1)
    return Path(tuple(name.split(".")), Span(first, first + len(match[1])))


def _stray_brace(report: Report, brace: str, here: Span) -> None:
    if brace == "{":
        report.error(
            "syntax",
            here,
            "this { opens a hole that is never closed",
            "close it with }, or write \\{ for the character itself",
        )
    else:
        report.error("syntax", here, "this } closes nothing", "write \\} for the character itself")


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


def text_value(report: Report, _start: int, _end: int, token: Token) -> Text:
    return text_of(report, token)


# ---------------------------------------------------------------- keys, patterns, paths


def keys(report: Report, _start: int, _end: int, *tokens: Token) -> tuple[Word, ...]:
    return tuple(key_of(report, token) for token in tokens)


def key_of(report: Report, token: Token) -> Word:
    """A key of the telephone, in canonical spelling."""
    span = Span(token[2], token[3])
    written = token[1]
    if token[0] == "TEXT":
        written = _KEY_SIGNS.get(written[1:-1], written[1:-1])
    if written in KEYS:
        return Word(written, span)
    report.error("syntax", span, f"{token[1]} is no key of a telephone", _key_cure(written))
    return Word("", span)


def _key_cure(written: str) -> str:
    if written.isdecimal() and len(written) < 5:
        return "write one digit for each key: " + ", ".join(written)
    near = _NEAR_KEYS.get(written.lower()) or nearest(written, KEYS)
    return f"did you mean `{near}`?" if near else "keys are 0 to 9, `star` and `pound`; `any` stands for all of them"


def patterns(_report: Report, _start: int, _end: int, *items: Pattern) -> tuple[Pattern, ...]:
    return items


def pattern(_report: Report, start: int, end: int, token: Token) -> Pattern:
    return Pattern(token[1], Span(start, end))


def named_pattern(_report: Report, start: int, end: int, *tokens: Token) -> Pattern:
    return Pattern(" ".join(token[1] for token in tokens), Span(start, end))


def path(_report: Report, start: int, end: int, token: Token) -> Path:
    return Path(tuple(token[1].split(".")), Span(start, end))
