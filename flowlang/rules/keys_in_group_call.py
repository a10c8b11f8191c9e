"""Keys in a group call.

The platform tells which key was pressed, but not by whom: any participant could answer the menu of another.

```flow wrong
on start: join meeting "https://teams.microsoft.com/l/meetup-join/1"
on tone 1: hang up
after 1h: hang up
on failed: hang up
```

```flow right
contact guest = user 751f6800-3180-414d-bd94-333364659951

on start: join meeting "https://teams.microsoft.com/l/meetup-join/1"
on left guest: hang up
after 1h: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, in_owner
from flowlang.rules.group_calls import GROUP, kinds_at, kinds_of_owner

SEVERITY = Severity.WARNING

MESSAGE = "in a group call nobody knows who pressed a key"
CURE = "ask for keys before joining, in a call between two"


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers("tone"):
        if owner.handler and kinds_of_owner(flow, owner) == GROUP:
            yield in_owner(owner, owner.handler.event.span, MESSAGE, CURE)
    for at in flow.steps_of("menu", "gather"):
        if not at.step.to_leg and not at.step.from_leg and flow.journey.state(at) and kinds_at(flow, at) == GROUP:
            yield at_step(at, MESSAGE, CURE)
