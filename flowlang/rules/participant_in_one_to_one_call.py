"""A transfer of a participant in a call between two.

There is nobody to choose from: the caller is the one who is moved.

```flow wrong
contact cell = +12345678901
contact desk = +12025550123

on answered: transfer cell to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.group_calls import PEER, kinds_at
from flowlang.rules.logic import text_of

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer"):
        who = at.step.participant
        state = flow.journey.state(at)
        if who is None or not who.names or state is None or state.meeting or kinds_at(flow, at) != PEER:
            continue
        cure = "leave the name out: the caller is moved"
        if not any(o.event == "incoming" for o in flow.handlers()) and who.names != ("caller",):
            cure += "; a flow for group calls says `on incoming when call.kind is group: answer`"
        yield at_step(at, f"`{text_of(who)}` cannot be moved, since this call is between two", cure, who.span)
