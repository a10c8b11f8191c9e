"""A step for group calls in a call between two.

Muting, hold music and removing people exist only in group calls; Graph answers 400/8548 otherwise.

```flow wrong
contact desk = +12345678901

on answered:
    hold caller
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    play "hold.wav" repeating for 10s
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.group_calls import PEER, kinds_at

SEVERITY = Severity.ERROR

CURES = {
    "mute": "a call between two needs no mute: play nothing", "unmute": "a call between two needs no unmute",
    "hold": "`play … repeating` holds a caller", "resume": "the next `play` or `transfer` ends a repeated prompt",
    "remove": "`hang up` ends the call",
}  # fmt: skip


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of(*CURES):
        state = flow.journey.state(at)
        if state is not None and not state.meeting and kinds_at(flow, at) == PEER:
            yield at_step(at, f"`{at.word}` works in group calls only, and this call is between two", CURES[at.word])
