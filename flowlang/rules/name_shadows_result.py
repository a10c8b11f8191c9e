"""A name that already means something to every reader: a result, or a value that each call has.

With a contact called `busy`, a line such as `on busy: transfer to busy` says two things with one word. With a
variable called
`caller`, nobody can read the real caller any more.

```flow wrong
contact busy = +12345678901

on answered: transfer to busy
on failed: hang up
```

```flow right
contact busy_line = +12345678901

on answered: transfer to busy_line
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import CATALOGUE
from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.flow import BUILT_IN, leg_of

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for one in flow.declared:
        if not one.unit.number:
            message = _meaning(one.name.text)
            if message:
                yield Finding(one.unit.source, one.name.span, message, "give it another name")
    for places in flow.consults.values():
        at = places[0]
        message = _meaning(leg_of(at.step))
        if message and at.step.leg:
            yield Finding(at.source, at.step.leg.span, message, "give the leg another name")


def _meaning(name: str) -> str:
    if name in CATALOGUE:
        return f"`{name}` is the name of a result"
    return f"`{name}` is a value that every call has" if name in BUILT_IN else ""
