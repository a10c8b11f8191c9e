"""`flowlang check --format junit`: one suite a file and one case a finding, for programs that show test results.

Only errors are failures, as for the exit code; warnings and notes are passing cases that say something. The names of
cases differ, since GitLab counts equal ones once (docs.gitlab.com, "Unit test reports").
"""

from collections.abc import Iterable, Sequence

from flowlang.diagnostics import Diagnostic, Severity
from flowlang.tools.check_places import plainly, seen_from

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def render_junit(found: Sequence[Diagnostic], files: Iterable[str], root: str) -> str:
    """All files, those without findings too. `root`: the folder that paths are relative to."""
    by_file: dict[str, list[Diagnostic]] = {seen_from(file, root): [] for file in files}
    for one in found:
        by_file.setdefault(seen_from(one.source.path, root), []).append(one)
    tests = sum(max(len(here), 1) for here in by_file.values())
    head = f'<testsuites name="flowlang check" tests="{tests}" failures="{_failures(found)}" errors="0">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head]
    for file, here in by_file.items():
        lines += _suite(file, here)
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(file: str, found: Sequence[Diagnostic]) -> list[str]:
    name = _attribute(file)
    lines = [
        f'  <testsuite name="{name}" tests="{max(len(found), 1)}" failures="{_failures(found)}" errors="0" skipped="0">'
    ]
    if not found:
        lines.append(f'    <testcase classname="{name}" name="nothing wrong" file="{name}"/>')
    for one in found:
        at = one.source.position(one.span.start)
        case = f'classname="{name}" name="{one.code} at {at.line}:{at.column}" file="{name}" line="{at.line}"'
        told = _text("\n".join([f"{file}:{at.line}:{at.column}: {one.severity.value}[{one.code}]", *plainly(one)]))
        if one.severity is Severity.ERROR:
            body = f'<failure type="{one.code}" message="{_attribute(one.message)}">{told}</failure>'
        else:
            body = f"<system-out>{told}</system-out>"
        lines += [f"    <testcase {case}>", f"      {body}", "    </testcase>"]
    return [*lines, "  </testsuite>"]


def _failures(found: Iterable[Diagnostic]) -> int:
    return sum(one.severity is Severity.ERROR for one in found)


def _text(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) if sign in "&<>" else sign for sign in _possible(text))


def _attribute(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in _possible(text))


def _possible(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold in any form."""
    return "".join(sign if _is_possible(ord(sign)) else "\ufffd" for sign in text)


def _is_possible(code: int) -> bool:
    return code in (0x9, 0xA) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
