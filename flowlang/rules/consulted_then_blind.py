"""A blind transfer to somebody who is on the line already.

The consult has connected them to the application. A blind transfer rings them a second time, while they still
listen on the first call.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav" announcing "ask.wav"
    transfer to heidi
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav" announcing "ask.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.effects import whom

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer"):
        state = flow.journey.state(at)
        target = whom(at.step.targets, {})
        if at.step.replacing or at.step.participant or at.in_catch or state is None or not target:
            continue
        fact = next((one for one in sorted(state.legs) if one[1] == "up" and one[2] == target), None)
        if fact is not None:
            consult = flow.steps[fact[3]]
            yield at_step(
                at,
                f"`{target}` is on the line already and would be rung a second time",
                f"write `transfer replacing {fact[0]}`",
                notes=[Note(consult.source, consult.step.span, "connected here")],
            )
