"""A result that does not exist.

The arm or handler could never run, and the failure that was meant goes uncaught.

```flow wrong
contact desk = +12345678901

on answered:
    transfer to desk:
        on engaged: play "sorry.wav" then hang up
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    transfer to desk:
        on busy: play "sorry.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import CATALOGUE, is_pattern
from flowlang.rules.common import Finding, Flow, Severity, corrected, meant
from flowlang.source import Source
from flowlang.syntax import ast

SEVERITY = Severity.ERROR

SAME = {
    "engaged": "busy", "occupied": "busy", "line busy": "busy", "timeout": "no answer", "timed out": "no answer",
    "noanswer": "no answer", "no reply": "no answer", "unanswered": "no answer", "rejected": "declined",
    "refused": "declined", "denied": "forbidden", "offline": "unreachable", "unavailable": "unreachable",
    "hangup": "caller hung up", "hung up": "caller hung up", "canceled": "cancelled", "unknown": "not found",
    "error": "server error", "success": "transfer completed", "no tone": "no input", "silence": "no input",
}  # fmt: skip
"""What other systems call the results of the catalogue."""


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for arm in at.step.arms:
            yield from _patterns(at.source, arm.patterns)
    for owner in flow.handlers():
        if owner.handler:
            yield from _patterns(owner.unit.source, owner.handler.event.patterns)


def _patterns(source: Source, patterns: tuple[ast.Pattern, ...]) -> Iterator[Finding]:
    for pattern in patterns:
        text = pattern.text
        if not text or is_pattern(text):
            continue
        same = SAME.get(text.lower().replace("-", " ").replace("_", " "))
        cure = f"the name for it is `{same}`" if same else meant(text, CATALOGUE)
        if text[:1].isdigit() or text[:1] == "*":
            yield Finding(
                source, pattern.span, f"`{text}` is not a code", "write it like `500/7000`, `486`, `4xx` or `*/7700`"
            )
        else:
            yield Finding(
                source,
                pattern.span,
                f"no result is called `{text}`",
                cure or "see the list of results, or write a code",
                fix=None if same else corrected(source, pattern.span, text, CATALOGUE),
            )
