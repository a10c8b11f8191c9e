"""A limit of nothing.

`for 0s` gives up before it has begun, and `up to 0 times` never tries.

```flow wrong
contact desk = +12345678901

on answered:
    consult desk for 0s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    consult desk for 20s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, in_owner
from flowlang.rules.effects import bound_ms
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        step = at.step
        if step.bound is not None and bound_ms(flow, step, 1) == 0:
            yield at_step(
                at, "a time limit of nothing gives up before it begins", "write a time, such as `20s`", step.bound.span
            )
        for number in (step.times, step.retry.times if step.retry else None):
            if number is not None and number.value == 0:
                yield at_step(
                    at, "`up to 0 times` never tries", "write how often, from 1 up, or take it out", number.span
                )
        if step.digits is not None and step.digits.value == 0:
            yield at_step(at, "this gathers no digits", "write how many digits to wait for", step.digits.span)
    for owner in flow.handlers("after"):
        delay = owner.handler.event.delay if owner.handler else None
        if delay is not None and delay.ms == 0:
            yield in_owner(owner, delay.span, "this time is over as soon as it begins", "write a time, such as `20s`")
    for unit in flow.units:
        for item in unit.file.items:
            if isinstance(item, ast.Service) and item.bound is not None and item.bound.ms == 0:
                yield Finding(
                    unit.source,
                    item.bound.span,
                    "a time limit of nothing gives up before it begins",
                    "write a time, such as `3s`",
                )
