"""`on transfer completed:` The caller was handed over. `ended` follows it."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="transfer completed",
    form="on transfer completed:",
    summary="The caller was handed over.",
    comes_from="the primary leg ended with subcode 7015 or reason `AppTransferred` (Graph, call: transfer)",
    instant_only=True,
    carries=("result",),
)
