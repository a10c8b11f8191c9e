"""Where what the caller typed, and what a service answered, ends up."""

from flowlang.rules.flow import Flow, Owner, StepAt
from flowlang.rules.logic import text_of
from flowlang.syntax import ast

Place = tuple[int, str]
"""A name, and the number of the routine whose parameter it is; -1 for variables, which belong to the whole flow."""


def tainted(flow: Flow, words: tuple[str, ...]) -> set[Place]:
    """The variables and parameters that hold what steps of these words brought, directly or through others."""
    found: set[Place] = set()
    for at in flow.steps_of(*words):
        name = at.step.variable.text if at.step.variable else ""
        if name and not flow.contact(name) and not flow.group(name):  # such a clash is said elsewhere
            found.add((-1, name))
    before = -1
    while found and before != len(found):
        before = len(found)
        for at in flow.steps_of("set"):
            if at.step.variable and at.step.value is not None and _reads(at, at.step.value, found):
                found.add((-1, at.step.variable.text))
        for at in flow.steps_of("do"):
            owner = flow.routine(at.step.name.text) if at.step.name else None
            if owner is None or owner.routine is None:
                continue
            for parameter, argument in zip(owner.routine.parameters, at.step.arguments, strict=False):
                if _reads(at, argument.value, found):
                    found.add((owner.number, parameter.text))
    return found


def is_tainted(name: str, owner: Owner | None, found: set[Place]) -> bool:
    """Whether a name that is read there is one of them."""
    if owner and owner.routine and any(parameter.text == name for parameter in owner.routine.parameters):
        return (owner.number, name) in found
    return (-1, name) in found


def _reads(at: StepAt, value: ast.Value, found: set[Place]) -> bool:
    return any(is_tainted(name, at.owner, found) for name in names_in(value))


def names_in(value: ast.Value) -> set[str]:
    """The first words of the names that a value reads."""
    match value:
        case ast.Path(names):
            return set(names[:1])
        case ast.Text(parts):
            return {part.names[0] for part in parts if isinstance(part, ast.Path) and part.names}
        case ast.Add(left, _, right):
            return names_in(left) | names_in(right)
        case _:
            return set()


def is_allowed(at: StepAt, path: ast.Path) -> bool:
    """Whether a condition around a step compares the value with fixed ones."""
    return any(_compares(condition, text_of(path)) for condition in at.guards)


def _compares(condition: ast.Condition, name: str) -> bool:
    match condition:
        case ast.And(left, right):
            return _compares(left, name) or _compares(right, name)
        case ast.Or(left, right):
            return _compares(left, name) and _compares(right, name)
        case ast.InGroup(value, _):
            return text_of(value) == name
        case ast.Compare("is", left, right):
            return text_of(left) == name or text_of(right) == name
        case _:
            return False
