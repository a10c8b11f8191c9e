"""A key that a menu offers twice.

Only the first arm ever runs.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered:
    menu "choices.wav" for 5s up to 2 times:
        press 1: transfer to desk
        press 1: transfer to night
        on timeout: transfer to desk
        otherwise: transfer to desk
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    menu "choices.wav" for 5s up to 2 times:
        press 1: transfer to desk
        press 2: transfer to night
        on timeout: transfer to desk
        otherwise: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        first: dict[str, ast.Word] = {}
        for arm in at.step.arms:
            for key in arm.keys:
                if key.text and key.text in first:
                    yield at_step(
                        at,
                        f"key {key.text} was taken before",
                        "give one of them another key",
                        key.span,
                        [Note(at.source, first[key.text].span, "here")],
                    )
                first.setdefault(key.text, key)
