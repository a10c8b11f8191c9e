"""A second transfer while the first is under way.

Graph takes one transfer at a time and answers 409/8607. What should happen when the first one fails belongs into
its arms.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered: transfer to desk
on transferring: transfer to night
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        otherwise: transfer to night
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.moving import steps_while_moving

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in steps_while_moving(flow):
        if at.word == "transfer":
            yield at_step(
                at,
                "a transfer is under way here, and there can be only one at a time",
                "put it into an arm of the first transfer",
            )
