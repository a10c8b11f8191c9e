"""Builds declarations and the whole file; see `build_words` for the shape of these functions."""

from __future__ import annotations

from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import (
    Answer,
    Block,
    Contact,
    Default,
    Duration,
    Flow,
    Group,
    Handler,
    Item,
    Let,
    Party,
    Routine,
    Service,
    Setting,
    Stage,
    Target,
    Text,
    Use,
    Value,
    Voicemail,
    Word,
)
from flowlang.syntax.build_targets import NO_OPTIONS, Options, clause_twice
from flowlang.syntax.build_words import number_of, text_of, word_of, words_of
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token


def file(_report: Report, _start: int, _end: int, *items: Item) -> tuple[Item, ...]:
    return items


def flow(report: Report, start: int, end: int, version: Token, title: Token | None) -> Flow:
    return Flow(number_of(report, version), text_of(report, title) if title else None, Span(start, end))


def language(_report: Report, start: int, end: int, value: Token) -> Default:
    return Default("language", word_of(value), Span(start, end))


def region(_report: Report, start: int, end: int, value: Token) -> Default:
    return Default("region", word_of(value), Span(start, end))


def use(report: Report, start: int, end: int, path: Token) -> Use:
    return Use(text_of(report, path), Span(start, end))


def contact(
    _report: Report, start: int, end: int, name: Token, value: Party | Voicemail, options: Options | None
) -> Contact:
    language, region = options or NO_OPTIONS
    return Contact(word_of(name), value, language, region, Span(start, end))


def group(_report: Report, start: int, end: int, name: Token, *members: Target) -> Group:
    return Group(word_of(name), members, Span(start, end))


def let(_report: Report, start: int, end: int, name: Token, value: Value) -> Let:
    return Let(word_of(name), value, Span(start, end))


def setting(_report: Report, start: int, end: int, name: Token, value: Value) -> Setting:
    return Setting(word_of(name), value, Span(start, end))


# ---------------------------------------------------------------- services


class ServiceClause(NamedTuple):
    words: str
    value: Duration | tuple[Answer, ...] | Text
    span: Span


_TYPES = {"yes/no": "truth"}


def service_bound(_report: Report, start: int, end: int, bound: Duration) -> ServiceClause:
    return ServiceClause("for", bound, Span(start, end))


def members(_report: Report, start: int, end: int, *answers: Answer) -> ServiceClause:
    return ServiceClause("answers", answers, Span(start, end))


def member(_report: Report, start: int, end: int, name: Token, given: Token) -> Answer:
    kind = Word(_TYPES.get(given[1], given[1]), Span(given[2], given[3]))
    return Answer(word_of(name), kind, Span(start, end))


def service(report: Report, start: int, end: int, name: Token, *clauses: ServiceClause) -> Service:
    found: dict[str, ServiceClause] = {}
    for clause in clauses:
        if clause.words in found and clause.words:
            clause_twice(report, clause.words, clause.span, found[clause.words].span)
        else:
            found[clause.words] = clause
    bound: Duration | None = None
    answers: tuple[Answer, ...] = ()
    address: Text | None = None
    for clause in found.values():
        match clause.value:
            case Duration():
                bound = clause.value
            case Text():
                address = clause.value
            case _:
                answers = clause.value
    return Service(word_of(name), bound, answers, Span(start, end), address)


# ---------------------------------------------------------------- routines and stages


def parameters(_report: Report, _start: int, _end: int, *names: Token | None) -> tuple[Word, ...]:
    return words_of(tuple(name for name in names if name))


def routine(
    _report: Report,
    start: int,
    end: int,
    name: Token,
    parameters: tuple[Word, ...] | None,
    body: Block,
    catch: Block | None,
) -> Routine:
    return Routine(word_of(name), parameters or (), body, catch, Span(start, end))


def stage(_report: Report, start: int, end: int, name: Token, *handlers: Handler) -> Stage:
    return Stage(word_of(name), handlers, Span(start, end))
