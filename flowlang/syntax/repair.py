"""Reads a text that has mistakes: line by line, each mistake said once, and the tree kept.

A line that the machine would not take is mended first, so the machine never sees anything wrong. What cannot be
mended becomes a token that stands for it; the block below it is read all the same.
"""

from __future__ import annotations

from typing import NamedTuple

from flowlang.source import Span
from flowlang.syntax.ast import Item, Word
from flowlang.syntax.fixes import GENERAL, Finding, quoted, span_of
from flowlang.syntax.lines import LineReader, RawLine
from flowlang.syntax.machine import Machine, Probe
from flowlang.syntax.misplaced import Misplaced, Outcome
from flowlang.syntax.pieces import COLON, LINE_END, Pieces, begins_step, unreadable
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import DEDENT, END, INDENT, Token
from flowlang.syntax.tables import Tables

MISTAKES_MAX = 60
"""More of them help nobody: the file is something else, or one early mistake has to go first."""

DEPTH_MAX = 30
JOINTS_MAX = 60
"""How many `and`, `or`, `not`, brackets and sums one line may have. The tree is walked by functions that call
themselves, so its depth needs a bound."""

_INDENT: Token = (INDENT, "", 0, 0)
_DEDENT: Token = (DEDENT, "", 0, 0)
