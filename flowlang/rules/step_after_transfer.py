"""A step after a transfer.

When a transfer succeeds the caller is gone, and nobody hears the prompt that follows. When it fails, its arms and
catches
run. So what should happen before belongs before it, and what should happen on failure into an arm.

```flow wrong
contact desk = +12345678901

on answered:
    transfer to desk
    play "thanks.wav"
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    play "thanks.wav"
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.dead_steps import dead_after, place_of

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for dead in dead_after(flow, "transfer", "transfer completed"):
        source, span = place_of(flow, dead)
        if dead.ended_by == "transfer":
            message, cure = (
                "the caller is gone after a transfer, so this cannot run",
                "put it before the transfer, or into an arm for its failure",
            )
        else:
            message, cure = (
                "the caller was handed over, so this cannot run",
                "only `log`, `set` and `notify` may stand in this handler",
            )
        yield Finding(source, span, message, cure)
