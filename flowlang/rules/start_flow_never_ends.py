"""A flow that joins a meeting and has nothing that makes it leave.

Nobody may ever come, or nobody hang up: the application stays in the meeting for ever. Leave it after a time, or
when the others have left.

```flow wrong
on start:
    join meeting "https://teams.microsoft.com/l/meetup-join/19%3ameeting/0" then play "welcome.wav"
on failed: hang up
```

```flow right
on start:
    join meeting "https://teams.microsoft.com/l/meetup-join/19%3ameeting/0" then play "welcome.wav"
on failed: hang up
after 1h: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    joins = flow.steps_of("join")
    if not joins or any(not flow.is_instant(owner) for owner in flow.handlers("left")):
        return
    for at in joins:
        owners = [flow.owners[number] for number in flow.journey.owners_of.get(at.number, ())]
        if any(one is not None and one.stays for one in map(flow.times.of, (*owners, *flow.handlers("answered")))):
            yield at_step(at, "nothing makes the flow leave this meeting", "write `after 1h: hang up`")
            return
