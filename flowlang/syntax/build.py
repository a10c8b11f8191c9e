"""All functions that build the tree, by the names of the grammar's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flowlang.syntax import (
    build_blocks,
    build_conditions,
    build_declarations,
    build_hours,
    build_repaired,
    build_steps,
    build_targets,
    build_words,
)
from flowlang.syntax.build_steps import step
from flowlang.syntax.tables import COLLECT

Build = Callable[..., object]
"""Takes the report, start and end of what was read, and its parts."""

_MODULES = (
    build_blocks,
    build_steps,
    build_conditions,
    build_targets,
    build_words,
    build_declarations,
    build_hours,
    build_repaired,
)


def builders(names: Iterable[str]) -> dict[str, Build]:
    """The function for each name. Raises `KeyError` for a name that the grammar has and no module here."""
    known: dict[str, Build] = {}
    for module in _MODULES:
        known.update(vars(module))
    found: dict[str, Build] = {COLLECT: collect}
    for name in names:
        if name and name not in found:
            word, is_step, _ = name.partition("_step")
            found[name] = known[name] if name in known or not is_step else step(word)
    return found


def collect(_report: object, _start: int, _end: int, *parts: object) -> list[object]:
    """The value of a repetition: its members."""
    return list(parts)
