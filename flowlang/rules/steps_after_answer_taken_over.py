"""Steps after `answer` that `on answered` takes over.

When the call is up, first `answer` has succeeded and then the event `answered` comes. A handler of `answered` takes
over at once, so
what follows `answer` in the first handler never runs.

```flow wrong
contact desk = +12345678901

on incoming: answer then play "welcome.wav"
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on incoming: answer
on answered: play "welcome.wav" then transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.effects import UP
from flowlang.rules.flow import INSTANT, StepAt

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers("answered"):
        handler = owner.handler
        if handler is None or owner.stage or flow.is_instant(owner):
            continue
        if handler.hours or handler.condition is not None or handler.source or handler.called:
            continue
        said: set[int] = set()
        for at in flow.steps:
            event = at.owner.event
            if event in ("incoming", "start") and at.owner.number not in said and _comes_after_answer(flow, at):
                said.add(at.owner.number)
                yield at_step(
                    at,
                    "`on answered` takes over as soon as the call is up, so this never runs",
                    "move it into `on answered`",
                    notes=[Note(owner.unit.source, owner.head, "takes over here")],
                )
        return


def _comes_after_answer(flow: Flow, at: StepAt) -> bool:
    state = flow.journey.state(at)
    return state is not None and state.phase == UP and at.word not in INSTANT
