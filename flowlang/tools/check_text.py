"""`flowlang check` for people: each finding with its line, and a summary."""

from collections.abc import Sequence
from typing import TextIO

from flowlang.diagnostics import Diagnostic, Severity


def check_text(found: Sequence[Diagnostic], files: int, stream: TextIO, fixed: int | None = None) -> str:
    """The findings, and how many there are, as the stream can show them. `fixed`: how many mistakes were corrected;
    None if that was not asked for."""
    done = f"{corrected(fixed)}\n" if fixed is not None else ""
    if not found:
        return f"{done}{summary(found, files)}\n"
    from flowlang.tools.render import render_text
    from flowlang.tools.terminal import look_of

    look = look_of(stream)
    more = done or _can_be_corrected(found)
    return f"{render_text(found, look.colour, look.unicode, look.width)}{more}{summary(found, files)}\n"


def corrected(count: int) -> str:
    """`3 mistakes corrected`"""
    return f"{counted(count, 'mistake')} corrected" if count else "nothing could be corrected"


def _can_be_corrected(found: Sequence[Diagnostic]) -> str:
    """A line about what `--fix` would do, where it would do anything."""
    safe = sum(one.fix is not None and one.fix.is_safe for one in found)
    unsafe = sum(one.fix is not None and not one.fix.is_safe for one in found)
    told = [f"--fix corrects {safe} of these"] if safe else []
    told += [f"--fix --unsafe corrects {unsafe}{' more' if safe else ' of these'}"] if unsafe else []
    return f"{'; '.join(told)}\n" if told else ""


def summary(found: Sequence[Diagnostic], files: int) -> str:
    """`2 errors and 1 warning in 3 files` and the like; infos are counted last."""
    counts = [(word, sum(one.severity is severity for one in found)) for severity, word in _WORDS]
    parts = [counted(number, word) for word, number in counts if number]
    where = counted(files, "file")
    if not parts:
        return f"nothing wrong in {where}"
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{told} in {where}"


_WORDS = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note"))


def counted(number: int, word: str) -> str:
    """`1 file`, `2 files`"""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
