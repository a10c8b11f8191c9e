"""A routine that is given more or fewer values than it has parameters.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

routine connect(person):
    transfer to person

on answered: do connect(desk, night)
on failed: hang up
```

```flow right
contact desk = +12345678901

routine connect(person):
    transfer to person

on answered: do connect(desk)
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("do"):
        owner = flow.routine(at.step.name.text) if at.step.name else None
        routine = owner.routine if owner else None
        if (
            owner is None
            or routine is None
            or routine.name.text in flow.in_doubt
            or len(routine.parameters) == len(at.step.arguments)
        ):
            continue
        form = ", ".join(p.text for p in routine.parameters)
        wanted, given = len(routine.parameters), len(at.step.arguments)
        yield at_step(
            at,
            f"`{routine.name.text}` takes {_count(wanted)}, and {_count(given)} {'are' if given > 1 else 'is'} given",
            f"write `do {routine.name.text}({form})`" if form else f"write `do {routine.name.text}`",
            notes=[Note(owner.unit.source, routine.name.span, "the routine")],
        )


def _count(number: int) -> str:
    return "none" if number == 0 else "one value" if number == 1 else f"{number} values"
