"""`on enter:` The stage begins. A `goto` to the stage one is in runs it again."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="enter",
    form="on enter:",
    summary="The stage begins.",
    comes_from="`goto`",
    in_flow=False,
)
