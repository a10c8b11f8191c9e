"""A subcode that means two things, without its code.

7000 is a failed blind transfer with code 500, and the ordinary end of a call with code 200. A pattern for the
subcode alone takes both.

```flow wrong
contact desk = +12345678901

on answered:
    transfer to desk:
        on */7000: play "sorry.wav" then hang up
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    transfer to desk:
        on 500/7000: play "sorry.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.source import Source
from flowlang.syntax import ast

SEVERITY = Severity.WARNING

MEANINGS = {
    "*/7000": ("with code 500 a blind transfer failed, with 200 the application ended the call", "write `500/7000`"),
    "*/0": ("many codes come with subcode 0, successes too", "write the code too, as in `603/0`"),
}


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for arm in at.step.arms:
            yield from _patterns(at.source, arm.patterns)
    for owner in flow.handlers():
        if owner.handler:
            yield from _patterns(owner.unit.source, owner.handler.event.patterns)


def _patterns(source: Source, patterns: tuple[ast.Pattern, ...]) -> Iterator[Finding]:
    for pattern in patterns:
        if pattern.text in MEANINGS:
            meaning, cure = MEANINGS[pattern.text]
            yield Finding(source, pattern.span, f"`{pattern.text}` means two things: {meaning}", cure)
