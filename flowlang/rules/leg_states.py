"""What is wrong with a leg that a step uses, in words."""

from flowlang.diagnostics import Note
from flowlang.rules.effects import statuses
from flowlang.rules.flow import Flow, StepAt, legs_read

NOT_UP = ("failed", "never", "hung up", "used", "ended")


def why_not_up(flow: Flow, at: StepAt, leg: str) -> tuple[str, tuple[Note, ...]] | None:
    """Why a leg may not be up before a step, and where that comes from; None: it is, or only a race can tell."""
    state = flow.journey.state(at)
    if state is None or leg not in flow.consults:
        return None
    found = statuses(state, leg)
    status = next((one for one in NOT_UP if one in found), None)
    if status is None:
        return None
    notes = tuple(
        Note(flow.steps[fact[3]].source, flow.steps[fact[3]].step.span, "this one may fail")
        for fact in sorted(state.legs)
        if fact[0] == leg and fact[1] == "failed" and fact[3] >= 0
    )[:1]
    others = found - set(NOT_UP)
    match status:
        case "failed":
            return f"the consult may have failed on the way here, and then there is no leg `{leg}`", notes
        case "never":
            if others:
                return f"on some path nothing has opened the leg `{leg}` before this", ()
            return f"nothing has opened the leg `{leg}` before this", ()
        case "hung up":
            return f"the leg `{leg}` was hung up before this", ()
        case "used":
            return f"the leg `{leg}` has become part of the call and is no more", ()
        case _:
            return f"the leg `{leg}` has ended when this runs", ()


def is_lost(flow: Flow, at: StepAt, leg: str) -> bool:
    """Whether an older life of the leg may be meant, which a newer consult of that name has hung up."""
    state = flow.journey.state(at)
    return state is not None and "lost" in statuses(state, leg)


def first_not_up(flow: Flow) -> list[tuple[StepAt, str, tuple[Note, ...]]]:
    """For each handler or routine and each leg, the first step that uses it where it may not be up, and why."""
    found: dict[tuple[int, str], tuple[StepAt, str, tuple[Note, ...]]] = {}
    for at in flow.steps:
        for word in legs_read(at.step):
            key = at.owner.number, word.text
            why = why_not_up(flow, at, word.text) if key not in found and not is_lost(flow, at, word.text) else None
            if why is not None:
                found[key] = at, *why
    return list(found.values())
