"""A transfer in a group call that does not say who is moved.

In a group call a transfer moves one participant. Without a name Graph refuses it.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on start: join meeting "https://teams.microsoft.com/l/meetup-join/1"
on answered: transfer to heidi
after 10m: hang up
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact guest = user 751f6800-3180-414d-bd94-333364659951

on start: join meeting "https://teams.microsoft.com/l/meetup-join/1"
on joined guest: transfer guest to heidi
after 10m: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.effects import UP
from flowlang.rules.group_calls import GROUP, kinds_at

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer"):
        state = flow.journey.state(at)
        if state is None or state.phase != UP or state.meeting or at.step.participant is not None:
            continue
        if kinds_at(flow, at) == GROUP:
            yield at_step(
                at, "in a group call a transfer has to say who is moved", "name the participant: `transfer guest to …`"
            )
