"""A number that the platform does not allow.

Graph refuses the request or cuts the time short, and the flow does something else than it says. The runtime never
trims a number in silence.

```flow wrong also worst-case-wait
contact desk = +12345678901

on answered:
    consult desk for 5m playing "hold.wav" announcing "ask.wav" accepting 1
    transfer replacing consult
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    consult desk for 100s playing "hold.wav" announcing "ask.wav" accepting 1
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules import limits
from flowlang.rules.common import Finding, Flow, Severity, at_step, duration
from flowlang.rules.effects import bound_ms

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        limit = limits.BY_STEP.get(at.word)
        bound = at.step.bound
        if limit is not None and bound is not None:
            ms = bound_ms(flow, at.step, limit.least)
            if ms > limit.most:
                yield at_step(
                    at,
                    f"{limit.what} may take {duration(limit.most)} at most, not {duration(ms)}",
                    f"write `for {duration(limit.most)}` or less",
                    bound.span,
                )
            elif 0 < ms < limit.least:
                yield at_step(
                    at,
                    f"{limit.what} takes {duration(limit.least)} at least, not {duration(ms)}",
                    f"write `for {duration(limit.least)}` or more",
                    bound.span,
                )
        if at.word == "play" and len(at.step.prompts) > limits.PROMPTS.most:
            yield at_step(
                at,
                f"one `play` takes {limits.PROMPTS.most} prompts at most, not {len(at.step.prompts)}",
                "write a second `play` after it",
            )
        targets = at.step.targets
        if at.word == "redirect" and targets and len(targets.items) > limits.REDIRECT_TARGETS.most:
            yield at_step(
                at,
                f"a redirect takes {limits.REDIRECT_TARGETS.most} targets at most, not {len(targets.items)}",
                "leave some out",
                targets.span,
            )
