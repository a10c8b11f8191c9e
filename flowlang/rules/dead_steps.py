"""Steps that cannot run, sorted by what ended the path before them."""

from flowlang.rules.flow import Flow, StepAt
from flowlang.rules.journey import Dead
from flowlang.source import Source, Span


def dead_after(flow: Flow, *words: str) -> list[Dead]:
    """The first dead step of each path that one of these words ended. `hang up` where a leg is up is another rule's:
    there the leg was meant."""
    found = [dead for dead in flow.journey.dead.values() if dead.ended_by in words]
    return [dead for dead in found if dead.ended_by != "hang up" or not meant_the_leg(flow, dead)]


def hang_up_before(flow: Flow, dead: Dead) -> StepAt | None:
    """The `hang up` of the caller's call that stands before a dead step."""
    if dead.ended_by != "hang up":
        return None
    start = place_of(flow, dead)[1].start
    before = [
        at
        for at in flow.steps_of("hang up")
        if at.step.leg is None and at.owner.unit.number == dead.unit and at.step.span.start < start
    ]
    return before[-1] if before else None


def meant_the_leg(flow: Flow, dead: Dead) -> bool:
    """Whether a leg was up where `hang up` ended the caller's call, and steps for the caller follow."""
    at = hang_up_before(flow, dead)
    state = flow.journey.state(at) if at else None
    return state is not None and any(fact[1] == "up" for fact in state.legs)


def place_of(flow: Flow, dead: Dead) -> tuple[Source, Span]:
    """Where a dead step stands; of a `when` its first condition."""
    source = flow.units[dead.unit].source
    if dead.at is not None:
        return source, dead.at.step.span
    assert dead.when is not None
    start, end = dead.when.span
    condition = dead.when.branches[0].condition if dead.when.branches else None
    return source, Span(start, max(start, condition.span.end if condition is not None else end))
