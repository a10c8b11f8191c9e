"""`mute`: mutes the application itself in a group call (Graph, call: mute)."""

from flowlang.call import commands
from flowlang.plan import Mute
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    operating.send(m, commands.Mute(str(m.next_number)), "mute", m.plan.defaults.other_ms)


WORD = StepWord(
    word="mute",
    kind=Mute,
    summary="Mutes the application in a group call.",
    form="mute",
    graph="mute",
    succeeds="completed",
    fails="HTTP error; the operation failed",
    after_loss="sent again, within the bound: a second time does no harm",
    begin=begin,
    answered=operating.answered,
    operation=operating.operation,
    timer=operating.timer,
)
