"""`join meeting "url"`: joins a meeting, in a flow that was started without a caller (Graph, application: post
calls)."""

from flowlang.plan import JoinMeeting
from flowlang.steps import ringing
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="join",
    kind=JoinMeeting,
    summary="Joins a meeting, in a flow that was started without a caller.",
    form='join meeting "LINK" [for TIME]',
    graph="create",
    succeeds="established",
    fails="the leg ends first; too late",
    after_loss="notifications of the leg, which come to a path of its own, tell; it is never sent twice",
    begin=ringing.begin,
    operation=ringing.operation,
    leg=ringing.leg,
    key=ringing.key,
    timer=ringing.timer,
)
