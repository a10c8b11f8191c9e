"""`# allow NAME because …`: findings that the author has looked at and means to keep.

The comment stands at the end of the line that the finding points at, or alone on the line above it. A reason is
required. What keeps a flow from being understood (the first two groups of rules, and the syntax) cannot be allowed.
"""

from flowlang.diagnostics import Diagnostic, Edit, Fix, Severity
from flowlang.named_tuple import NamedTuple
from flowlang.rules.common import corrected, meant
from flowlang.source import Source, Span
from flowlang.syntax import ast

UNUSED = "comment-disables-nothing"
NO_REASON = "allow-without-reason"


class Allowed(NamedTuple):
    """One name in an `allow` comment. `line`: the line whose findings it takes away, from 1. `is_in_main`: it stands
    in a flow that is checked, not in a file that one uses: there it may be meant for another flow."""

    source: Source
    span: Span
    name: str
    line: int
    is_in_main: bool


def allowed_in(source: Source, file: ast.File, is_in_main: bool) -> tuple[list[Allowed], list[Diagnostic]]:
    """The comments of a file that allow something, and those that lack a reason."""
    found: list[Allowed] = []
    wrong: list[Diagnostic] = []
    for comment in file.comments:
        words = comment.text.lstrip("#").strip()
        if not words.startswith("allow "):
            continue
        names, because, reason = words[len("allow ") :].partition(" because")
        if not because or not reason.strip():
            wrong.append(
                Diagnostic(
                    NO_REASON, Severity.WARNING, source, comment.span, "this says what is allowed, but not why",
                    f"write `# allow {names.strip()} because …`",
                )
            )  # fmt: skip
            continue
        line = _line_of(source, comment.span)
        found += [
            Allowed(source, comment.span, name.strip(), line, is_in_main) for name in names.split(",") if name.strip()
        ]
    return found, wrong


def _line_of(source: Source, span: Span) -> int:
    """The comment's own line; if nothing else stands there, the next line that holds more than a comment."""
    line = source.position(span.start).line
    while source.line(line).lstrip().startswith("#"):
        line += 1
    return line


def without_allowed(
    found: list[Diagnostic], allowed: list[Allowed], known: frozenset[str], fixed: frozenset[str]
) -> list[Diagnostic]:
    """The findings that are left, and what is wrong with the comments. `fixed`: codes that cannot be allowed."""
    kept: list[Diagnostic] = []
    used: set[Allowed] = set()
    for one in found:
        here = [
            a for a in allowed if a.source.path == one.source.path and a.name == one.code and a.line == _first_line(one)
        ]
        if here and one.code not in fixed:
            used |= set(here)
        else:
            kept.append(one)
    return kept + [_unused(one, known, fixed) for one in allowed if one.is_in_main and one not in used]


def _first_line(one: Diagnostic) -> int:
    return one.source.position(one.span.start).line


def _unused(one: Allowed, known: frozenset[str], fixed: frozenset[str]) -> Diagnostic:
    message, cure = f"there is no `{one.name}` here to allow", "take the comment out"
    if one.name in fixed:
        message, cure = f"`{one.name}` cannot be allowed, since the flow cannot run with it", "correct the line"
    elif one.name not in known:
        message, cure = f"no rule is called `{one.name}`", meant(one.name, known) or "look at the list of rules"
    fix = corrected(one.source, _name_span(one), one.name, known) if one.name not in known else _without(one)
    return Diagnostic(UNUSED, Severity.WARNING, one.source, one.span, message, cure, fix=fix)


def _name_span(one: Allowed) -> Span:
    """Where the name stands in its comment."""
    start = one.source.text.index(one.name, one.span.start, one.span.end)
    return Span(start, start + len(one.name))


def _without(one: Allowed) -> Fix:
    """The comment without that name; without any name it goes, with its line if nothing else stands there."""
    text, (start, end) = one.source.text, one.span
    head, because, reason = text[start:end].partition(" because")
    sign, names = head[: head.index("allow ") + len("allow ")], head[head.index("allow ") + len("allow ") :]
    left = [name.strip() for name in names.split(",") if name.strip() not in ("", one.name)]
    if left:
        return Fix(f"take `{one.name}` out", (Edit(one.span, f"{sign}{', '.join(left)}{because}{reason}"),))
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():
        start = line + len(text[line:start].rstrip())
    else:
        start, end = line, min(end + 1, len(text))
    return Fix("take the comment out", (Edit(Span(start, end), ""),))
