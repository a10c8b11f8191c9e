"""Two arms that do the same.

One arm can take several results or keys. Written once, nobody changes one of them and forgets the other.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        on busy: transfer to night
        on no answer: transfer to night
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    transfer to desk:
        on busy, no answer: transfer to night
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import is_pattern
from flowlang.rules.collect import has_retry
from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.flow import StepAt
from flowlang.rules.outcomes import cannot_end_as, is_success
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for first, second in zip(at.step.arms, at.step.arms[1:], strict=False):
            if is_wrong(at, first) or is_wrong(at, second):
                continue
            if (
                first.kind == second.kind
                and first.kind in ("on", "press")
                and not has_retry(first)
                and steps_of_arm(at, first) == steps_of_arm(at, second)
            ):
                yield at_step(
                    at,
                    "this arm does the same as the one above",
                    f"write one arm: `{_both(first, second)}:`",
                    second.head,
                    [Note(at.source, first.head, "the one above")],
                )


def is_wrong(at: StepAt, arm: ast.Arm) -> bool:
    """Whether other rules speak of the arm: it can never run."""
    keys = [key.text for other in at.step.arms for key in other.keys]
    is_doubled = any(key.text == "any" or keys.count(key.text) > 1 for key in arm.keys)
    texts = [pattern.text for pattern in arm.patterns]
    return is_doubled or any(
        not is_pattern(text) or is_success(text) or cannot_end_as(at.word, at.step, text) for text in texts
    )


def steps_of_arm(at: StepAt, arm: ast.Arm) -> list[str]:
    """The words of an arm's steps; how they are broken into lines does not count."""
    bodies = [arm.body, *([arm.catch] if arm.catch else [])]
    return [
        word for body in bodies for word in at.source.text[body.span.start : body.span.end].split() if word != "then"
    ]


def _both(first: ast.Arm, second: ast.Arm) -> str:
    if first.kind == "press":
        return f"press {', '.join(key.text for key in (*first.keys, *second.keys))}"
    return f"on {', '.join(pattern.text for pattern in (*first.patterns, *second.patterns))}"
