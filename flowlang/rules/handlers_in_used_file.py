"""A handler or stage in a file that another file uses.

Handlers are tried from top to bottom. With handlers in several files, who runs first would depend on the order of
the `use` lines. A used file holds declarations and routines.

```flow wrong
use "with_handlers.flow"

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
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for unit, item in flow.misplaced:
        if isinstance(item, ast.Stage):
            what, span = "stage", item.name.span
        else:
            what, span = "handler", item.head
        yield Finding(
            unit.source,
            span,
            f"this file is used by {flow.main.source.path}, so it cannot hold a {what}",
            "move it into the file that uses this one, or make it a routine",
        )
