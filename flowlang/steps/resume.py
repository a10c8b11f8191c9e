"""`resume P`: takes a participant of a group call off hold (Graph, participant: stopHoldMusic)."""

from flowlang.call import commands
from flowlang.call.results import NOT_IN_CALL
from flowlang.plan import Resume
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import participant_of
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    participant = participant_of(m, m.here(Resume).participant)
    if participant is None:
        m.fail(NOT_IN_CALL)
        return
    act = commands.ResumeParticipant(participant.id, str(m.next_number))
    operating.send(m, act, "stopHoldMusic", m.plan.defaults.other_ms)


WORD = StepWord(
    word="resume",
    kind=Resume,
    summary="Takes a participant off hold.",
    form="resume PARTICIPANT",
    graph="stopHoldMusic",
    succeeds="completed",
    fails="HTTP error; the participant is not in the call",
    after_loss="Graph is asked for the operation, else no outcome",
    begin=begin,
    answered=operating.answered,
    operation=operating.operation,
    timer=operating.timer,
)
