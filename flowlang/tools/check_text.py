"""`flowlang check` for people: each finding with its line, and a summary."""

from typing import TextIO

from flowlang.diagnostics import Diagnostic, Severity


def check_text(found: list[Diagnostic], files: int, stream: TextIO) -> str:
    """The findings, and how many there are, as the stream can show them."""
    if not found:
        return f"{summary(found, files)}\n"
    from flowlang.tools.render import render_text
    from flowlang.tools.terminal import look_of

    look = look_of(stream)
    return f"{render_text(found, look.colour, look.unicode, look.width)}{summary(found, files)}\n"


def summary(found: list[Diagnostic], files: int) -> str:
    """`2 errors and 1 warning in 3 files` and the like; infos are counted last."""
    counts = [(word, sum(one.severity is severity for one in found)) for severity, word in _WORDS]
    parts = [_counted(number, word) for word, number in counts if number]
    where = _counted(files, "file")
    if not parts:
        return f"nothing wrong in {where}"
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{told} in {where}"


_WORDS = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note"))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
