"""A second participant on hold.

The platform holds one participant at a time.

```flow wrong
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact ben  = user 9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15

on incoming when call.kind is group: answer
on incoming: reject busy
on joined anna: hold anna then hold ben
after 10m: hang up
on failed: hang up
```

```flow right
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact ben  = user 9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15

on incoming when call.kind is group: answer
on incoming: reject busy
on joined anna: hold anna then wait 10s then resume anna then hold ben
after 10m: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.logic import text_of

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("hold"):
        state = flow.journey.state(at)
        others = state.held - {text_of(at.step.participant)} if state and at.step.participant else frozenset()
        if others:
            name = min(others)
            yield at_step(
                at, f"`{name}` may be on hold already, and only one participant can be", f"write `resume {name}` first"
            )
