"""Arithmetic beyond counting.

A flow decides about calls; sums belong into the service that it asks. Only `+ 1` on a variable is there, to count
tries,
and so `check` can prove that every flow comes to an end.

```flow wrong
contact desk = +12345678901

let tries = 1

on answered:
    set tries = tries * 2
    log "{tries}"
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

let tries = 1

on answered:
    set tries = tries + 1
    log "{tries}"
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.logic import text_of
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        values = [*at.step.about, *[argument.value for argument in at.step.arguments]]
        if at.step.value is not None:
            values.append(at.step.value)
        for value in values:
            if isinstance(value, ast.Add) and not _is_counting(value):
                yield at_step(
                    at,
                    f"`{text_of(value)}` is more than a flow can work out",
                    "the only sum is `name + 1`; ask a service for others",
                    value.span,
                )


def _is_counting(value: ast.Add) -> bool:
    right = value.right
    return (
        value.operator == "+"
        and isinstance(value.left, ast.Path)
        and isinstance(right, ast.Number)
        and right.value == 1
    )
