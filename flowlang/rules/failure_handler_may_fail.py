"""A handler for failures that can fail in the same way.

Each such handler runs at most once for one failure. When the last one fails too, nothing is left but the safety net,
which hangs up.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered: transfer to desk
on transfer failed: transfer to night
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered: transfer to desk
on transfer failed:
    transfer to night:
        otherwise: play "goodbye.wav" then hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.catches import ordinary, takes
from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.flow import Owner
from flowlang.rules.heads import FAILURES
from flowlang.rules.journey import Failure

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    last: Failure | None = None
    for owner in flow.handlers(*FAILURES):
        last = next((one for one in _failures(flow, owner) if not _is_safe(flow, one, (owner.number,))), last)
    if last is not None:
        yield at_step(
            last.via or last.at,
            "this handler is for failures, and this step can fail as well",
            "give it an arm: `otherwise: hang up`",
        )


def _failures(flow: Flow, owner: Owner) -> list[Failure]:
    return ordinary(flow.journey.uncaught.get(owner.number, []))


def _is_safe(flow: Flow, failure: Failure, used: tuple[int, ...]) -> bool:
    """Whether a handler that was not used yet takes a failure, and another one each failure of its own."""
    for other in flow.handlers(*FAILURES):
        if other.number in used or not takes(other, failure.at.word):
            continue
        if all(_is_safe(flow, one, (*used, other.number)) for one in _failures(flow, other)):
            return True
    return False
