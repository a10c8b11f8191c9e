"""`on left [CONTACT]:` Somebody has left the group call. When nobody else is left, the call ends."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="left",
    form="on left [CONTACT]:",
    summary="Somebody has left the group call.",
    comes_from="the roster changed",
    carries=("participant",),
)
