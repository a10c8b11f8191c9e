"""`after TIME:` So much time has passed since the stage was entered, or since `answered`. A stage's timer is dropped
when the stage is left; the flow's own runs across stages."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="after",
    form="after TIME:",
    summary="So much time has passed since the stage was entered, or since `answered`.",
    comes_from="a durable timer",
)
