"""A routine that runs itself, alone or through others.

It would never come to an end. A stage with `goto` can repeat something, since there the flow waits in between.

```flow wrong
contact desk = +12345678901

routine ask_again:
    play "choices.wav"
    do ask_again

on answered: do ask_again
on tone 1: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: goto asking

stage asking:
    on enter: play "choices.wav" then wait 3s then goto asking
    after 1m: transfer to desk

on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.flow import StepAt

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    calls: dict[str, list[StepAt]] = {}
    for at in flow.steps_of("do"):
        if at.owner.routine and at.step.name:
            calls.setdefault(at.owner.routine.name.text, []).append(at)
    said: set[str] = set()
    for name, places in calls.items():
        way = _way_back(calls, name)
        if way and not said & set(way):
            said |= set(way)
            at = next(at for at in places if at.step.name and at.step.name.text == (way[1] if len(way) > 1 else name))
            if len(way) == 1:
                message = f"the routine `{name}` runs itself"
            else:
                message = f"these routines run each other in a circle: {' → '.join((*way, name))}"
            yield at_step(at, message, "use a stage and `goto` to repeat something")


def _way_back(calls: dict[str, list[StepAt]], start: str) -> list[str]:
    """The shortest way from a routine to itself."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    for way in ways:
        for at in calls.get(way[-1], ()):
            name = at.step.name.text if at.step.name else ""
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
