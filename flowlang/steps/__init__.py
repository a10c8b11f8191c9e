"""The step words: one file a word. A new word is a file and a line in `WORDS`."""

from flowlang.steps import (
    answer,
    ask,
    call,
    consult,
    control,
    gather,
    hang_up,
    hold,
    invite,
    join,
    log,
    menu,
    mute,
    notify,
    play,
    record,
    redirect,
    reject,
    remove,
    resume,
    retry,
    say,
    start,
    transfer,
    unmute,
    wait,
)
from flowlang.steps import set as set_
from flowlang.steps.answer import StateAnswer
from flowlang.steps.ask import StateAsk
from flowlang.steps.base import StepWord
from flowlang.steps.hang_up import StateHangUp
from flowlang.steps.listening import StateListening
from flowlang.steps.operating import StateOperating
from flowlang.steps.playing import StatePlaying
from flowlang.steps.record import StateRecord
from flowlang.steps.refusing import StateRefusing
from flowlang.steps.retry import StateRetry
from flowlang.steps.ringing import StateRinging
from flowlang.steps.start import StateStart
from flowlang.steps.transfer import StateTransfer

WORDS: tuple[StepWord, ...] = (
    answer.WORD,
    reject.WORD,
    redirect.WORD,
    call.WORD,
    join.WORD,
    consult.WORD,
    transfer.WORD,
    invite.WORD,
    remove.WORD,
    play.WORD,
    say.WORD,
    menu.WORD,
    gather.WORD,
    record.WORD,
    mute.WORD,
    unmute.WORD,
    hold.WORD,
    resume.WORD,
    ask.WORD,
    wait.WORD,
    hang_up.WORD,
    start.WORD,
    control.GOTO,
    control.STOP,
    retry.WORD,
    control.WHEN,
    set_.WORD,
    log.WORD,
    notify.WORD,
)

BY_KIND: dict[type, StepWord] = {word.kind: word for word in WORDS}
BY_WORD: dict[str, StepWord] = {word.word: word for word in WORDS}

STATES = (
    StateAnswer,
    StateAsk,
    StateHangUp,
    StateListening,
    StateOperating,
    StatePlaying,
    StateRecord,
    StateRefusing,
    StateRetry,
    StateRinging,
    StateStart,
    StateTransfer,
)
"""What steps keep in `Session.waiting`, for the codec."""
