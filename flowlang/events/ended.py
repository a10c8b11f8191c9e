"""`on ended [RESULT]:` The primary leg is over, however it ended. Runs in the stage and in the flow, the stage's
first. Only instant steps, `ask`, `wait` and `start` may run."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="ended",
    form="on ended [RESULT]:",
    summary="The primary leg is over, however it ended.",
    comes_from="notification `deleted` of the primary leg",
    carries=("result",),
)
