"""A caller who is left in silence.

The call is up, nothing runs, no timer is armed, and no key leads on: nobody will ever come. The check plays every
call that can happen, and shows the shortest one that ends like this.

```flow wrong
on answered: play "welcome.wav"
on failed: hang up
```

```flow right
on answered: play "welcome.wav" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.ending_calls import hang_up_behind
from flowlang.rules.shown import how_it_failed, shown_at

SEVERITY = Severity.ERROR

CURE = "end this way with `hang up`, `transfer` or `goto`, or set a time limit with `after`"


def check(flow: Flow) -> Iterator[Finding]:
    if flow.explored is None:
        return
    for shown in flow.explored.alone("stranded-caller"):
        failed = how_it_failed(flow, shown) if flow.explored.has_failed(shown) else ""
        label = f"when this fails ({failed}), nothing follows" if failed else "nothing follows"
        ending = "has nothing left to do, and the line stays open"
        finding = shown_at(flow, shown, "the caller can be left in silence", ending, CURE, label)
        yield finding._replace(fix=hang_up_behind(flow, shown))
