"""`notify SERVICE "…"`: tells a service something; nobody waits for its answer. Instant; always succeeds."""

from flowlang.call import commands
from flowlang.plan import Notify
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import text_of
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    step = m.here(Notify)
    number = m.number()
    m.say("request", -1, number, "notify")
    m.commands.append(commands.Notify(number, step.service, text_of(m, step.text)))
    m.succeed()


WORD = StepWord(
    word="notify",
    kind=Notify,
    summary="Tells a service something, without waiting.",
    form='notify SERVICE "TEXT"',
    succeeds="always",
    after_loss="nobody waits for it; only what surely never left is sent again, for ten minutes",
    is_instant=True,
    after_end=True,
    begin=begin,
)
