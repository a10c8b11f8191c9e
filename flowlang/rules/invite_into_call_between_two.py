"""Somebody is invited into a call between two.

The platform makes a meeting of it, for good: it can never be transferred, and often the invitation is refused or the
call ends a second later. To hand the caller over, consult and then transfer.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    play "connecting.wav"
    invite heidi
on failed: hang up
after 20m: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.group_calls import PEER, kinds_at

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("invite"):
        state = flow.journey.state(at)
        if state is not None and not state.meeting and kinds_at(flow, at) == PEER:
            yield at_step(
                at,
                "this makes a meeting of a call between two, which the platform often refuses",
                "`consult` and `transfer replacing` hand the caller over without a meeting",
            )
