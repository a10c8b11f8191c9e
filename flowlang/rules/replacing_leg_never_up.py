"""A transfer that replaces a leg which may not be there.

The consult failed, its arm went on as if nothing had happened, and now there is nobody to be connected with. The
transfer fails with 404/10202 while the caller waits.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav":
        otherwise: play "busy.wav"
    transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav":
        otherwise: play "busy.wav" then hang up
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.leg_states import first_not_up

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at, why, notes in first_not_up(flow):
        if at.step.replacing is not None:
            cure = (
                "end that path in the arm of the consult, or consult somebody else there"
                if notes
                else "consult somebody before it"
            )
            yield at_step(at, why, cure, notes=notes)
