"""`on STEP failed [RESULT]:` A step of that kind failed and nothing nearer caught it. Each such handler runs at most
once for one original failure."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="step failed",
    form="on STEP failed [RESULT]:",
    summary="A step of that kind failed and nothing nearer caught it.",
    comes_from="the engine",
    carries=("result",),
)
