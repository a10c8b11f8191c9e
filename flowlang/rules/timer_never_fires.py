"""An `after` that no call ever comes to.

Its stage is always left before it, or its time is never the first to be over.

```flow wrong
contact desk = +12345678901

on answered: goto waiting
stage waiting:
    on enter: play "hold.wav" repeating
    after 20s: goto ringing
    after 60s: hang up
stage ringing:
    on enter: consult desk for 18s playing "hold.wav" then transfer replacing consult
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: goto waiting
stage waiting:
    on enter: play "hold.wav" repeating
    after 20s: goto ringing
stage ringing:
    on enter: consult desk for 18s playing "hold.wav" then transfer replacing consult
    after 60s: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner
from flowlang.rules.shown import owner_of

SEVERITY = Severity.WARNING

CURE = "shorten it, move it to the flow, or remove it"


def check(flow: Flow) -> Iterator[Finding]:
    if flow.explored is None:
        return
    for number in flow.explored.idle_handlers():
        owner = owner_of(flow, number)
        if owner is not None and owner.event == "after":
            yield in_owner(owner, owner.head, "no call ever comes to this time", CURE)
