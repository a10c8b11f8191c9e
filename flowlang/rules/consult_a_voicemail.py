"""A consultation with a voicemail.

A voicemail always answers, so there is nothing to ask it. The caller is kept waiting and is then moved into the
middle of its greeting.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact inbox = voicemail of heidi

on answered:
    consult inbox for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact inbox = voicemail of heidi

on answered: transfer to inbox
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, words_of
from flowlang.rules.voicemails import voicemail_target

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("consult"):
        target = voicemail_target(flow, at)
        if target is None:
            continue
        name = words_of(at.source, target.span)
        if flow.group(name):
            yield at_step(
                at,
                f"the group `{name}` holds a voicemail, which always answers",
                "take it out of the group",
                target.span,
            )
        else:
            yield at_step(
                at, f"`{name}` is a voicemail, which always answers", f"write `transfer to {name}`", target.span
            )
