"""`on enter` outside a stage.

Only stages are entered. What should happen when the call is up belongs into `on answered`.

```flow wrong
contact desk = +12345678901

on enter: transfer to desk
on answered: play "welcome.wav" then hang up
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    if flow.has_syntax_errors:
        return  # perhaps the line that begins its stage could not be read
    for owner in flow.handlers("enter"):
        if not owner.stage and owner.handler:
            yield in_owner(
                owner,
                owner.handler.event.span,
                "`enter` is the event of a stage, and this handler stands outside any",
                "write `on answered`, or move it into a stage",
            )
