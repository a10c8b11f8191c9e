"""Something that only the beta version of Graph can do.

The operator has set this flow to run on v1.0, where the platform does not know `without forwarding` and forwards
the call all the same.

```flow wrong on v1.0
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav" without forwarding
    transfer replacing consult
on failed: hang up
```

```flow right on v1.0
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav" announcing "ask.wav" accepting 1
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    if flow.options.graph == "beta":
        return
    for at in flow.steps_of("consult"):
        if at.step.without_forwarding:
            yield at_step(
                at,
                "Graph v1.0 cannot keep a call from being forwarded",
                'let the person take the call with a key: `announcing "ask.wav" accepting 1`',
            )
