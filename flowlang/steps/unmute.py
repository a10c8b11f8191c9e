"""`unmute`: unmutes the application itself in a group call (Graph, call: unmute)."""

from flowlang.call import commands
from flowlang.plan import Unmute
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    operating.send(m, commands.Unmute(str(m.next_number)), "unmute", m.plan.defaults.other_ms)


WORD = StepWord(
    word="unmute",
    kind=Unmute,
    summary="Unmutes the application in a group call.",
    form="unmute",
    graph="unmute",
    succeeds="completed",
    fails="HTTP error; the operation failed",
    after_loss="sent again, within the bound: a second time does no harm",
    begin=begin,
    answered=operating.answered,
    operation=operating.operation,
    timer=operating.timer,
)
