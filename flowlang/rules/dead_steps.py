"""Steps that cannot run, sorted by what ended the path before them."""

from flowlang.rules.flow import Flow
from flowlang.rules.journey import Dead
from flowlang.source import Source, Span
from flowlang.syntax import ast


def dead_after(flow: Flow, *words: str) -> list[Dead]:
    """The first dead step of each path that one of these words ended. `hang up` in a flow with a leg that is up there is
    another rule's: then the leg was meant."""
    found = [dead for dead in flow.journey.dead.values() if dead.ended_by in words]
    return [dead for dead in found if dead.ended_by != "hang up" or not meant_the_leg(flow, dead)]


def meant_the_leg(flow: Flow, dead: Dead) -> bool:
    """Whether a leg was up where `hang up` ended the caller's call, and steps for the caller follow."""
    if dead.ended_by != "hang up":
        return False
    start = place_of(flow, dead)[1].start
    before = [at for at in flow.steps_of("hang up") if at.step.leg is None and at.owner.unit.number == dead.unit and at.step.span.start < start]
    if not before:
        return False
    state = flow.journey.state(before[-1])
    return state is not None and any(fact[1] == "up" for fact in state.legs)


def place_of(flow: Flow, dead: Dead) -> tuple[Source, Span]:
    """Where a dead step stands; of a `when` its first branch's head."""
    source = flow.units[dead.unit].source
    if dead.at is not None:
        return source, dead.at.step.span
    assert dead.when is not None
    branch = dead.when.branches[0] if dead.when.branches else None
    if branch is None or branch.condition is None:
        return source, dead.when.span
    return source, dead.when.span._replace(end=_end(branch.condition))


def _end(condition: ast.Condition) -> int:
    return condition.span.end
