"""A transfer after somebody was invited into the call.

An invitation makes the call a meeting, for good, and Graph does not transfer meetings: it answers 400/8523. To ask
somebody
first and then hand over, consult them on a leg of their own.

```flow wrong also invite-into-call-between-two
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact desk  = +12345678901

on answered:
    invite heidi
    transfer to desk
on failed: hang up
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

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer"):
        state = flow.journey.state(at)
        if state is not None and state.meeting and at.step.participant is None:
            yield at_step(
                at,
                "somebody was invited before, and a call with an invited person cannot be transferred",
                "`consult` them instead, then `transfer replacing consult`",
            )
