"""`on start:` The flow was started without a caller. The flow places its own call with `call` or `join`."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="start",
    form="on start:",
    summary="The flow was started without a caller.",
    comes_from="an operator, or `start FLOW` of another flow",
    in_stage=False,
)
