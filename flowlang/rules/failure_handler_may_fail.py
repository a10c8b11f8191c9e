"""A handler for failures that can fail in the same way.

It runs at most once for one failure. When its own transfer fails too, nothing is left but the safety net.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered: transfer to desk
on transfer failed: transfer to night
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered: transfer to desk
on transfer failed:
    transfer to night:
        otherwise: play "goodbye.wav" then hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.catches import ordinary, reaches_the_net
from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.heads import FAILURES

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers(*FAILURES):
        for failure in ordinary(flow.journey.uncaught.get(owner.number, [])):
            if reaches_the_net(flow, owner, failure):
                yield at_step(
                    failure.via or failure.at,
                    "this handler is for failures, and this step can fail as well",
                    "give it an arm: `otherwise: hang up`",
                )
                break
