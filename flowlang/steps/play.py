"""`play "f.wav" …`: plays files to the caller or to a leg (Graph, call: playPrompt). `repeating` goes on until taken
over."""

from flowlang.plan import Play
from flowlang.steps import playing
from flowlang.steps.base import StepWord

WORD = StepWord(
    word="play",
    kind=Play,
    summary="Plays sound files.",
    form='play "FILE", … [to LEG] [repeating [for TIME]]',
    graph="playPrompt",
    succeeds="the operation is completed",
    fails="the operation failed; the leg is over",
    after_loss="the operation's notification carries our context; else no outcome",
    begin=playing.begin,
    answered=playing.answered,
    operation=playing.operation,
    leg=playing.leg,
    timer=playing.timer,
)
