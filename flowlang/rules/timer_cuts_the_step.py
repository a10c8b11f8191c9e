"""A timer that is over before the step it interrupts can be.

The handler of the timer takes over, so the longer time of the step never counts.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact desk  = +12345678901

on answered: goto asking

stage asking:
    on enter:
        consult heidi for 60s playing "hold.wav" without forwarding
        transfer replacing consult
    after 20s: transfer to desk

on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact desk  = +12345678901

on answered: goto asking

stage asking:
    on enter:
        consult heidi for 60s playing "hold.wav" without forwarding
        transfer replacing consult
    after 90s: transfer to desk

on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules import limits
from flowlang.rules.common import Finding, Flow, Note, Severity, at_step, duration, spoken
from flowlang.rules.effects import bound_ms, own_time_ms
from flowlang.rules.flow import Owner, StepAt

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    timers = [
        (owner, owner.handler.event.delay)
        for owner in flow.handlers("after")
        if owner.handler and not flow.is_instant(owner)
    ]
    said: set[int] = set()
    for at in flow.steps:
        longest = _longest(flow, at)
        for owner, delay in timers:
            if delay is not None and at.number not in said and 0 < delay.ms < longest and _is_cut_by(flow, at, owner):
                said.add(at.number)
                yield at_step(
                    at,
                    f"this may take {spoken(longest)}, but `after {duration(delay.ms)}` takes over before that",
                    "make the timer longer, or the step shorter",
                    notes=[Note(owner.unit.source, owner.head, "takes over here")],
                )


def _is_cut_by(flow: Flow, at: StepAt, timer: Owner) -> bool:
    """Whether the timer runs from the moment at which the step's handler began."""
    starts = "enter" if timer.stage else "answered"
    owners = [flow.owners[number] for number in flow.journey.owners_of.get(at.number, ())]
    return any(owner.event == starts and owner.stage == timer.stage for owner in owners)


def _longest(flow: Flow, at: StepAt) -> int:
    """How long a step takes by its own words; 0 where it is meant to be interrupted, or cannot be."""
    match at.word:
        case "gather":
            return bound_ms(flow, at.step, limits.DEFAULT_GATHER_MS)
        case "record":
            return bound_ms(flow, at.step, limits.DEFAULT_RECORD_MS)
        case "menu":
            times = at.step.times.value if at.step.times else limits.DEFAULT_MENU_TIMES
            return bound_ms(flow, at.step, limits.DEFAULT_MENU_MS) * times
        case "play":
            return bound_ms(flow, at.step, 0)
        case _:
            return own_time_ms(flow, at.step)
