"""An invitation that is given up before the platform says what became of it.

When nobody takes an invitation, Graph tells so after about a minute. A shorter `for` fails the step while the other
person is still being rung, and they may join later all the same.

```flow wrong
contact guest = user 751f6800-3180-414d-bd94-333364659951
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on incoming when call.kind is group: answer
on incoming: reject busy
on joined guest: invite heidi for 20s
on failed: hang up
after 20m: hang up
```

```flow right
contact guest = user 751f6800-3180-414d-bd94-333364659951
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on incoming when call.kind is group: answer
on incoming: reject busy
on joined guest: invite heidi for 90s
on failed: hang up
after 20m: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, duration
from flowlang.rules.effects import bound_ms
from flowlang.rules.limits import INVITE_LEAST_MS

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("invite"):
        ms = bound_ms(flow, at.step, 0)
        if at.step.bound is not None and 0 < ms < INVITE_LEAST_MS:
            yield at_step(
                at,
                f"the platform tells only after a minute that nobody came, and this waits {duration(ms)}",
                "write `for 90s`, or leave out `for`",
                at.step.bound.span,
            )
