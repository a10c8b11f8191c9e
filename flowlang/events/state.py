"""`on state NAME:` The primary leg changed to a call state, by its wire name. The way out for what the language has
no word for. `established` is not allowed: use `answered`."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="state",
    form="on state NAME:",
    summary="The primary leg changed to a call state, by its wire name.",
    comes_from="any call state, documented or not",
)
