"""Steps that run while a transfer is under way."""

from flowlang.rules.flow import INSTANT, Flow, StepAt

MOVING_STATES = ("transferring", "transferAccepted", "transfer-accepted", "transferaccepted")


def steps_while_moving(flow: Flow) -> list[StepAt]:
    """All that are not instant in handlers of `transferring` and `transfer accepted`; of a routine its `do`."""
    owners = {o.number for o in flow.handlers("transferring", "transfer accepted")}
    for owner in flow.handlers("state"):
        if owner.handler and owner.handler.event.state and owner.handler.event.state.text in MOVING_STATES:
            owners.add(owner.number)
    found = []
    for at in flow.steps:
        if at.word in INSTANT or at.step.retry is not None:
            continue
        if at.owner.number in owners:
            routine = flow.routine(at.step.name.text) if at.word == "do" and at.step.name else None
            if routine is None or not flow.is_instant(routine):
                found.append(at)
    return found
