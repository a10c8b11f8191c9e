"""`remove P`: takes a participant out of a group call (Graph, participant: delete)."""

from flowlang.call import commands
from flowlang.call.results import NOT_IN_CALL
from flowlang.plan import Remove
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import participant_of
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    participant = participant_of(m, m.here(Remove).participant)
    if participant is None:
        m.fail(NOT_IN_CALL)
        return
    act = commands.RemoveParticipant(participant.id)
    operating.send(m, act, "remove", m.plan.defaults.other_ms)


WORD = StepWord(
    word="remove",
    kind=Remove,
    summary="Takes a participant out of the call.",
    form="remove PARTICIPANT",
    graph="remove",
    succeeds="204",
    fails="HTTP error; the participant is not in the call",
    after_loss="Graph is asked for the operation, else no outcome",
    begin=begin,
    answered=operating.answered,
    operation=operating.operation,
    timer=operating.timer,
)
