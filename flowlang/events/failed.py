"""`on failed [RESULT]:` A step failed and nothing nearer caught it. Each such handler runs at most once for one
original failure."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="failed",
    form="on failed [RESULT]:",
    summary="A step failed and nothing nearer caught it.",
    comes_from="the engine",
    carries=("result",),
)
