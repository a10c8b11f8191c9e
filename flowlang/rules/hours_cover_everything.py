"""Hours that are never closed.

`outside` can never hold, so a handler for the time outside never runs.

```flow wrong
contact desk = +12345678901
hours always = mon-sun 00:00-24:00 in Europe/Berlin

on answered during always: transfer to desk
on answered: hang up
on failed: hang up
```

```flow right
contact desk = +12345678901
hours office = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to desk
on answered: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.declarations import is_always_open
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for item in flow.main.file.items:
        if isinstance(item, ast.Hours) and is_always_open(item):
            yield Finding(
                flow.main.source,
                item.name.span,
                f"`{item.name.text}` is open at every moment of the year",
                "take the hours out where they are used, or correct the times",
            )
