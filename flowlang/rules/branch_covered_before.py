"""A branch of `when` that an earlier branch has taken already.

Branches are tried from top to bottom. When the first one takes all numbers under 5, the second one never sees a 2.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

let tries = 0

on answered:
    set tries = tries + 1
    when tries < 5:
        transfer to desk
    else when tries < 3:
        transfer to night
    else:
        hang up
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

let tries = 0

on answered:
    set tries = tries + 1
    when tries < 3:
        transfer to night
    else when tries < 5:
        transfer to desk
    else:
        hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity
from flowlang.rules.logic import alternatives, can_never_hold, implies

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.whens:
        earlier = []
        source = at.owner.unit.source
        for branch in at.when.branches:
            if branch.condition is None:
                continue
            here = alternatives(branch.condition, flow.world)
            first = next((old for old, wide in earlier if implies(here, wide, flow.world)), None)
            if first is not None and not can_never_hold(here):
                yield Finding(
                    source, branch.condition.span, "an earlier branch takes all of this, so this one never runs",
                    "put the narrower condition first", (Note(source, first.span, "this one takes it"),),
                )  # fmt: skip
            earlier.append((branch.condition, here))
