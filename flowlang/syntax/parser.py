"""The door of the syntax: text in, tree and mistakes out. Nothing that a person can write makes it raise."""

import gc
from typing import NamedTuple

from flowlang.diagnostics import Diagnostic
from flowlang.source import Source, Span
from flowlang.syntax import tables
from flowlang.syntax.ast import File
from flowlang.syntax.machine import Machine
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import scan

_loaded: list[tables.Tables] = []


class Parsed(NamedTuple):
    """`file` is always there: repaired where the text has mistakes, and without what could not be read at all."""

    file: File
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> Parsed:
    """Reads one file."""
    was_on = gc.isenabled()
    gc.disable()  # a tree has no circles, and looking for some costs a third of the time
    try:
        return _parse(source)
    finally:
        if was_on:
            gc.enable()


def the_tables() -> tables.Tables:
    """The grammar's tables, read once."""
    if not _loaded:
        _loaded.append(tables.load())
    return _loaded[0]


def _parse(source: Source) -> Parsed:
    report = Report(source)
    scanned = scan(source.text, the_tables())
    if scanned is not None:
        machine = Machine(the_tables(), report)
        if machine.run(scanned.tokens) == len(scanned.tokens):
            items = machine.values[0]
            file = File(items, tuple(scanned.comments), Span(0, len(source.text)))
            return Parsed(file, tuple(report.found))
    report.error("syntax", Span(0, 0), "this cannot be read")
    return Parsed(File((), (), Span(0, len(source.text))), tuple(report.found))
