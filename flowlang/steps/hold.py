"""`hold P`: puts a participant of a group call on hold (Graph, participant: startHoldMusic); one at a time."""

from flowlang.plan import Hold
from flowlang.steps import operating, participants
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="hold",
    kind=Hold,
    summary="Puts a participant on hold, with music.",
    form="hold PARTICIPANT",
    graph="startHoldMusic",
    succeeds="completed",
    fails="HTTP error; the participant is not in the call",
    after_loss="the operation's notification carries our context; else no outcome",
    begin=participants.begin,
    answered=participants.answered,
    operation=operating.operation,
    timer=participants.timer,
)
