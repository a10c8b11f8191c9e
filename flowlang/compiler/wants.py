"""Which members of a service's answer the plan reads: only these are kept in the session.

An answer may be handed to a routine, which keeps it in a variable of its own, or copied by `set`; what is read there is
read of the answer too. An answer that is read as a whole needs every member that its service declares.
"""

from collections.abc import Iterator, Sequence

from flowlang import plan as p
from flowlang.compiler.names import Names

WHOLE = ""
"""Stands among the members of a variable that is read as a whole."""


def with_wants(places: Sequence[p.Place], handlers: Sequence[p.Handler], names: Names) -> list[p.Place]:
    """The places, each `ask` with the members that it wants, sorted."""
    read = _read(places, handlers, len(names.variables))
    return [
        place._replace(step=place.step._replace(wants=_wanted(place.step, read, names)))
        if isinstance(place.step, p.Ask)
        else place
        for place in places
    ]


def _wanted(step: p.Ask, read: list[set[str]], names: Names) -> tuple[str, ...]:
    if step.variable < 0:
        return ()
    wanted = read[step.variable]
    declared = names.services.get(step.service)
    if WHOLE in wanted and declared is not None:
        wanted = wanted | {member.name.text for member in declared.answers}
    return tuple(sorted(wanted - {WHOLE}))


def _read(places: Sequence[p.Place], handlers: Sequence[p.Handler], variables: int) -> list[set[str]]:
    read: list[set[str]] = [set() for _ in range(variables)]
    copies: list[tuple[int, int]] = []
    for place in places:
        step = place.step
        if isinstance(step, p.Set) and isinstance(step.value, p.Var):
            copies.append((step.variable, step.value.number))
        else:
            _note(step, read)
    for handler in handlers:
        _note(handler, read)
    changed = True
    while changed:
        changed = False
        for copy, original in copies:
            if not read[copy] <= read[original]:
                read[original] |= read[copy]
                changed = True
    return read


def _note(node: object, read: list[set[str]]) -> None:
    for expr in _expressions(node):
        if isinstance(expr, p.Member):
            read[expr.number].add(expr.fields[0])
        else:
            read[expr.number].add(WHOLE)


def _expressions(node: object) -> Iterator[p.Var | p.Member]:
    """The variables that are read anywhere below. All these values are named tuples, so their fields are walked."""
    if isinstance(node, p.Var | p.Member):
        yield node
    elif isinstance(node, tuple) and not isinstance(node, p.Exists | p.Is):
        for inner in node:
            yield from _expressions(inner)
    elif isinstance(node, p.Exists | p.Is) and isinstance(node.what, p.Member):
        yield node.what  # whether there is an answer at all needs none of its members
