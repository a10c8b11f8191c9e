"""A consult that nothing comes of.

Somebody is called, takes the call and hears silence, since no step transfers to that leg, plays to it or hangs it
up.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav"
    play "sorry.wav" then hang up
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.flow import StepAt, leg_of, legs_read
from flowlang.rules.leg_name_in_use import meant_instead

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    if any(use.want == "leg" and use.root not in flow.consults for use in flow.uses):
        return  # the name that no leg has may have been meant for this one
    others = meant_instead(flow)
    users = _users(flow)
    for places in flow.consults.values():
        for at in places:
            if (
                at.step.announcing is None
                and at.number not in others
                and flow.journey.state(at) is not None
                and not _is_used(flow, at, users)
            ):
                leg = leg_of(at.step)
                yield at_step(
                    at,
                    "somebody is called here, and nothing comes of it",
                    f"write `transfer replacing {leg}`, or take the consult out",
                )


def _users(flow: Flow) -> list[tuple[StepAt, list[str]]]:
    """The steps that need a leg, and the names of the legs that they need."""
    found = []
    for at in flow.steps:
        names = [word.text for word in legs_read(at.step)]
        if at.word == "hang up" and at.step.leg:
            names.append(at.step.leg.text)
        if names:
            found.append((at, names))
    return found


def _is_used(flow: Flow, consult: StepAt, users: list[tuple[StepAt, list[str]]]) -> bool:
    leg = leg_of(consult.step)
    for at, names in users:
        state = flow.journey.state(at) if leg in names else None
        if state and any(fact[0] == leg and (fact[1] == "unknown" or fact[3] == consult.number) for fact in state.legs):
            return True
    return False
