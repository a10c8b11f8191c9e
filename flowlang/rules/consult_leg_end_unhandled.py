"""Somebody consulted may hang up while the caller is kept busy.

Between the consult and the transfer the caller hears a long prompt or has to type something. If the other person
hangs up meanwhile, the flow hears of it only when the transfer fails.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav"
    gather 4 digits as order playing "order_number.wav"
    log "The caller typed something"
    transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav"
    gather 4 digits as order playing "order_number.wav"
    log "The caller typed something"
    transfer replacing consult
on consult ended: play "sorry.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.effects import bound_ms
from flowlang.rules.flow import StepAt, legs_read
from flowlang.rules.limits import LONG_PROMPT_MS
from flowlang.wav import read_wav

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    handled = {o.handler.event.leg.text for o in flow.handlers("leg ended") if o.handler and o.handler.event.leg}
    said: set[str] = set()
    for at in flow.steps_of("play", "menu", "gather", "record", "wait"):
        state = flow.journey.state(at)
        if state is None or at.step.to_leg or at.step.from_leg:
            continue
        for leg, status, _, number in sorted(state.legs):
            consult = flow.steps[number]
            if status != "up" or leg in handled or leg in said:
                continue
            if _is_used_after(flow, at, leg) and _takes_long(flow, at):
                said.add(leg)
                yield at_step(
                    at,
                    "the person consulted may hang up meanwhile",
                    f"write `on {leg} ended:` to say what happens then",
                    notes=[Note(consult.source, consult.step.span, "on the line since here")],
                )


def _is_used_after(flow: Flow, at: StepAt, leg: str) -> bool:
    """Whether a later step of the same handler or routine needs the leg."""
    return any(
        other.owner.number == at.owner.number
        and other.step.span.start > at.step.span.start
        and any(word.text == leg for word in legs_read(other.step))
        for other in flow.steps
    )


def _takes_long(flow: Flow, at: StepAt) -> bool:
    if at.word == "wait":
        return bound_ms(flow, at.step, 0) >= LONG_PROMPT_MS
    if at.word != "play":
        return True
    length_ms = 0
    for text in at.step.prompts:
        wav = read_wav(flow.sound(text.plain))
        length_ms += wav.length_ms if wav else 0
    return at.step.repeating or length_ms >= LONG_PROMPT_MS
