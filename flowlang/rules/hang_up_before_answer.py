"""`hang up` before the call is answered.

That is a refusal, and is sent as one. `reject` says so, and can say why: `reject busy`.

```flow wrong
contact desk = +12345678901

on incoming from anonymous: hang up
on incoming: answer
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on incoming from anonymous: reject
on incoming: answer
on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.effects import RINGING

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("hang up"):
        state = flow.journey.state(at)
        if at.step.leg is None and at.owner.event == "incoming" and state is not None and state.phase == RINGING:
            yield at_step(at, "before a call is answered this rejects it", "write `reject`, or `reject busy`")
