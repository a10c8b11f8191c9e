"""`on joined [CONTACT]:` Somebody is in the group call who was not there before. Those who are there when the first
roster comes count as joined, the application itself never."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="joined",
    form="on joined [CONTACT]:",
    summary="Somebody is in the group call who was not there before.",
    comes_from="the roster changed",
    carries=("participant",),
)
