"""Where what the caller typed, and what a service answered, ends up."""

from flowlang.rules.flow import Flow, StepAt
from flowlang.rules.logic import text_of
from flowlang.syntax import ast


def tainted(flow: Flow, words: tuple[str, ...]) -> set[str]:
    """The variables and parameters that hold what steps of these words brought, directly or through others."""
    found = {name for name, places in flow.made.items() if any(at.word in words for at in places)}
    found |= {at.step.variable.text for at in flow.steps_of(*words) if at.step.variable}
    found -= {name for name in found if flow.contact(name) or flow.group(name)}  # such a clash is said elsewhere
    before = -1
    while before != len(found):
        before = len(found)
        for at in flow.steps_of("set"):
            if at.step.variable and at.step.value is not None and names_in(at.step.value) & found:
                found.add(at.step.variable.text)
        for at in flow.steps_of("do"):
            owner = flow.routine(at.step.name.text) if at.step.name else None
            parameters = owner.routine.parameters if owner and owner.routine else ()
            for parameter, argument in zip(parameters, at.step.arguments, strict=False):
                if names_in(argument.value) & found:
                    found.add(parameter.text)
    return found


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
