"""A redirect of a call that was answered already.

Graph redirects only calls that are still ringing. A call that is up is moved with `transfer`.

```flow wrong
contact desk = +12345678901

on answered: redirect to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.effects import RINGING

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("redirect"):
        state = flow.journey.state(at)
        if state is not None and state.phase & ~RINGING:
            yield at_step(at, "only a call that is still ringing can be redirected", "write `transfer to …`")
