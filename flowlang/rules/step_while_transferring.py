"""A step that takes time while a transfer is under way.

The platform has taken the call and its sound may be off. Only `log`, `set` and `notify` can be done then.

```flow wrong
contact desk = +12345678901

on answered: transfer to desk
on transfer accepted: play "goodbye.wav"
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: play "goodbye.wav" then transfer to desk
on transfer accepted: log "Desk has accepted"
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, quoted
from flowlang.rules.moving import steps_while_moving

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    said: set[int] = set()
    for at in steps_while_moving(flow):
        if at.word != "transfer" and at.owner.number not in said:
            said.add(at.owner.number)
            yield at_step(
                at,
                f"a transfer is under way here, so {quoted(at)} cannot run",
                "only `log`, `set` and `notify` may stand here",
            )
