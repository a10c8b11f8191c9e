"""A `call` or `join` where there is a call already.

`call` and `join` make the one primary leg of a flow that an operator or another flow has started. To ring somebody
else while a caller waits, use `consult`.

```flow wrong
contact desk = +12345678901

on answered: call desk for 30s
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    consult desk for 30s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.effects import NO_CALL

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("call", "join"):
        state = flow.journey.state(at)
        if state is not None and state.phase & ~NO_CALL:
            cure = (
                "`consult` rings somebody on a leg of their own"
                if at.word == "call"
                else "`join` belongs into `on start`"
            )
            yield at_step(at, f"there is a call already, and `{at.word}` would make another one", cure)
