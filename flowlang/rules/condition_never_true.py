"""A condition that can never hold.

What stands under it never runs. Often `and` was written where `or` was meant.

```flow wrong
contact abroad = +12345678901
contact desk   = +12025550123

on answered:
    when caller.number starts with "+49" and caller.number starts with "+1":
        transfer to abroad
    else:
        transfer to desk
on failed: hang up
```

```flow right
contact abroad = +12345678901
contact desk   = +12025550123

on answered:
    when caller.number starts with "+49" or caller.number starts with "+1":
        transfer to abroad
    else:
        transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.flow import Owner
from flowlang.rules.logic import ALWAYS, alternatives, both, can_never_hold, during
from flowlang.syntax import ast

SEVERITY = Severity.WARNING

CURE = "perhaps `or` is meant instead of `and`"


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers():
        handler = owner.handler
        if handler is None or handler.condition is None:
            continue
        around = during(handler.hours.hours.text, handler.hours.outside) if handler.hours else ALWAYS
        if can_never_hold(both(around, alternatives(handler.condition, flow.world)), flow.world):
            yield _finding(owner, handler.condition)
    for at in flow.whens:
        for branch in at.when.branches:
            if branch.condition is not None and can_never_hold(alternatives(branch.condition, flow.world), flow.world):
                yield _finding(at.owner, branch.condition)


def _finding(owner: Owner, condition: ast.Condition) -> Finding:
    cure = CURE if isinstance(condition, ast.And) else "take it out, or say what is meant"
    return Finding(owner.unit.source, condition.span, "this can never hold, so what stands under it never runs", cure)
