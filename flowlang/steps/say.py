"""`say "text"`: the same as `play`, spoken by the voice that the operator configured; fails as `no voice` without
one."""

from flowlang.plan import Say
from flowlang.steps import playing
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="say",
    kind=Say,
    summary="Speaks a text.",
    form='say "TEXT" [to LEG]',
    graph="playPrompt",
    succeeds="the operation is completed",
    fails="the operation failed; the leg is over; there is no voice",
    after_loss="the operation's notification carries our context; else no outcome",
    begin=playing.begin,
    answered=playing.answered,
    operation=playing.operation,
    leg=playing.leg,
    timer=playing.timer,
)
