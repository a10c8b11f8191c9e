"""`hold P`: puts a participant of a group call on hold (Graph, participant: startHoldMusic); one at a time."""

from flowlang.call import commands
from flowlang.call.results import NOT_IN_CALL
from flowlang.plan import Hold
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import participant_of
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    participant = participant_of(m, m.here(Hold).participant)
    if participant is None:
        m.fail(NOT_IN_CALL)
        return
    act = commands.HoldParticipant(participant.id, str(m.next_number))
    operating.send(m, act, "startHoldMusic", m.plan.defaults.other_ms)


WORD = StepWord(
    word="hold",
    kind=Hold,
    summary="Puts a participant on hold, with music.",
    form="hold PARTICIPANT",
    graph="startHoldMusic",
    succeeds="completed",
    fails="HTTP error; the participant is not in the call",
    after_loss="Graph is asked for the operation, else no outcome",
    begin=begin,
    answered=operating.answered,
    operation=operating.operation,
    timer=operating.timer,
)
