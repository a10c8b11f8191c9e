"""An invitation for somebody who is on the line already.

The consult has connected them to the application. An invitation without `replacing` rings them a second time, and
the first call goes on beside the meeting.

```flow wrong
contact guest = user 751f6800-3180-414d-bd94-333364659951
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on incoming when call.kind is group: answer
on incoming: reject busy
on joined guest:
    consult heidi for 18s announcing "ask.wav" accepting 1
    invite heidi
on failed: hang up
after 20m: hang up
```

```flow right
contact guest = user 751f6800-3180-414d-bd94-333364659951
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on incoming when call.kind is group: answer
on incoming: reject busy
on joined guest:
    consult heidi for 18s announcing "ask.wav" accepting 1
    invite heidi replacing consult
on failed: hang up
after 20m: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.effects import whom

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("invite"):
        state = flow.journey.state(at)
        target = whom(at.step.targets, {})
        if at.step.replacing or at.in_catch or state is None or not target:
            continue
        fact = next((one for one in sorted(state.legs) if one[1] == "up" and one[2] == target), None)
        if fact is not None:
            consult = flow.steps[fact[3]]
            yield at_step(
                at,
                f"`{target}` is on the line already and would be rung a second time",
                f"write `invite {target} replacing {fact[0]}`",
                notes=[Note(consult.source, consult.step.span, "connected here")],
            )
