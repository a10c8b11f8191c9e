"""Files that use each other in a circle.

None of them can be read before the others.

```flow wrong
use "round.flow"

on answered: transfer to desk
on failed: hang up
```

```flow right
use "people.flow"

on answered: transfer to heidi
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for unit, use, way in flow.circles:
        if len(way) == 1:
            message = f"{way[0]} uses itself"
        else:
            message = f"these files use each other in a circle: {' → '.join((*way, way[0]))}"
        yield Finding(
            unit.source, use.path.span, message, "move what both need into a third file, and use that in both"
        )
