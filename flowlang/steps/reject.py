"""`reject [busy | forbidden]`: turns the incoming call away (Graph, call: reject). Succeeds with 202."""

from flowlang.call import commands
from flowlang.plan import Reject
from flowlang.steps import refusing
from flowlang.steps.base import StepWord
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    refusing.send(m, commands.Reject(m.here(Reject).reason), "reject")


WORD = StepWord(
    word="reject",
    kind=Reject,
    summary="Turns the incoming call away.",
    form="reject [busy | forbidden]",
    graph="reject",
    succeeds="202",
    fails="HTTP error",
    after_loss="Graph is asked for the call; still incoming: sent once more",
    is_final=True,
    ends_call=True,
    begin=begin,
    answered=refusing.answered,
    leg=refusing.leg,
    timer=refusing.timer,
)
