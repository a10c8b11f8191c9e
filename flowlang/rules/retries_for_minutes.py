"""Trying again for minutes while the caller hears nothing.

Each try rings and each pause waits. Without music nobody stays on the line for more than two minutes.

```flow wrong also worst-case-wait
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 20s:
        on busy: retry up to 20 times after 30s
        otherwise: hang up
    transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 20s playing "hold.wav":
        on busy: retry up to 2 times after 10s
        otherwise: hang up
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, spoken
from flowlang.rules.effects import bound_ms, own_time_ms
from flowlang.rules.flow import StepAt
from flowlang.rules.limits import DEFAULT_INVITE_MS, RETRIES_LONGEST_MS
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at, retry, total in silent_retries(flow):
        yield at_step(
            at,
            f"these retries may keep the caller in silence for {spoken(total)}",
            'try fewer times, or play music: `playing "hold.wav"`',
            retry.span,
        )


def silent_retries(flow: Flow) -> Iterator[tuple[StepAt, ast.Retry, int]]:
    """Steps that are tried again for too long without music, and for how many milliseconds."""
    for at in flow.steps:
        if at.step.playing is not None or at.owner.event == "start" or _has_music(flow, at):
            continue
        for arm in at.step.arms:
            retry = _retry_of(arm)
            if retry is None:
                continue
            times = retry.times.value if retry.times else 1
            total = times * (_each(flow, at) + (retry.after.ms if retry.after else 0))
            if total > RETRIES_LONGEST_MS:
                yield at, retry, total


def _each(flow: Flow, at: StepAt) -> int:
    """How long the caller hears nothing during one try. During a transfer it rings."""
    if at.word == "transfer":
        return 0
    if at.word == "invite":
        return bound_ms(flow, at.step, DEFAULT_INVITE_MS)
    return own_time_ms(flow, at.step)


def _has_music(flow: Flow, at: StepAt) -> bool:
    """Whether the music of the consult before goes on in the pauses (B15)."""
    state = flow.journey.state(at)
    ups = [flow.steps[fact[3]] for fact in state.legs if fact[1] == "up"] if state else []
    return bool(ups) and all(one.step.playing is not None for one in ups)


def _retry_of(arm: ast.Arm) -> ast.Retry | None:
    for line in arm.body.lines:
        for step in line.steps:
            if isinstance(step, ast.Step) and step.retry is not None:
                return step.retry
    return None
