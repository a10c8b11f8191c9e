"""`flowlang check --format json`: one object, described in docs/reference/json.md; `VERSION` numbers its shape."""

import json
from typing import Final

from flowlang.diagnostics import Diagnostic

VERSION: Final = 1


def check_json(found: list[Diagnostic]) -> str:
    """The findings as JSON text."""
    whole = {"version": VERSION, "diagnostics": [_one(diagnostic) for diagnostic in found]}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _one(diagnostic: Diagnostic) -> dict[str, str | int]:
    source, span = diagnostic.source, diagnostic.span
    begin, end = source.position(span.start), source.position(span.end)
    return {
        "file": source.path,
        "line": begin.line,
        "column": begin.column,
        "end_line": end.line,
        "end_column": end.column,
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "help": diagnostic.help,
    }
