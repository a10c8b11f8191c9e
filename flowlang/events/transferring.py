"""`on transferring:` Graph has begun a transfer. Nothing else can be done then, so only instant steps may stand in
its handler."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="transferring",
    form="on transferring:",
    summary="Graph has begun a transfer.",
    comes_from="state `transferring`",
    instant_only=True,
)
