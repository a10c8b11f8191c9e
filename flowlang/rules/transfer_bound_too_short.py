"""A transfer that is given less than a minute.

The target rings meanwhile. Graph lets it ring for about a minute and cannot take the transfer back, so a shorter
limit only makes the flow look away too early.

```flow wrong
contact desk = +12345678901

on answered: transfer to desk for 20s
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, duration
from flowlang.rules.effects import bound_ms
from flowlang.rules.limits import TRANSFER_LEAST_MS

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer"):
        ms = bound_ms(flow, at.step, 0)
        if at.step.bound is not None and 0 < ms < TRANSFER_LEAST_MS:
            yield at_step(
                at,
                f"a transfer needs up to a minute, and cannot be taken back after {duration(ms)}",
                "leave out `for`; to ring shorter, `consult` first",
                at.step.bound.span,
            )
