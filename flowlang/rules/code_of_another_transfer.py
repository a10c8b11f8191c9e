"""The failure code of the other kind of transfer.

A failed blind transfer comes back as 500/7000, a failed consultative one as 500/7700. With the wrong one the arm
never runs.

```flow wrong
contact desk = +12345678901

on answered:
    transfer to desk:
        on 500/7700: play "sorry.wav" then hang up
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

from flowlang.rules.common import Finding, Flow, Severity, at_step, in_owner

SEVERITY = Severity.WARNING

BLIND = ("500/7000", "blind transfer failed")
CONSULTATIVE = ("500/7700", "*/7700", "consultative transfer failed")


def check(flow: Flow) -> Iterator[Finding]:
    kinds = set()
    for at in flow.steps_of("transfer"):
        is_consultative = at.step.replacing is not None
        kinds.add(is_consultative)
        for arm in at.step.arms:
            for pattern in arm.patterns:
                if pattern.text in (BLIND if is_consultative else CONSULTATIVE):
                    yield at_step(at, *_words(pattern.text, is_consultative), span=pattern.span)
    if len(kinds) != 1 or flow.has_syntax_errors:
        return
    is_consultative = kinds.pop()
    for owner in flow.handlers("step failed", "failed"):
        event = owner.handler.event if owner.handler else None
        for pattern in event.patterns if event else ():
            if pattern.text in (BLIND if is_consultative else CONSULTATIVE):
                yield in_owner(owner, pattern.span, *_words(pattern.text, is_consultative))


def _words(pattern: str, is_consultative: bool) -> tuple[str, str]:
    kind = "consultative transfer (with `replacing`)" if is_consultative else "blind transfer (without `replacing`)"
    return f"a {kind} does not fail as `{pattern}`", "write `500/7700`" if is_consultative else "write `500/7000`"
