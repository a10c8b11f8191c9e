"""A leg that is read after a newer one has taken its name.

A new `consult` under the same name hangs up the older leg first. So when it fails, the older one is gone as well.
Legs that are needed side by side need names of their own.

```flow wrong
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact ben  = user 9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15

on answered:
    consult anna for 18s playing "hold.wav"
    consult ben for 18s playing "hold.wav":
        otherwise: log "Ben is not there, so Anna takes the call"
    transfer replacing consult
on failed: hang up
```

```flow right
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact ben  = user 9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15

on answered:
    consult anna for 18s playing "hold.wav"
    consult ben as second for 18s playing "hold.wav":
        otherwise: transfer replacing consult
    transfer replacing second
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.effects import whom
from flowlang.rules.flow import StepAt, legs_read
from flowlang.rules.leg_states import is_lost

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for leg in legs_read(at.step):
            older = _older(flow, at, leg.text)
            if older is not None:
                yield at_step(
                    at,
                    f"the first leg `{leg.text}` was hung up when another `consult` took its name",
                    "give one of them a name: `consult … as second`",
                    leg.span,
                    [Note(older.source, older.step.span, "the first leg")],
                )


def meant_instead(flow: Flow) -> set[int]:
    """The numbers of consults whose leg is meant where a newer one has its name."""
    found = [_older(flow, at, leg.text) for at in flow.steps for leg in legs_read(at.step)]
    return {older.number for older in found if older is not None}


def _older(flow: Flow, at: StepAt, leg: str) -> StepAt | None:
    """The consult of an older leg of that name, where this step can only mean that one."""
    state = flow.journey.state(at)
    if state is None:
        return None
    if is_lost(flow, at, leg):
        return next(flow.steps[fact[3]] for fact in sorted(state.legs) if fact[0] == leg and fact[1] == "lost")
    target = whom(at.step.targets, {}) if at.step.replacing else ""
    up = [fact for fact in state.legs if fact[0] == leg and fact[1] == "up"]
    if not target or not up or any(fact[2] in (target, "") for fact in up):
        return None
    newest = min(fact[3] for fact in up)
    older = [one for one in flow.consults[leg] if one.number < newest and whom(one.step.targets, {}) == target]
    return older[-1] if older else None
