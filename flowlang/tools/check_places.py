"""Paths as programs that gather findings want them, and what is said of a finding in one piece."""

import os

from flowlang.diagnostics import Diagnostic, Told


def seen_from(path: str, root: str) -> str:
    """A path relative to a folder, with `/`; absolute where it is outside of it."""
    whole = os.path.abspath(os.path.join(root, path))
    inside = os.path.relpath(whole, root) if _is_below(whole, root) else whole
    return inside.replace(os.sep, "/")


def _is_below(whole: str, root: str) -> bool:
    try:
        return os.path.commonpath([whole, root]) == os.path.normpath(root)
    except ValueError:  # on another drive
        return False


def sentence(clause: str) -> str:
    """A clause as a sentence. What begins with a quote or a sign stays as it is."""
    if not clause:
        return ""
    end = "" if clause.endswith((".", "?", "!", "…", ":")) else "."
    return f"{clause[0].upper()}{clause[1:]}{end}"


def said(one: Diagnostic) -> str:
    """Message and help as sentences on one line."""
    return f"{sentence(one.message)} {sentence(one.help)}".strip()


def told(line: Told) -> str:
    """One line of a call: `caller → flow: calls`."""
    heads = " → ".join([name for name in (line.actor, line.other) if name])
    return f"{heads}: {line.text}" if heads else line.text


def plainly(one: Diagnostic) -> list[str]:
    """A finding in full, in lines of plain text: message, label, call, other places, help."""
    lines = [one.message + (f" ({one.label})" if one.label else "")]
    if one.call:
        lines += ["a call that shows it:", *[f"  {told(line)}" for line in one.call]]
    for note in one.notes:
        at = note.source.position(note.span.start)
        lines.append(f"{note.text}: {note.source.path}:{at.line}:{at.column}")
    return [*lines, f"help: {one.help}"] if one.help else lines
