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
from flowlang.rules.leg_states import first_not_up

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at, why, notes in first_not_up(flow):
        if at.step.replacing is None:
            cure = "move it to where the leg is surely up"
            yield at_step(at, why, cure, notes=notes)
