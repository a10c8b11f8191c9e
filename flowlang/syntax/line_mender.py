"""Turns a line that cannot be read where it stands into tokens that can, after saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from flowlang.source import Span
from flowlang.syntax.fixes import GENERAL, Doctor, Finding, quoted, span_of
from flowlang.syntax.hints import ARM_WORDS, DECLARATION_WORDS, OTHER_DECLARATIONS
from flowlang.syntax.lines import RawLine
from flowlang.syntax.machine import Probe
from flowlang.syntax.pieces import COLON, LINE_END, Pieces, begins_step, eaten_key, event_words, step_words, unreadable
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import COMMA, Token
from flowlang.syntax.suggest import nearest
from flowlang.syntax.tables import Tables

Context = Literal["file", "stage", "steps", "arms"]
Kind = Literal["on", "arm", "if", "else", "when", "step", "declaration", "unknown"]
_EVENT_FIRST = frozenset(
    ("start", "incoming", "answered", "transferring", "tone", "joined", "left", "ended", "failed", "state", "after", "enter")
)
_HEAD_KINDS = frozenset(("WHEN", "ON", "IF", "ELSE", "OTHERWISE"))
_BLOCK_DECLARATIONS = ("routine", "stage")
_NAMED = ("contact", "group", "let", "setting", "hours", "service")


class Outcome(NamedTuple):
    """Tokens in the place of a line. `sort` names a mistake that is said once for lines in a row. `is_skipped`: what
    is below cannot be read either. `is_outside`: it belongs to the left edge: now, or at the end if `is_late`."""

    tokens: list[Token]
    sort: str = ""
    is_skipped: bool = False
    is_outside: bool = False
    is_late: bool = False


def context(probe: Probe) -> Context:
    """What kind of lines stand at a place."""
    if probe.takes("CONSULT"):
        return "steps"
    if probe.takes("PRESS"):
        return "arms"
    return "file" if probe.takes("CONTACT") else "stage"


def kind_of(tokens: Sequence[Token], where: Context) -> Kind:
    """What a line is, by its first word."""
    kind, word, _, _ = tokens[0]
    if kind in ("ON", "IF", "ELSE", "WHEN"):
        return {"ON": "on", "IF": "if", "ELSE": "else", "WHEN": "when"}[kind]  # type: ignore[return-value]
    if kind == "OTHERWISE" or (kind == "NAME" and word == "press"):
        return "arm"
    if kind != "NAME":
        return "unknown"
    if word == "after":
        return "on"
    if word in DECLARATION_WORDS and not (word == "let" and where in ("steps", "arms")):
        return "declaration"
    return "step" if begins_step(tokens[0]) else "unknown"


class LineMender:
    """Mends the lines of one text."""

    def __init__(self, report: Report, tables: Tables) -> None:
        self._report = report
        self._tables = tables
        self._pieces = Pieces(report, tables)

    def mend(self, line: RawLine, probe: Probe, below: RawLine | None, sort_before: str) -> Outcome:
        """`below` is the next line if it is deeper; `sort_before` the sort of the line before in the same block."""
        where = context(probe)
        kind = kind_of(line.tokens, where)
        eaten = self._with_eaten_key(line)
        if eaten is not None:
            line = line._replace(tokens=eaten)
            if self._pieces.reads(probe, eaten) and eaten[-1][0] != COMMA:
                return Outcome(eaten)
        work = Work(self._pieces, line.tokens, probe, where, below, sort_before)
        match kind:
            case "on":
                return on_line(work)
            case "arm":
                return arm_line(work)
            case "if":
                return if_line(work)
            case "else":
                return else_line(work)
            case "when":
                return when_line(work)
            case "step":
                return step_line(work)
            case "declaration":
                return declaration_line(work)
            case "unknown":
                return unknown_line(work)
        raise AssertionError(kind)

    def _with_eaten_key(self, line: RawLine) -> list[Token] | None:
        """`press #: …`: the line as if its comment were a key and what follows."""
        return None
