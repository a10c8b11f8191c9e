"""A menu that says nothing about silence or wrong keys.

Some callers have no keys, others press the wrong one. When its tries are used up such a menu fails, and the caller
ends where failures end. `otherwise` takes wrong keys, and silence too if there is no `on timeout`.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered:
    menu "choices.wav" for 5s up to 2 times:
        press 1: transfer to desk
        press 2: transfer to night
on failed: play "goodbye.wav" then hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    menu "choices.wav" for 5s up to 2 times:
        press 1: transfer to desk
        press 2: transfer to night
        on timeout: transfer to desk
        otherwise: play "sorry.wav" then transfer to desk
on failed: play "goodbye.wav" then hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.flow import StepAt

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("menu"):
        kinds = {arm.kind for arm in at.step.arms}
        presses = {key.text for arm in at.step.arms for key in arm.keys}
        if (
            "otherwise" in kinds
            or flow.journey.state(at) is None
            or ("any" in presses and "timeout" in kinds)
            or _is_caught(flow, at)
        ):
            continue
        if "timeout" in kinds:
            yield at_step(at, "callers who press a wrong key get no way on here", "add an arm: `otherwise: …`")
        elif "any" in presses:
            yield at_step(at, "callers who press nothing get no way on here", "add an arm: `on timeout: …`")
        else:
            yield at_step(
                at,
                "callers who press nothing or a wrong key get no way on here",
                "add the arms `on timeout: …` and `otherwise: …`",
            )


def _is_caught(flow: Flow, at: StepAt) -> bool:
    """Whether the flow speaks of this very failure, nearer than by a general `on failed`."""
    if not any(failure.at.number == at.number for failures in flow.journey.uncaught.values() for failure in failures):
        return True
    return any(
        o.handler and o.handler.event.step and o.handler.event.step.text == "menu" for o in flow.handlers("step failed")
    )
