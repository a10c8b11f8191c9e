"""The door of the syntax: text in, tree and mistakes out. Nothing that a person can write makes it raise."""

import gc
import re

from flowlang.diagnostics import Diagnostic, in_order
from flowlang.named_tuple import NamedTuple
from flowlang.source import Source, Span
from flowlang.syntax import tables
from flowlang.syntax.ast import File, Flow, Item, Number
from flowlang.syntax.machine import Machine
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import scan

VERSION = 1
_FLOW_LINE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*flow[ \t]+([0-9]{1,9})(?![\w.-])")
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
    whole = Span(0, len(source.text))
    foreign = _foreign_version(report)
    if foreign is not None:
        return Parsed(File((foreign,), (), whole), tuple(report.found))
    scanned = scan(source.text, the_tables())
    if scanned is not None:
        machine = Machine(the_tables(), report)
        if machine.run(scanned.tokens) == len(scanned.tokens):
            items: tuple[Item, ...] = machine.values[0]  # type: ignore[assignment]  # what the first rule builds
            return _parsed(report, File(items, tuple(scanned.comments), whole))
    from flowlang.syntax.repair import Repair  # only a text with a mistake needs it

    report = Report(source)
    items, comments = Repair(report, the_tables()).read()
    return _parsed(report, File(items, tuple(comments), whole))


def _parsed(report: Report, file: File) -> Parsed:
    wrong = {report.source.position(one.span.start).line for one in report.found}
    for item in file.items[1:]:
        if isinstance(item, Flow) and report.source.position(item.span.start).line not in wrong:
            message = "the `flow` line comes first in a file, and only once"
            report.error("late-flow-line", item.span, message, "move it to the top, or take it away")
    return Parsed(file, tuple(in_order(report.found)))


def _foreign_version(report: Report) -> Flow | None:
    """The `flow` line of a file in a version that is not this one: then nothing else about it is known."""
    match = _FLOW_LINE.match(report.source.text)
    if match is None or int(match[1]) == VERSION:
        return None
    version = Span(*match.span(1))
    message = f"this is a flow in version {match[1]} of the language, and only version {VERSION} is known here"
    report.error("unknown-language-version", version, message, f"write `flow {VERSION}`, or get a newer flowlang")
    return Flow(
        Number(int(match[1]), version), None, Span(report.source.text.rfind("flow", 0, version.start), version.end)
    )
