"""`call T [for D]`: makes the primary leg of a flow that was started without a caller (Graph, application: post
calls)."""

from flowlang.plan import Call
from flowlang.steps import ringing
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="call",
    kind=Call,
    summary="Calls somebody, in a flow that was started without a caller.",
    form="call TARGETS [for TIME]",
    graph="create",
    succeeds="established",
    fails="the leg ends first; nobody answers in time",
    after_loss="notifications of the leg, which come to a path of its own, tell; it is never sent twice",
    begin=ringing.begin,
    operation=ringing.operation,
    leg=ringing.leg,
    key=ringing.key,
    timer=ringing.timer,
)
