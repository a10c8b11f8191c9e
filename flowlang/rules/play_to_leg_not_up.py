"""A prompt for a leg that may not be there.

```flow wrong
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03

on answered:
    play "ask.wav" to consult
    consult anna for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```

```flow right
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03

on answered:
    consult anna for 18s playing "hold.wav"
    play "ask.wav" to consult
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.leg_states import is_lost, why_not_up

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        leg = at.step.to_leg or at.step.from_leg
        if leg is None or is_lost(flow, at, leg.text):
            continue
        why = why_not_up(flow, at, leg.text)
        if why is not None:
            yield at_step(at, why[0], "move it to where the leg is surely up", notes=why[1])
