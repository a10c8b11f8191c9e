"""Builds targets and written-out parties of the tree; see `build_words` for the shape of these functions."""

from __future__ import annotations

from typing import Literal

from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import Party, PartyKind, Path, Target, Targets, Voicemail, Word
from flowlang.syntax.build_words import text_of, word_of
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token


class Option(NamedTuple):
    kind: Literal["language", "region"]
    value: Word
    span: Span


class Options(NamedTuple):
    """`(language de-de, region emea)`"""

    language: Word | None
    region: Word | None


NO_OPTIONS = Options(None, None)


def language_option(_report: Report, start: int, end: int, token: Token) -> Option:
    return Option("language", word_of(token), Span(start, end))


def region_option(_report: Report, start: int, end: int, token: Token) -> Option:
    return Option("region", word_of(token), Span(start, end))


def options(report: Report, _start: int, _end: int, *given: Option) -> Options:
    found: dict[str, Option] = {}
    for one in given:
        if one.kind in found:
            clause_twice(report, one.kind, one.span, found[one.kind].span)
        else:
            found[one.kind] = one
    language, region = found.get("language"), found.get("region")
    return Options(language.value if language else None, region.value if region else None)


def clause_twice(report: Report, words: str, again: Span, first: Span) -> None:
    message = f"`{words}` is here for the second time"
    report.error("clause-twice", again, message, "take one of the two away", (first, "the first one is here"))


# ---------------------------------------------------------------- one target, several targets


def target(_report: Report, start: int, end: int, who: Path | Party | Voicemail, options: Options | None) -> Target:
    language, region = options or NO_OPTIONS
    return Target(who, language, region, Span(start, end))


def plain_list(_report: Report, start: int, end: int, *items: Target) -> Targets:
    return Targets("plain", items, Span(start, end))


def first_list(_report: Report, start: int, end: int, *items: Target) -> Targets:
    return Targets("first", items, Span(start, end))


def each_list(_report: Report, start: int, end: int, *items: Target) -> Targets:
    return Targets("each", items, Span(start, end))


# ---------------------------------------------------------------- parties


def _party(report: Report, span: Span, kind: PartyKind, who: Token, tenant: Token | None, name: Token | None) -> Party:
    return Party(kind, word_of(who), word_of(tenant) if tenant else None, text_of(report, name) if name else None, span)


def user(report: Report, start: int, end: int, who: Token, tenant: Token | None, name: Token | None) -> Party:
    return _party(report, Span(start, end), "user", who, tenant, name)


def resource_account(
    report: Report, start: int, end: int, who: Token, tenant: Token | None, name: Token | None
) -> Party:
    return _party(report, Span(start, end), "resource account", who, tenant, name)


def bot(report: Report, start: int, end: int, who: Token, tenant: Token | None, name: Token | None) -> Party:
    return _party(report, Span(start, end), "bot", who, tenant, name)


def phone(report: Report, start: int, end: int, who: Token, name: Token | None) -> Party:
    return _party(report, Span(start, end), "phone", who, None, name)


def voicemail(_report: Report, start: int, end: int, of: Token) -> Voicemail:
    return Voicemail(word_of(of), Span(start, end))
