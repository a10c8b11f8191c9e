"""`consult TARGETS …`: calls somebody else while the caller waits: a consult leg (Graph, application: post calls).

`playing` repeats to the caller meanwhile; `announcing` is played to the party called; with `accepting 1` that
party has to press 1, which keeps voicemail boxes from answering.
"""

from flowlang.plan import Consult
from flowlang.steps import ringing
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="consult",
    kind=Consult,
    summary="Calls somebody else while the caller waits.",
    form='consult TARGETS [as LEG] [for TIME] [playing "FILE"] [announcing "FILE"] [accepting KEY] '
    "[without forwarding]",
    graph="create",
    succeeds="established, announced, accepted",
    fails="the leg ends first; nobody answers in time (no answer); refused or no key (declined)",
    after_loss="notifications of the leg, which come to a path of its own, tell; it is never sent twice",
    begin=ringing.begin,
    answered=ringing.answered,
    operation=ringing.operation,
    leg=ringing.leg,
    key=ringing.key,
    timer=ringing.timer,
)
