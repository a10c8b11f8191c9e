"""`flowlang check --format github`: findings as workflow commands, which GitHub shows beside the lines of a change.

Form and escaping: docs.github.com, "Workflow commands for GitHub Actions"; columns are given only where the finding
ends on the line on which it begins, as the page on annotations of check runs has it.
"""

from collections.abc import Iterable

from flowlang.diagnostics import Diagnostic, Severity
from flowlang.tools.check_places import plainly, seen_from

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(found: Iterable[Diagnostic], root: str) -> str:
    """One line for each finding. `root`: the folder that paths are relative to."""
    return "".join(f"{_command(one, root)}\n" for one in found)


def _command(one: Diagnostic, root: str) -> str:
    start, end = one.source.position(one.span.start), one.source.position(one.span.end)
    places = {"file": seen_from(one.source.path, root), "line": str(start.line), "endLine": str(end.line)}
    if start.line == end.line:
        places |= {"col": str(start.column), "endColumn": str(end.column)}
    places["title"] = one.code
    values = ",".join(f"{name}={_property(value)}" for name, value in places.items())
    return f"::{_WORDS[one.severity]} {values}::{_data(chr(10).join(plainly(one)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
