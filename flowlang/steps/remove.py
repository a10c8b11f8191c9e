"""`remove P`: takes a participant out of a group call (Graph, participant: delete)."""

from flowlang.plan import Remove
from flowlang.steps import operating, participants
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="remove",
    kind=Remove,
    summary="Takes a participant out of the call.",
    form="remove PARTICIPANT",
    graph="remove",
    succeeds="204",
    fails="HTTP error; the participant is not in the call",
    after_loss="Graph is asked who is in the call: whoever is gone was removed; else no outcome",
    begin=participants.begin,
    answered=participants.answered,
    operation=operating.operation,
    timer=participants.timer,
    roster=participants.roster,
)
