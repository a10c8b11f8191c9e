"""`on LEG ended [RESULT]:` A consult leg that was up has ended, and the flow did not end it. Not while a transfer
replaces that leg: there it belongs to the transfer."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="leg ended",
    form="on LEG ended [RESULT]:",
    summary="A consult leg that was up has ended, and the flow did not end it.",
    comes_from="notification `deleted` of that leg",
    carries=("result",),
)
