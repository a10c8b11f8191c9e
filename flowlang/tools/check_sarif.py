"""`flowlang check --format sarif`: SARIF 2.1.0 (OASIS standard, with errata 01), for programs that gather findings.

A call that shows a finding is a code flow; other places are related locations; what `--fix` would do is a fix.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from flowlang.diagnostics import Diagnostic, Edit, Severity
from flowlang.source import Source, Span
from flowlang.tools.check_codes import Entry, by_code
from flowlang.tools.check_places import said, seen_from, sentence, told

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

Json = dict[str, object]


def render_sarif(found: Sequence[Diagnostic], root: str, version: str) -> Json:
    """The log of one run. `root`: the folder that paths are relative to; `version`: that of flowlang."""
    codes = list(dict.fromkeys(one.code for one in found))
    run = {
        "tool": {
            "driver": {
                "name": "flowlang",
                "semanticVersion": version,
                "rules": [_rule(by_code()[code][0], by_code()[code][1].title) for code in codes],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {ROOT: {"description": {"text": "the folder in which flowlang was called"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code), root) for one in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(entry: Entry, group: str) -> Json:
    page = entry.page.replace("```flow wrong", "This gives it:\n\n```").replace("```flow right", "Better:\n\n```")
    plain = "\n".join(line for line in page.split("\n") if not line.startswith("```"))
    return {
        "id": entry.code,
        "name": "".join(word.capitalize() for word in entry.code.split("-")),
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": plain.partition("\nThis gives it:")[0].strip() or entry.title},
        "help": {"text": f"{entry.title}\n\n{plain}", "markdown": f"{entry.title}\n\n{page}"},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "properties": {"tags": [group]},
    }


def _result(one: Diagnostic, rule: int, root: str) -> Json:
    place = _physical(one.source, one.span, root)
    result: Json = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": _LEVELS[one.severity],
        "message": {"text": _message(said(one))},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"flowlang/v1": _fingerprint(one, root)},
    }
    if one.notes:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": _message(sentence(note.text))},
                "physicalLocation": _physical(note.source, note.span, root),
            }
            for number, note in enumerate(one.notes, 1)
        ]
    if one.call:
        steps = [
            {"location": {"physicalLocation": place, "message": {"text": _message(told(line))}}} for line in one.call
        ]
        shown = {"message": {"text": "A call that shows it."}, "threadFlows": [{"locations": steps}]}
        result["codeFlows"] = [shown]
    if one.fix is not None:
        change = {
            "artifactLocation": _artifact(one.source.path, root),
            "replacements": [_replacement(one.source, edit) for edit in one.fix.edits],
        }
        title = {"text": _message(sentence(one.fix.title))}
        result["fixes"] = [{"description": title, "artifactChanges": [change]}]
    return result


def _physical(source: Source, span: Span, root: str) -> Json:
    return {"artifactLocation": _artifact(source.path, root), "region": _region(source, span)}


def _region(source: Source, span: Span) -> Json:
    start, end = source.position(span.start), source.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _replacement(source: Source, edit: Edit) -> Json:
    replacement: Json = {"deletedRegion": _region(source, edit.span)}
    return {**replacement, "insertedContent": {"text": edit.text}} if edit.text else replacement


def _artifact(path: str, root: str) -> Json:
    """Relative to the root where it is below it, else a whole `file:` address."""
    seen = seen_from(path, root)
    if os.path.isabs(seen):
        return {"uri": PurePath(seen).as_uri()}
    return {"uri": quote(seen), "uriBaseId": ROOT}


def _fingerprint(one: Diagnostic, root: str) -> str:
    """Stays the same when lines are put in elsewhere: file, code and the words of the line."""
    line = " ".join(one.source.line(one.source.position(one.span.start).line).split())
    parts = "\0".join((seen_from(one.source.path, root), one.code, one.message, line))
    return hashlib.sha256(parts.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _message(text: str) -> str:
    """Plain text as a message: braces and brackets would be placeholders and links (3.11.5 and 3.11.6)."""
    text = text.replace("{", "{{").replace("}", "}}")
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in text else text
