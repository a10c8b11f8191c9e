"""`on answered:` The call is established for the first time. `established` is a level and is repeated for media, chat
and keys; only the first one is this event."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="answered",
    form="on answered:",
    summary="The call is established for the first time.",
    comes_from="the first `established` of the primary leg",
)
