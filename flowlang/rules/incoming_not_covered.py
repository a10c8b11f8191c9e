"""Callers whom no `on incoming` fits.

A flow without any `on incoming` answers everybody. As soon as there is one, callers whom none fits are rejected as
busy. Say so, if that is meant.

```flow wrong
contact desk = +12345678901

on incoming from desk: answer
on answered: play "welcome.wav" then hang up
on failed: hang up
```

```flow right
contact desk = +12345678901

on incoming from desk: answer
on incoming: reject busy
on answered: play "welcome.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner
from flowlang.rules.heads import Alternatives, fits_not_when
from flowlang.rules.logic import ALWAYS, both, can_never_hold

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    handlers = [owner for owner in flow.handlers("incoming") if not owner.stage]
    if not handlers or flow.has_syntax_errors:
        return
    left: Alternatives = ALWAYS
    for owner in handlers:
        head = owner.handler
        if head and not head.source and not head.called:
            left = both(left, fits_not_when(flow, head))
    if left is not None and not can_never_hold(left, flow.world):
        last = handlers[-1]
        yield in_owner(
            last,
            last.head,
            "callers whom no `on incoming` fits are rejected as busy",
            "add a last `on incoming: answer` or `on incoming: reject`",
        )
