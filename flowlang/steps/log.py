"""`log "…"`: writes a line into the trace of the call. Instant; always succeeds."""

from flowlang.plan import Log
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import text_of
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    m.say("log", -1, text_of(m, m.here(Log).text))
    m.succeed()


WORD = StepWord(
    word="log",
    kind=Log,
    summary="Writes a line into the record of the call.",
    form='log "TEXT"',
    succeeds="always",
    is_instant=True,
    after_end=True,
    begin=begin,
)
