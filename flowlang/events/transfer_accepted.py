"""`on transfer accepted:` The transfer target has accepted. It may come or not before the transfer succeeds or
fails."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="transfer accepted",
    form="on transfer accepted:",
    summary="The transfer target has accepted.",
    comes_from="state `transferAccepted`",
    instant_only=True,
)
