"""Small walks over the tree that the compiler needs."""

from collections.abc import Iterator

from flowlang.compiler.names import Names
from flowlang.syntax import ast

INSTANT = frozenset({"log", "set", "notify", "stop"})


def steps_of(block: ast.Block | None) -> Iterator[ast.Step | ast.When]:
    """Every step of a block, those in arms, branches and catches too; a `when` is given itself as well."""
    for line in block.lines if block is not None else ():
        for step in line.steps:
            yield step
            if isinstance(step, ast.When):
                for branch in step.branches:
                    yield from steps_of(branch.body)
            else:
                for arm in step.arms:
                    yield from steps_of(arm.body)
                    yield from steps_of(arm.catch)
        yield from steps_of(line.catch)


def is_instant(names: Names, block: ast.Block | None, above: tuple[str, ...] = ()) -> bool:
    """Whether nothing in a block waits, in all its branches and routines (A35)."""
    for step in steps_of(block):
        if isinstance(step, ast.When) or step.word.text in INSTANT:
            continue
        name = step.name.text if step.word.text == "do" and step.name is not None else ""
        if name not in names.routines or name in above:
            return False
        routine = names.routines[name][1]
        inside = is_instant(names, routine.body, (*above, name)) and is_instant(names, routine.catch, (*above, name))
        if not inside:
            return False
    return True


def set_in(routine: ast.Routine) -> frozenset[str]:
    """The names that a routine's own steps set: `set`, `gather`, `record`, `ask`."""
    return frozenset(
        step.variable.text
        for block in (routine.body, routine.catch)
        for step in steps_of(block)
        if isinstance(step, ast.Step) and step.variable is not None
    )
