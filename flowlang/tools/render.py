"""Diagnostics as text for people and as JSON for programs. No files, no terminal: text in, text out.

The text form, with a place that an editor can jump to:

    flows/x.flow:12:9: error[stranded-caller]: message
       |
    12 |     consult heidi for 20s
       |     ^^^^^^^^^^^^^^^^^^^^^
       = help: what to do
"""

from collections.abc import Iterable
from typing import Final

from flowlang.diagnostics import Diagnostic, Note, Severity, Told
from flowlang.source import Source, Span

TAB_WIDTH: Final = 4
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;34m"}
_FRAME = "\x1b[2m"
LONGEST_HEAD = 34
_CONTEXT = 12
"""How many columns before a mark stay in sight when a line is too long for the screen."""
_FAR = 1_000
"""Characters further from a mark are never looked at."""


def render_text(diagnostics: Iterable[Diagnostic], color: bool = False, unicode: bool = True, width: int = 100) -> str:
    """All diagnostics, one blank line after each; empty for none. `width` is that of the screen in columns; source
    lines that are longer are cut around the place."""
    style = _Style(color, unicode, max(width, 40))
    return "".join(_one(diagnostic, style) + "\n" for diagnostic in diagnostics)


def render_json(diagnostics: Iterable[Diagnostic], fixed: int | None = None) -> dict[str, object]:
    """`{"version": 1, "diagnostics": […]}`. Lines and columns count from 1; the end is the column after the last
    character. Notes have a place of their own. `fixed`: how many mistakes were corrected, if that was asked for."""
    told: dict[str, object] = {"version": 1, "diagnostics": [_json(diagnostic) for diagnostic in diagnostics]}
    return told if fixed is None else {**told, "fixed": fixed}


def _json(diagnostic: Diagnostic) -> dict[str, object]:
    found: dict[str, object] = {
        **_place(diagnostic.source, diagnostic.span),
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "help": diagnostic.help,
    }
    if diagnostic.call:
        found["call"] = [told._asdict() for told in diagnostic.call]
    if diagnostic.witness:
        found["witness"] = diagnostic.witness
    if diagnostic.notes:
        found["notes"] = [{**_place(note.source, note.span), "message": note.text} for note in diagnostic.notes]
    if diagnostic.fix is not None:
        edits = [{**_place(diagnostic.source, edit.span), "text": edit.text} for edit in diagnostic.fix.edits]
        found["fix"] = {"title": diagnostic.fix.title, "safe": diagnostic.fix.is_safe, "edits": edits}
    return found


def _place(source: Source, span: Span) -> dict[str, object]:
    start, end = source.position(span.start), source.position(span.end)
    return {
        "file": source.path,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


# ---------------------------------------------------------------- text


class _Style:
    """How to draw."""

    def __init__(self, has_color: bool, has_unicode: bool, width: int) -> None:
        self.has_color = has_color
        self.width = width
        self.bar = "│" if has_unicode else "|"
        self.more = "…" if has_unicode else "..."
        self.arrow = "──►" if has_unicode else "-->"
        self._has_unicode = has_unicode

    def paint(self, text: str, color: str) -> str:
        return f"{color}{text}{_RESET}" if self.has_color and text else text

    def columns(self, text: str) -> int:
        """How wide a text is on the screen."""
        return sum(_cell(character, self)[1] for character in text)

    def plain(self, text: str) -> str:
        """The text as this screen can show it: no control characters, no lone surrogates."""
        unknown = "\ufffd" if self._has_unicode else "?"
        shown = "".join(c if c.isprintable() else " " if c in "\n\t" else unknown for c in text)
        return shown if self._has_unicode else shown.encode("ascii", "backslashreplace").decode()


def _one(diagnostic: Diagnostic, style: _Style) -> str:
    color = _COLORS[diagnostic.severity]
    start = diagnostic.source.position(diagnostic.span.start)
    place = f"{style.plain(diagnostic.source.path)}:{start.line}:{start.column}"
    kind = style.paint(f"{diagnostic.severity.value}[{diagnostic.code}]", color)
    message = style.paint(style.plain(diagnostic.message), _BOLD)
    spans = [(diagnostic.source, diagnostic.span), *((note.source, note.span) for note in diagnostic.notes)]
    gutter = max(len(str(_last_line(source, span))) for source, span in spans)
    lines = [f"{place}: {kind}: {message}"]
    lines += _excerpt(diagnostic.source, diagnostic.span, "^", color, gutter, style)
    if diagnostic.label:
        lines[-1] += f" {style.paint(style.plain(diagnostic.label), color)}"
    if diagnostic.call:
        lines += _call(diagnostic.call, gutter, style)
    if diagnostic.witness:
        again = f"flowlang run --witness {diagnostic.witness}"
        lines.append(f"{' ' * gutter} {style.paint('=', _FRAME)} play it: {style.plain(again)}")
    for note in diagnostic.notes:
        lines += _note(note, gutter, style)
    if diagnostic.help:
        lines.append(f"{' ' * gutter} {style.paint('=', _FRAME)} help: {style.plain(diagnostic.help)}")
    return "".join(line.rstrip() + "\n" for line in lines)


def _note(note: Note, gutter: int, style: _Style) -> list[str]:
    start = note.source.position(note.span.start)
    head = f"{' ' * gutter} {style.paint('=', _FRAME)} note: {style.plain(note.text)}"
    place = f"{style.plain(note.source.path)}:{start.line}:{start.column}"
    return [f"{head}: {place}", *_excerpt(note.source, note.span, "-", _FRAME, gutter, style)]


def _call(call: tuple[Told, ...], gutter: int, style: _Style) -> list[str]:
    """A call in a few lines: who did what to whom."""
    actors = max(style.columns(told.actor) for told in call)
    heads = [
        f"{told.actor}{' ' * (actors - style.columns(told.actor))} {style.arrow} {told.other}"
        if told.other
        else told.actor
        for told in call
    ]
    room = min(max(style.columns(head) for head in heads), LONGEST_HEAD)
    lines = [f"{' ' * gutter} {style.paint('=', _FRAME)} a call that shows it:"]
    for told, head in zip(call, heads, strict=True):
        shown = style.plain(head)
        lines.append(f"{' ' * gutter}     {shown}{' ' * (room - style.columns(shown))}  {style.plain(told.text)}")
    return lines


def _last_line(source: Source, span: Span) -> int:
    return source.position(max(span.start, span.end - 1)).line


def _excerpt(source: Source, span: Span, mark: str, color: str, gutter: int, style: _Style) -> list[str]:
    """The marked words below a frame. Of a span of several lines the first and the last are shown."""
    start = source.position(span.start)
    last = _last_line(source, span)
    empty = f"{' ' * gutter} {style.paint(style.bar, _FRAME)}"
    lines = [empty]
    for number in sorted({start.line, last}):
        text = source.line(number)
        first = start.column - 1 if number == start.line else len(text) - len(text.lstrip())
        end = source.position(span.end).column - 1 if number == source.position(span.end).line else len(text)
        if number == last and number > start.line + 1:
            lines.append(f"{style.more:>{gutter}}")
        shown, marks = _marked(text, first, max(end, first), mark, style.width - gutter - 3, style)
        lines.append(f"{style.paint(f'{number:>{gutter}} {style.bar}', _FRAME)} {shown}")
        lines.append(f"{empty} {style.paint(marks, color) if not marks.isspace() else ''}")
    return lines


def _marked(text: str, first: int, end: int, mark: str, room: int, style: _Style) -> tuple[str, str]:
    """A line as it looks on the screen, and marks below its characters from `first` to before `end`."""
    cut = max(0, first - _FAR)  # a line may be a million characters long
    end = min(end, first + _FAR)
    text, first, end = text[cut : end + _FAR], first - cut, end - cut
    cells = [_cell(character, style) for character in text]
    widths = [width for _, width in cells]
    before, marked = sum(widths[:first]), max(1, sum(widths[first:end]))
    shown = "".join(cell for cell, _ in cells)
    total = sum(widths)
    if total <= room:
        return shown, " " * before + mark * min(marked, max(1, room - before))
    begin = 0
    skipped = 0
    while begin < first and skipped < before - _CONTEXT:
        skipped += widths[begin]
        begin += 1
    stop, used = begin, 0
    space = room - 2 * len(style.more)
    while stop < len(cells) and used + widths[stop] <= space:
        used += widths[stop]
        stop += 1
    head = style.more if begin else ""
    tail = style.more if stop < len(cells) else ""
    marked = max(1, min(marked, used - (before - skipped)))
    return head + "".join(cell for cell, _ in cells[begin:stop]) + tail, " " * (
        len(head) + before - skipped
    ) + mark * marked


def _cell(character: str, style: _Style) -> tuple[str, int]:
    """A character as it is shown, and how many columns it takes."""
    if character == "\t":
        return " " * TAB_WIDTH, TAB_WIDTH
    if " " <= character <= "~":
        return character, 1
    from unicodedata import category, east_asian_width  # most flows are plain letters

    if style.plain(character) != character:
        shown = style.plain(character)
        return shown, len(shown)
    if category(character) in ("Mn", "Me", "Cf"):
        return character, 0
    return character, 2 if east_asian_width(character) in "WF" else 1
