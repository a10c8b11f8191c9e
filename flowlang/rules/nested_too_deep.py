"""Choices in choices in choices.

With more than three levels of `when`, arms and `if that fails` nobody can tell any more when a step runs. A routine
or a stage gives the inner part a name.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

setting is_open = yes
service pager

on answered:
    when is_open is yes:
        consult desk for 18s playing "hold.wav":
            on busy:
                transfer to night:
                    on busy:
                        when caller.number exists:
                            notify pager "Both are busy"
                        play "sorry.wav" then hang up
        transfer replacing consult
    else: transfer to night
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

setting is_open = yes
service pager

routine ring_both:
    consult desk for 18s playing "hold.wav":
        on busy:
            transfer to night:
                on busy: do apologise
    transfer replacing consult

routine apologise:
    when caller.number exists: notify pager "Both are busy"
    play "sorry.wav" then hang up

on answered:
    when is_open is yes: do ring_both
    else: transfer to night
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner
from flowlang.source import Span
from flowlang.syntax import ast

SEVERITY = Severity.INFO

DEEPEST = 3


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.owners:
        for block in (owner.body, owner.catch):
            place = _too_deep(block, 0) if block else None
            if place is not None and not owner.unit.number:
                yield in_owner(
                    owner,
                    place,
                    f"this stands in more than {DEEPEST} choices, one in the other",
                    "give the inner part a name: `routine …:` and `do …`, or `stage …:` and `goto …`",
                )
                break


def _too_deep(block: ast.Block, depth: int) -> Span | None:
    """The first step or `when` that stands too deep."""
    for line in block.lines:
        for step in line.steps:
            if depth > DEEPEST:
                return step.word.span if isinstance(step, ast.Step) else Span(step.span.start, step.span.start + 4)
            bodies = [b.body for b in step.branches] if isinstance(step, ast.When) else _of_arms(step)
            found = _in_any(bodies, depth)
            if found is not None:
                return found
        found = _in_any([line.catch] if line.catch else [], depth)
        if found is not None:
            return found
    return None


def _of_arms(step: ast.Step) -> list[ast.Block]:
    return [body for arm in step.arms for body in (arm.body, arm.catch) if body]


def _in_any(bodies: list[ast.Block], depth: int) -> Span | None:
    return next((found for found in (_too_deep(body, depth + 1) for body in bodies) if found is not None), None)
