"""A counter that is counted up, but never given a first value.

Nothing and one is still nothing, so the count never grows and what should end after three tries never ends.

```flow wrong
contact desk = +12345678901

on answered:
    set tries = tries + 1
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

let tries = 0

on answered:
    set tries = tries + 1
    log "Try {tries}"
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for name, places in flow.made.items():
        if name not in flow.in_doubt and never_started(flow, name):
            at = places[0]
            yield at_step(
                at, f"`{name}` is counted up, but nothing gives it a first value", f"declare `let {name} = 0`"
            )


def never_started(flow: Flow, name: str) -> bool:
    """Whether all that is ever done to a variable is to count on from itself."""
    return all(
        at.word == "set" and isinstance(at.step.value, ast.Add) and _reads(at.step.value, name)
        for at in flow.made.get(name, ())
    )


def _reads(value: ast.Value, name: str) -> bool:
    if isinstance(value, ast.Add):
        return _reads(value.left, name) or _reads(value.right, name)
    return isinstance(value, ast.Path) and value.names == (name,)
