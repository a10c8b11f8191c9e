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
from flowlang.rules.logic import Literal, alternatives, both, can_never_hold, negated
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.whens:
        earlier: list[ast.Branch] = []
        source = at.owner.unit.source
        for branch in at.when.branches:
            if branch.condition is None:
                continue
            here = alternatives(branch.condition, flow.world)
            if not can_never_hold(here, flow.world):
                first = _taken_by(flow, here, earlier)
                if first is not None and first.condition is not None:
                    yield Finding(
                        source,
                        branch.condition.span,
                        "an earlier branch takes all of this, so this one never runs",
                        "put the narrower condition first",
                        (Note(source, first.condition.span, "this one takes it"),),
                    )
            earlier.append(branch)


def _taken_by(flow: Flow, here: tuple[tuple[Literal, ...], ...] | None, earlier: list[ast.Branch]) -> ast.Branch | None:
    """The branch that takes all, or the last of those that do so together."""
    left = here
    for branch in earlier:
        assert branch.condition is not None
        outside = negated(branch.condition, flow.world)
        if can_never_hold(both(here, outside), flow.world):
            return branch
        left = both(left, outside)
    return earlier[-1] if earlier and can_never_hold(left, flow.world) else None
