"""Trying again what cannot turn out otherwise.

A number that does not exist will not exist in three seconds, a refusal stays one, and a leg that is gone does not
come back.

```flow wrong also worst-case-wait
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        on not found: retry up to 2 times after 3s
        otherwise: transfer to night
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        on 500/7000: retry up to 2 times after 3s
        otherwise: transfer to night
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import covers
from flowlang.rules.collect import has_retry
from flowlang.rules.common import Finding, Flow, Severity, at_step

SEVERITY = Severity.WARNING

NAMES = frozenset(
    {
        "forbidden",
        "not found",
        "declined",
        "leg gone",
        "tenant mismatch",
        "no permission",
        "not registered",
        "meeting mode",
        "not in the call",
        "no such flow",
        "no voice",
    }
)
CODES = ("401/*", "403/*", "404/*", "484/*", "603/*", "487/10024", "400/8523")


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for arm in at.step.arms:
            if not has_retry(arm):
                continue
            for pattern in arm.patterns:
                if pattern.text in NAMES or any(covers(code, pattern.text) for code in CODES):
                    yield at_step(
                        at,
                        f"`{pattern.text}` stays so, however often it is tried",
                        "do something else in this case",
                        pattern.span,
                    )
