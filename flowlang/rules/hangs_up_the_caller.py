"""`hang up` where the consulted leg was meant.

`hang up` alone ends the caller's call. Here somebody else is on the line too, and the steps that follow are for the
caller.

```flow wrong
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact desk = +12345678901

on answered:
    consult anna for 18s playing "hold.wav" announcing "ask.wav"
    hang up then transfer to desk
on failed: hang up
```

```flow right
contact anna = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact desk = +12345678901

on answered:
    consult anna for 18s playing "hold.wav" announcing "ask.wav"
    hang up consult then transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.dead_steps import hang_up_before, meant_the_leg, place_of

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for dead in flow.journey.dead.values():
        at = hang_up_before(flow, dead)
        if at is None or not meant_the_leg(flow, dead):
            continue
        state = flow.journey.state(at)
        leg = next(fact[0] for fact in sorted(state.legs) if fact[1] == "up") if state else ""
        yield at_step(
            at,
            "this hangs up the caller, so the steps after it cannot run",
            f"write `hang up {leg}` to end only that leg",
            notes=[Note(*place_of(flow, dead), "this cannot run")],
        )
