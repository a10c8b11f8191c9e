"""The same time limit four times or more.

One place gets changed and three do not. A setting has the value once, and a site may change it without touching the
flow.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact desk  = +12345678901

on answered from +12025550123: consult heidi for 15s playing "hold.wav" then transfer replacing consult
on answered from +12025550147: consult anna for 15s playing "hold.wav" then transfer replacing consult
on answered from anonymous: consult desk for 15s playing "hold.wav" then transfer replacing consult
on answered: consult heidi for 15s playing "long.wav" then transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact desk  = +12345678901

setting ring_time = 15s

on answered from +12025550123: consult heidi for ring_time playing "hold.wav" then transfer replacing consult
on answered from +12025550147: consult anna for ring_time playing "hold.wav" then transfer replacing consult
on answered from anonymous: consult desk for ring_time playing "hold.wav" then transfer replacing consult
on answered: consult heidi for ring_time playing "long.wav" then transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, duration
from flowlang.rules.flow import StepAt
from flowlang.syntax import ast

SEVERITY = Severity.INFO

MANY = 4


def check(flow: Flow) -> Iterator[Finding]:
    found: dict[tuple[str, int], list[tuple[StepAt, ast.Duration]]] = {}
    for at in flow.steps:
        if isinstance(at.step.bound, ast.Duration) and not at.owner.unit.number:
            found.setdefault((at.word, at.step.bound.ms), []).append((at, at.step.bound))
    for (word, ms), places in found.items():
        if len(places) >= MANY:
            at, bound = places[0]
            yield Finding(
                at.source,
                bound.span,
                f"`{word} … for {duration(ms)}` stands in {len(places)} places",
                f"give it a name: `setting {_name(word)} = {duration(ms)}`, and write `for {_name(word)}`",
            )


def _name(word: str) -> str:
    return "ring_time" if word in ("consult", "call", "transfer", "redirect", "invite") else f"{word}_time"
