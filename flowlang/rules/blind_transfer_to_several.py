"""A blind transfer to more than one target.

A transfer names one target. To ring several people, consult them and transfer replacing the leg that answered.

```flow wrong
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact ben  = user 9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15

on answered: transfer to first of anna, ben
on failed: hang up
```

```flow right
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact ben  = user 9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15

on answered:
    consult first of anna, ben for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, words_of
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer"):
        targets = at.step.targets
        if targets is None or not targets.items:
            continue
        who = targets.items[0].who
        group = flow.group(who.names[0]) if isinstance(who, ast.Path) and len(who.names) == 1 else None
        if targets.mode == "plain" and len(targets.items) == 1 and group is None:
            continue
        what = f"`{group.name.text}` is a group, and a" if group and len(targets.items) == 1 else "a"
        yield at_step(
            at,
            f"{what} transfer has one target only",
            f"`consult {words_of(at.source, targets.span)}` first, then `transfer replacing consult`",
            targets.span,
        )
