"""A refusal of a call that was answered already.

Graph rejects only calls that are still ringing. A call that is up is ended with `hang up`.

```flow wrong
on answered: play "closed.wav" then reject busy
on failed: hang up
```

```flow right
on answered: play "closed.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.effects import RINGING

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("reject"):
        state = flow.journey.state(at)
        if state is not None and state.phase & ~RINGING:
            yield at_step(at, "only a call that is still ringing can be rejected", "write `hang up`")
