"""A recording that the caller is not told of.

In many countries that is against the law. Play a prompt that says it, before `record`.

```flow wrong
on answered:
    record as message for 60s
    hang up
on failed: hang up
```

```flow right
on answered:
    play "we_record.wav"
    record as message for 60s
    hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("record"):
        state = flow.journey.state(at)
        if state is not None and not state.told:
            yield at_step(
                at, "the caller is recorded without having heard a prompt that says so", "put a `play` before it"
            )
