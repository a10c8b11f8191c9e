"""Callers outside office hours whom nobody thought of.

The call is answered at any time, but only the opening hours have a handler. At night the caller is connected and
hears nothing at all.

```flow wrong
contact desk = +12345678901
hours office = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
hours office = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to desk
on answered: play "closed.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner
from flowlang.rules.effects import UP
from flowlang.rules.flow import INSTANT
from flowlang.rules.heads import Alternatives, fits_not_when, holds_when
from flowlang.rules.logic import ALWAYS, both, can_never_hold

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    handlers = [owner for owner in flow.handlers("answered") if not owner.stage]
    if not handlers or flow.has_syntax_errors or any(owner.handler and not owner.handler.hours for owner in handlers):
        return
    left: Alternatives = ALWAYS
    for owner in handlers:
        head = owner.handler
        if head and not head.source and not head.called and head.condition is None:
            left = both(left, fits_not_when(flow, head))
    if left is None or can_never_hold(left, flow.world) or not _is_answered_then(flow, left) or _goes_on_anyway(flow):
        return
    last = handlers[-1]
    names = {owner.handler.hours.hours.text for owner in handlers if owner.handler and owner.handler.hours}
    hours = f"outside `{names.pop()}`" if len(names) == 1 else "at all other times"
    head = handlers[-1].handler
    if head and head.hours and head.hours.outside and hours.startswith("outside"):
        hours = hours.replace("outside", "during")
    yield in_owner(
        last, last.head, f"{hours} a caller is connected and hears nothing", "add a last `on answered:` without hours"
    )


def _is_answered_then(flow: Flow, left: Alternatives) -> bool:
    """Whether calls are answered at those times at all."""
    incoming = [owner for owner in flow.handlers("incoming") if owner.handler]
    if not incoming:
        return True
    for owner in incoming:
        answers = any(owner.number in flow.journey.owners_of.get(at.number, ()) for at in flow.steps_of("answer"))
        if answers and owner.handler and not can_never_hold(both(left, holds_when(flow, owner.handler)), flow.world):
            return True
    return False


def _goes_on_anyway(flow: Flow) -> bool:
    """Whether steps after `answer`, or a timer of the flow, look after those callers."""
    for at in flow.steps:
        state = flow.journey.state(at) if at.owner.event in ("incoming", "start") else None
        if state is not None and state.phase & UP and at.word not in INSTANT:
            return True
    return any(not owner.stage for owner in flow.handlers("after"))
