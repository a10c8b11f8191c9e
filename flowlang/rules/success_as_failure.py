"""The success of a transfer, written as a failure.

Subcode 7015 says that the caller was handed over. It never comes as a failure, so the arm or handler never runs.

```flow wrong
contact desk = +12345678901

on answered: transfer to desk
on transfer failed 0/7015: log "Handed over"
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on transfer completed: log "Handed over"
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.outcomes import is_success
from flowlang.source import Source
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for arm in at.step.arms:
            yield from _patterns(at.source, arm.patterns)
    for owner in flow.handlers("failed", "step failed"):
        if owner.handler:
            yield from _patterns(owner.unit.source, owner.handler.event.patterns)


def _patterns(source: Source, patterns: tuple[ast.Pattern, ...]) -> Iterator[Finding]:
    for pattern in patterns:
        if is_success(pattern.text):
            yield Finding(
                source,
                pattern.span,
                f"`{pattern.text}` means that the transfer has succeeded",
                "write a handler `on transfer completed:`",
            )
