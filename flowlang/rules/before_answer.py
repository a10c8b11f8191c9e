"""Steps that come too early: the first of each handler that needs a call which is not up yet."""

from flowlang.rules.effects import NO_CALL, RINGING
from flowlang.rules.flow import Flow, StepAt

NEED_A_CALL = frozenset(
    {"transfer", "play", "say", "menu", "gather", "record", "mute", "unmute", "hold", "resume", "remove", "invite"}
)


def too_early(flow: Flow) -> list[StepAt]:
    """The first step of each handler or routine that may run before its call is up."""
    found: dict[int, StepAt] = {}
    for at in flow.steps:
        if at.word not in NEED_A_CALL or at.step.to_leg or at.step.from_leg or at.owner.number in found:
            continue
        if at.owner.event in ("failed", "step failed"):
            continue  # it is for the whole flow; before the call is up its steps fail, and the net ends the call
        state = flow.journey.state(at)
        if state is not None and state.phase & (RINGING | NO_CALL):
            found[at.owner.number] = at
    return list(found.values())


def is_before_call(flow: Flow, at: StepAt) -> bool:
    """Whether there may be no call at all yet, as in a flow that places its own."""
    state = flow.journey.state(at)
    return state is not None and bool(state.phase & NO_CALL)


def whether_answered(flow: Flow, at: StepAt) -> str:
    """How sure it is that nobody has answered."""
    state = flow.journey.state(at)
    if state is not None and state.phase != RINGING:
        return "on some way to this place the call is not answered yet"
    return "the call is not answered yet"
