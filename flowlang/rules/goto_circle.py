"""Stages that send the call round in a circle without waiting.

Nothing in the circle takes any time, so it would turn for ever while the caller hears nothing.

```flow wrong
on answered: goto one

stage one:
    on enter: log "One" then goto two

stage two:
    on enter: log "Two" then goto one

on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: goto one

stage one:
    on enter: play "hold.wav" then goto two

stage two:
    on enter: transfer to desk

on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.flow import INSTANT, Owner, StepAt
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    ways: dict[str, list[StepAt]] = {}
    for owner in flow.handlers("enter"):
        if owner.stage:
            found: list[StepAt] = []
            _at_once(flow, owner, owner.body, found, {})
            ways.setdefault(owner.stage, []).extend(found)
    said: set[str] = set()
    for stage in ways:
        circle = _circle(ways, stage)
        names = [at.step.name.text for at in circle if at.step.name]
        if circle and not said & set(names):
            said |= set(names)
            path = " → ".join([stage, *names])
            message = (
                "this stage sends the call back to itself without waiting"
                if len(names) == 1
                else f"these stages send the call round without waiting: {path}"
            )
            notes = [Note(at.source, at.step.span, "and from here on") for at in circle[1:]]
            yield at_step(
                circle[0],
                message,
                "put a step that takes time in between, such as `play`, `menu` or `wait`",
                notes=notes,
            )


def _circle(ways: dict[str, list[StepAt]], start: str) -> list[StepAt]:
    """The shortest way from a stage to itself."""
    found: list[list[StepAt]] = [[at] for at in ways.get(start, ())]
    seen: set[str] = set()
    for way in found:
        name = way[-1].step.name.text if way[-1].step.name else ""
        if name == start:
            return way
        if name not in seen:
            seen.add(name)
            found += [[*way, at] for at in ways.get(name, ())]
    return []


def _at_once(flow: Flow, owner: Owner, block: ast.Block, found: list[StepAt], done: dict[int, bool]) -> bool:
    """Collects each `goto` that a block can come to without waiting. Whether it can come to its end without waiting.

    `done`: the routines that were looked at, with the answer.
    """
    for line in block.lines:
        for step in line.steps:
            if isinstance(step, ast.When):
                ends = [_at_once(flow, owner, branch.body, found, done) for branch in step.branches]
                if not any(ends) and any(branch.condition is None for branch in step.branches):
                    return False
            elif not _goes_on(flow, owner, step, found, done):
                return False
    return True


def _goes_on(flow: Flow, owner: Owner, step: ast.Step, found: list[StepAt], done: dict[int, bool]) -> bool:
    word = step.word.text
    if word == "goto":
        found.append(flow.where(owner, step))
        return False
    if word == "do" and step.name:
        routine = flow.routine(step.name.text)
        if routine is None:
            return False
        if routine.number not in done:
            done[routine.number] = False
            done[routine.number] = _at_once(flow, routine, routine.body, found, done)
        return done[routine.number]
    return word in INSTANT and word != "stop"
