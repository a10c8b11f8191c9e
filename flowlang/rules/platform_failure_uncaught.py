"""A failure of the platform itself that nothing catches. Told only under `--strict`.

`play`, `answer` and the like fail only when something is wrong with the platform or a file. Then the safety net
hangs up.

```flow wrong strict
on answered: play "welcome.wav" then hang up
```

```flow right strict
on answered: play "welcome.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.catches import ENDING, reaches_the_net
from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.flow import FAILS_IN_ORDINARY_LIFE
from flowlang.rules.heads import FAILURES

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    if not flow.options.is_strict:
        return
    for owner in flow.handlers():
        if owner.event in FAILURES or owner.event in ENDING:
            continue
        for failure in flow.journey.uncaught.get(owner.number, []):
            at = failure.via or failure.at
            if failure.at.word not in FAILS_IN_ORDINARY_LIFE and reaches_the_net(flow, owner, failure):
                yield at_step(
                    at,
                    "if the platform fails here, only the safety net catches it, which hangs up",
                    "`on failed:` catches it for the whole flow",
                )
                break
