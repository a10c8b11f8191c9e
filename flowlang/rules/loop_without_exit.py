"""A circle that need never end: music, a menu or a round of calls that goes on until the caller gives up.

Somewhere on the way round there has to be a time limit that stays set all the way, or a count of the rounds.

```flow wrong
on answered: goto waiting
stage waiting:
    on enter: play "hold.wav" then goto waiting
on failed: hang up
```

```flow right
on answered: goto waiting
stage waiting:
    on enter: play "hold.wav" then goto waiting
    after 5m: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.shown import shown_at

SEVERITY = Severity.ERROR

CURE = "set a time limit that holds all the way round, such as `after 5m: …` for the flow, or count the rounds"


def check(flow: Flow) -> Iterator[Finding]:
    if flow.explored is None:
        return
    for shown in flow.explored.alone("loop-without-exit"):
        ending = "comes back here again and again, until the caller hangs up"
        yield shown_at(flow, shown, "the caller can be kept here for ever", ending, CURE)
