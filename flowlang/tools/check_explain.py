"""`flowlang check --explain`: the page of one code in the terminal, or all codes in their groups."""

import re

from flowlang.diagnostics import Severity
from flowlang.ladder.canvas import Look
from flowlang.tools.check_codes import COMMENTS, PROVED_GROUP, SYNTAX, Entry, Group, entry_of, groups
from flowlang.tools.options import UsageError, wrap
from flowlang.tools.terminal import look_of, write

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_FENCE = re.compile(r"^```flow (wrong|right)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"- |\d+\. |\|")


def show(code: str, arguments: tuple[str, ...]) -> int:
    """Writes the page of a code, or the list of all. Raises `UsageError`."""
    if arguments:
        raise UsageError(f"--explain looks at no files; leave out {arguments[0]}")
    look = look_of()
    write(explained(code, look) if code else listing(look))
    return 0


def listing(look: Look) -> str:
    """Every code in its group, one line each."""
    wide = max(len(entry.code) for group in groups() for entry in group.entries) + 2
    lines: list[str] = []
    for group in groups():
        lines += [_paint(f"{group.title} ({group.name})", _BOLD, look)]
        lines += [f"  {entry.code:<{wide}}{entry.severity.value:<9}{entry.title}" for entry in group.entries]
        lines.append("")
    return "\n".join([*lines, "flowlang check --explain CODE tells more about one of them.", ""])


def explained(code: str, look: Look) -> str:
    """The page of one code. Raises `UsageError` for one that does not exist."""
    entry, group = entry_of(code)
    lines = [_paint(f"{entry.code}: {entry.severity.value}", _BOLD, look), *wrap(entry.title, look.width), ""]
    for part in _parts(entry):
        lines += [*_laid_out(part, look), ""]
    lines += wrap(_allowing(entry, group), look.width)
    if group.name not in (SYNTAX, COMMENTS) and entry.can_be_allowed:
        lines += ["", f"    # allow {entry.code} because …"]
    return "\n".join([*lines, ""])


def _parts(entry: Entry) -> list[str]:
    """Paragraphs, with the flows as indented blocks below what they show."""
    what = "note" if entry.severity is Severity.INFO else entry.severity.value
    page = _FENCE.sub(lambda m: _shown(f"This gives the {what}:" if m[1] == "wrong" else "Better:", m[2]), entry.page)
    return [part for part in re.split(r"\n\n(?! {4})", page.strip("\n")) if part.strip()]


def _shown(head: str, flow: str) -> str:
    return f"{head}\n\n" + "\n".join(f"    {line}".rstrip() or "    " for line in flow.rstrip("\n").split("\n"))


def _laid_out(part: str, look: Look) -> list[str]:
    """A paragraph as wide as the screen; flows, lists and tables as they are."""
    if part.startswith(("This gives", "Better:")) or _ITEM.match(part):
        return [_paint(line, _DIM, look) if line.startswith("    #") else line.rstrip() for line in part.split("\n")]
    return wrap(part, look.width)


def _allowing(entry: Entry, group: Group) -> str:
    if group.name == COMMENTS:
        return "This is about such a comment, so no comment can allow it. --ignore leaves it out."
    if group.name == SYNTAX:
        return "This cannot be allowed, since the flow cannot be understood."
    if not entry.can_be_allowed:
        return "This cannot be allowed, since the flow cannot run with it."
    when = "It is looked for with --strict, or when it is selected. " if group.name == PROVED_GROUP else ""
    return f"{when}To keep such a line, allow it with a reason, at its end or on the line above:"


def _paint(text: str, colour: str, look: Look) -> str:
    return f"{colour}{text}{_RESET}" if look.colour else text
