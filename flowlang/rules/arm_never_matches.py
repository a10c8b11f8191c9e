"""An arm that can never be taken.

Arms are tried from top to bottom. `on 5xx` above `on 500/7000` takes its failures away; `otherwise` takes all that
are left.
An arm with `retry` leaves the failure to later arms once its tries are used up, so it hides nothing.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        on 5xx: hang up
        on 500/7000: transfer to night
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        on 500/7000: transfer to night
        on 5xx: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import covers, is_pattern
from flowlang.rules.collect import has_retry
from flowlang.rules.common import Finding, Flow, Note, Severity, at_step, words_of
from flowlang.rules.flow import StepAt
from flowlang.rules.outcomes import cannot_end_as
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        if at.step.arms:
            yield from _arms(at)


def _arms(at: StepAt) -> Iterator[Finding]:
    taken: list[tuple[str, ast.Arm]] = []
    keys: dict[str, ast.Arm] = {}
    last: ast.Arm | None = None
    for arm in at.step.arms:
        if last is not None and (arm.kind in ("on", "otherwise")) and last.kind == "otherwise" and at.word != "menu":
            yield _finding(at, arm, last)
        elif arm.kind == "on":
            yield from _patterns(at, arm, taken)
            if not has_retry(arm):
                taken += [(pattern.text, arm) for pattern in arm.patterns]
        elif arm.kind == "press":
            if "any" in keys and not any(key.text in keys for key in arm.keys):
                yield _finding(at, arm, keys["any"])
            for key in arm.keys:
                keys.setdefault(key.text, arm)
        if arm.kind == "otherwise" and not has_retry(arm):
            last = arm


def _finding(at: StepAt, arm: ast.Arm, first: ast.Arm) -> Finding:
    words = words_of(at.source, first.head)
    return at_step(
        at,
        f"`{words}` above takes all of this, so this arm never runs",
        "put the special case above the general one",
        arm.head,
        [Note(at.source, first.head, "this one runs instead")],
    )


def _patterns(at: StepAt, arm: ast.Arm, taken: list[tuple[str, ast.Arm]]) -> Iterator[Finding]:
    hidden: list[tuple[ast.Pattern, ast.Arm]] = []
    for number, pattern in enumerate(arm.patterns):
        if not is_pattern(pattern.text):
            continue
        if cannot_end_as(at.word, at.step, pattern.text):
            cure = (
                "write it as a handler: `on ended caller hung up:`"
                if pattern.text == "caller hung up"
                else "take it out"
            )
            yield at_step(at, f"`{at.word}` never ends as `{pattern.text}`", cure, pattern.span)
            continue
        first = next((other for text, other in taken if covers(text, pattern.text)), None)
        if first is None and any(covers(other.text, pattern.text) for other in arm.patterns[:number]):
            first = arm
        if first is not None:
            hidden.append((pattern, first))
    if hidden and len(hidden) == len(arm.patterns) and hidden[0][1] is not arm:
        yield _finding(at, arm, hidden[0][1])
    else:
        for pattern, first in hidden:
            yield at_step(
                at,
                f"`{pattern.text}` is taken before it comes here",
                "take it out here or there",
                pattern.span,
                [Note(at.source, first.head, "taken here")],
            )
