"""The flow waits for a key, or for somebody to come or go, without any time limit.

A caller who does not press the key waits until they give up.

```flow wrong
contact desk = +12345678901

on answered: play "press_one.wav"
on tone 1: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: play "press_one.wav"
on tone 1: transfer to desk
after 30s: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.ending_calls import hang_up_after_a_while
from flowlang.rules.shown import shown_at

SEVERITY = Severity.ERROR

CURE = "say what happens then: `after 30s: …` in this stage or in the flow"


def check(flow: Flow) -> Iterator[Finding]:
    if flow.explored is None:
        return
    for shown in flow.explored.alone("waits-for-ever"):
        ending = "waits for a key, and nothing else will happen"
        finding = shown_at(flow, shown, "from here on the flow waits without a time limit", ending, CURE)
        yield finding._replace(fix=hang_up_after_a_while(flow, shown))
