"""Builds conditions and values of the tree; see `build_words` for the shape of these functions."""

from __future__ import annotations

from flowlang.source import Span
from flowlang.syntax.ast import (
    Add,
    And,
    Compare,
    Condition,
    During,
    Exists,
    InGroup,
    Not,
    Or,
    Path,
    Value,
)
from flowlang.syntax.build_words import word_of
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token


def either(_report: Report, start: int, end: int, left: Condition, right: Condition) -> Or:
    return Or(left, right, Span(start, end))


def both(_report: Report, start: int, end: int, left: Condition, right: Condition) -> And:
    return And(left, right, Span(start, end))


def negated(_report: Report, start: int, end: int, condition: Condition) -> Not:
    return Not(condition, Span(start, end))


def same(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare("is", left, right, Span(start, end))


def differs(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare("is not", left, right, Span(start, end))


def less(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare("<", left, right, Span(start, end))


def at_most(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare("<=", left, right, Span(start, end))


def more(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare(">", left, right, Span(start, end))


def at_least(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare(">=", left, right, Span(start, end))


def starts_with(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare("starts with", left, right, Span(start, end))


def contains(_report: Report, start: int, end: int, left: Value, right: Value) -> Compare:
    return Compare("contains", left, right, Span(start, end))


def in_group(_report: Report, start: int, end: int, left: Value, group: Token) -> InGroup:
    return InGroup(left, word_of(group), Span(start, end))


def exists(_report: Report, start: int, end: int, path: Path) -> Exists:
    return Exists(path, Span(start, end))


def during(_report: Report, start: int, end: int, hours: Token) -> During:
    return During(False, word_of(hours), Span(start, end))


def outside(_report: Report, start: int, end: int, hours: Token) -> During:
    return During(True, word_of(hours), Span(start, end))


def in_brackets(_report: Report, _start: int, _end: int, condition: Condition) -> Condition:
    return condition


def arithmetic(_report: Report, start: int, end: int, left: Value, sign: Token, right: Value) -> Add:
    return Add(left, sign[1], right, Span(start, end))
