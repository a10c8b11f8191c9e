"""`flowlang check --explain-times`: how long callers wait and hear nothing at the longest, for each handler, as a table
and as JSON. What counts stands in `flowlang.rules.times`."""

from collections.abc import Sequence

from flowlang.analysis.load import load
from flowlang.rules.collect import collect
from flowlang.rules.common import spoken
from flowlang.rules.flow import Options, StepAt
from flowlang.rules.times import Exit, HandlerTimes, Way
from flowlang.source import Source
from flowlang.tools.files import read, read_flow

SECOND_MS = 1_000
NONE = "-"
HEAD = ("line", "handler", "to a person", "to the end", "silence")


def times_of(files: Sequence[str]) -> list[HandlerTimes]:
    """The figures of all handlers of some flows, in the order of the files. Raises `UsageError`."""
    return [one for file in files for one in times_in(read_flow(file))]


def times_in(source: Source) -> list[HandlerTimes]:
    """The figures of the handlers of one flow."""
    return collect(load(source, read), read, Options()).times.all()


# ---------------------------------------------------------------- text


def times_text(found: Sequence[HandlerTimes]) -> str:
    """A table for each file, and below each row what the longest way is made of."""
    lines: list[str] = []
    for path in dict.fromkeys(one.owner.unit.source.path for one in found):
        rows = [(one, _cells(one)) for one in found if one.owner.unit.source.path == path]
        wide = [max(len(cells[i]) for cells in (HEAD, *[cells for _, cells in rows])) for i in range(len(HEAD))]
        lines += ["", path, _row(HEAD, wide)]
        for one, cells in rows:
            lines.append(_row(cells, wide))
            lines += [f"  {'':>{wide[0]}}    {text}" for text in _ways(one)]
    notes = []
    if any(not one.is_whole for one in found):
        notes.append("+  and what could not be measured: spoken texts, prompts that are not there")
    if any(one.goes_round for one in found):
        notes.append("*  the caller may go round; each round comes on top")
    if any(one.has_no_end for one in found):
        notes.append("open  the flow waits until the caller does something")
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def _row(cells: Sequence[str], wide: Sequence[int]) -> str:
    first, *others = [f"{cell:<{width}}" for cell, width in zip(cells, wide, strict=True)]
    return f"  {first.strip():>{wide[0]}}  {'  '.join(others)}".rstrip()


def _cells(one: HandlerTimes) -> tuple[str, ...]:
    marks = ("" if one.is_whole else "+") + ("*" if one.goes_round else "")
    person = seconds(one.person.ms) + marks if one.person else NONE
    over = "open" if one.has_no_end else seconds(one.over.ms) + marks if one.over else NONE
    title = f"{one.owner.stage}: {one.owner.title}" if one.owner.stage else one.owner.title
    silence = NONE
    if one.silence_ms and one.silent_at:
        silence = f"{seconds(one.silence_ms)} from line {_line(one.silent_at)}"
    return str(_head_line(one)), title, person, over, silence


def _ways(one: HandlerTimes) -> list[str]:
    """`1m 49s = 18s consult (8) + 1m 30s transfer (12)`, where there is more than one part."""
    end = one.person or one.over
    parts = _parts(end)
    if end is None or len(parts) < 2:
        return []
    words = [f"{seconds(ms)} {_word(way)}{f', {times} tries' if times > 1 else ''}" for way, ms, times in parts]
    return [f"= {' + '.join(words)}"]


def _parts(end: Exit | None) -> list[tuple[Way, int, int]]:
    """The parts of a way in order, those of one step together: the way, milliseconds, how many tries."""
    found: dict[tuple[str, int], tuple[Way, int, int]] = {}
    way = end.way if end else None
    parts = []
    while way is not None:
        parts.append(way)
        way = way.before
    for part in reversed(parts):
        key = (type(part.of).__name__, part.of.number)
        first, ms, times = found.get(key, (part, 0, 0))
        found[key] = (first, ms + part.ms, times + (not part.is_pause))
    return list(found.values())


def _word(way: Way) -> str:
    if isinstance(way.of, StepAt):
        return f"{way.of.word} ({_line(way.of)})"
    return f"until `{way.of.title}`"


def _line(at: StepAt) -> str:
    """The line of a step, with its file where that is another one."""
    line = at.source.position(at.step.span.start).line
    return f"{at.source.path.rpartition('/')[2]}:{line}" if at.owner.unit.number else str(line)


def _head_line(one: HandlerTimes) -> int:
    return one.owner.unit.source.position(one.owner.head.start).line


def seconds(ms: int) -> str:
    """A length of time in whole seconds, the begun one included."""
    return spoken(-(-ms // SECOND_MS) * SECOND_MS)


# ---------------------------------------------------------------- JSON


def times_json(found: Sequence[HandlerTimes]) -> list[object]:
    """One object for each handler; times in seconds, null where there is no such end."""
    return [
        {
            "file": one.owner.unit.source.path,
            "line": _head_line(one),
            "handler": one.owner.title,
            "stage": one.owner.stage,
            "person_seconds": one.person.ms / SECOND_MS if one.person else None,
            "end_seconds": one.over.ms / SECOND_MS if one.over else None,
            "is_open": one.has_no_end,
            "goes_round": one.goes_round,
            "is_whole": one.is_whole,
            "silence_seconds": one.silence_ms / SECOND_MS,
            "silence_line": one.silent_at.source.position(one.silent_at.step.span.start).line
            if one.silent_at
            else None,
            "way": [_json_part(way, ms, times) for way, ms, times in _parts(one.person or one.over)],
        }
        for one in found
    ]


def _json_part(way: Way, ms: int, times: int) -> dict[str, object]:
    if isinstance(way.of, StepAt):
        source, start, step = way.of.source, way.of.step.span.start, way.of.word
    else:
        source, start, step = way.of.unit.source, way.of.head.start, "after"
    place = {"file": source.path, "line": source.position(start).line}
    return {**place, "step": step, "seconds": ms / SECOND_MS, "tries": times}
