"""Callers may wait for more than five minutes until somebody answers.

The longest way through the handler, with every bound and every retry used up. `flowlang check --explain-times` shows
these times for each handler, and what they are made of.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav":
        on busy, no answer: retry up to 12 times after 15s
        otherwise: hang up
    transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav":
        on busy, no answer: retry up to 2 times after 15s
        otherwise: hang up
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, in_owner, spoken
from flowlang.rules.flow import Owner
from flowlang.rules.group_calls import GROUP, kinds_of_owner
from flowlang.rules.limits import WAIT_LONGEST_MS

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers("incoming", "answered"):
        times = flow.times.of(owner)
        last = times.person if times else None
        if last is None or last.ms <= WAIT_LONGEST_MS or _follows(flow, owner) or kinds_of_owner(flow, owner) == GROUP:
            continue
        notes = [Note(last.at.source, last.at.step.span, "here at the latest")] if last.at else []
        yield in_owner(
            owner,
            owner.head,
            f"a caller may wait {spoken(last.ms - last.ms % 1000)} until somebody answers",
            "ring for shorter, try fewer times, or offer a voicemail or a call back",
            notes,
        )


def _follows(flow: Flow, owner: Owner) -> bool:
    """Whether another handler leads to this one and speaks of it already."""
    return (
        owner.event == "answered"
        and bool(flow.handlers("incoming"))
        and any(
            found is not None and found.person is not None and found.person.ms > WAIT_LONGEST_MS
            for found in map(flow.times.of, flow.handlers("incoming"))
        )
    )
