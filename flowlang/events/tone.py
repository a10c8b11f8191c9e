"""`on tone 1, 2:` The caller pressed a key. While a menu or gather runs all keys are its own. In a group call nobody
knows who pressed."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="tone",
    form="on tone 1, 2:",
    summary="The caller pressed a key.",
    comes_from="`toneInfo` (Graph, call: subscribeToTone)",
    carries=("tone",),
)
