"""The event words: one file a word. A new word is a file and a line in `WORDS`."""

from flowlang.events import (
    after,
    answered,
    ended,
    enter,
    failed,
    incoming,
    joined,
    left,
    leg_ended,
    start,
    state,
    step_failed,
    tone,
    transfer_accepted,
    transfer_completed,
    transferring,
)
from flowlang.events.base import EventWord

WORDS: tuple[EventWord, ...] = (
    start.WORD,
    incoming.WORD,
    answered.WORD,
    transferring.WORD,
    transfer_accepted.WORD,
    transfer_completed.WORD,
    tone.WORD,
    joined.WORD,
    left.WORD,
    leg_ended.WORD,
    ended.WORD,
    step_failed.WORD,
    failed.WORD,
    state.WORD,
    after.WORD,
    enter.WORD,
)

BY_WORD: dict[str, EventWord] = {word.word: word for word in WORDS}
