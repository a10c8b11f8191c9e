"""An arm that does what `otherwise` does.

`otherwise` takes that result too. The arm says nothing, and one of the two will be changed without the other.

```flow wrong
contact desk = +12345678901

on answered:
    transfer to desk:
        on busy: play "sorry.wav" then hang up
        otherwise: play "sorry.wav" then hang up
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    transfer to desk:
        otherwise: play "sorry.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.diagnostics import Edit
from flowlang.rules.collect import has_retry
from flowlang.rules.common import Finding, Fix, Flow, Note, Severity, at_step
from flowlang.rules.same_arm_twice import is_wrong, steps_of_arm
from flowlang.source import Source, Span

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        arms = at.step.arms
        if len(arms) < 2 or arms[-1].kind != "otherwise" or at.word == "menu":
            continue  # in a menu it is good to see what silence leads to
        last = arms[-1]
        for arm in reversed(arms[:-1]):
            if arm.kind != "on" or has_retry(arm) or is_wrong(at, arm):
                break
            if not last.body.lines or steps_of_arm(at, arm) != steps_of_arm(at, last):
                break  # a different one in between may take the same results
            cut = _whole_lines(at.source, arm.span)
            fix = Fix("take the arm out", (Edit(cut, ""),)) if cut else None
            yield at_step(
                at, "this arm does the same as `otherwise`", "take it out", arm.head,
                [Note(at.source, last.head, "takes this too")],
            )._replace(fix=fix)  # fmt: skip


def _whole_lines(source: Source, span: Span) -> Span | None:
    """The lines of an arm, where they hold nothing else."""
    start = source.text.rfind("\n", 0, span.start) + 1
    end = source.text.find("\n", max(span.start, span.end - 1))
    end = len(source.text) if end < 0 else end + 1
    around = source.text[start : span.start] + source.text[span.end : end]
    return Span(start, end) if not around.strip() else None
