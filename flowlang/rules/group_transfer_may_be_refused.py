"""A group transfer whose refusal nothing catches.

Graph documents the transfer of one participant. Live, it has often been answered with 400/8523, "cannot do transfer
for meeting mode".

```flow wrong
contact guest = user 751f6800-3180-414d-bd94-333364659951
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on incoming when call.kind is group: answer
on incoming: reject busy
on joined guest: transfer guest to heidi
after 10m: hang up
```

```flow right
contact guest = user 751f6800-3180-414d-bd94-333364659951
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on incoming when call.kind is group: answer
on incoming: reject busy
on joined guest:
    transfer guest to heidi:
        otherwise: play "sorry.wav" then hang up
after 10m: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.catches import is_caught
from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.heads import FAILURES

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    said: set[int] = set()
    for owner in flow.handlers():
        if owner.event in FAILURES:
            continue
        for failure in flow.journey.uncaught.get(owner.number, []):
            at = failure.at
            if at.word != "transfer" or at.step.participant is None or at.number in said:
                continue
            if not is_caught(flow, owner, failure, "400/8523"):
                said.add(at.number)
                yield at_step(
                    at,
                    "the platform often refuses to move one participant, and nothing catches that",
                    "add an arm: `otherwise: invite …`",
                )
