"""`resume P`: takes a participant of a group call off hold (Graph, participant: stopHoldMusic)."""

from flowlang.plan import Resume
from flowlang.steps import operating, participants
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="resume",
    kind=Resume,
    summary="Takes a participant off hold.",
    form="resume PARTICIPANT",
    graph="stopHoldMusic",
    succeeds="completed",
    fails="HTTP error; the participant is not in the call",
    after_loss="the operation's notification carries our context; else no outcome",
    begin=participants.begin,
    answered=participants.answered,
    operation=operating.operation,
    timer=participants.timer,
)
