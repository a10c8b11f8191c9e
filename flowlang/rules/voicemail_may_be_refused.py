"""A transfer to a voicemail whose failure nothing catches.

Voicemails of Teams refuse callers at times. Then the caller is back with the flow, which has to do something else.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact inbox = voicemail of heidi

on answered: transfer to inbox
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact inbox = voicemail of heidi

on answered: transfer to inbox
if that fails: play "goodbye.wav" then hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.catches import reaches_the_net
from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.heads import FAILURES
from flowlang.rules.voicemails import voicemail_target

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    said: set[int] = set()
    for owner in flow.handlers():
        if owner.event in FAILURES:
            continue
        for failure in flow.journey.uncaught.get(owner.number, []):
            at = failure.at
            if at.word not in ("transfer", "redirect") or at.number in said or at.step.participant is not None:
                continue
            if voicemail_target(flow, at) is not None and reaches_the_net(flow, owner, failure):
                said.add(at.number)
                yield at_step(
                    at,
                    "a voicemail refuses callers at times, and nothing catches that",
                    "add `if that fails:` with a prompt and `hang up`",
                )
