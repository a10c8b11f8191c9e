"""A file with nothing in it.

It may have been saved too early, or in another place. A call that it gets is answered, and the caller hears nothing.

```flow wrong
flow 1 "Night desk"

# to be written
```

```flow right
flow 1 "Night desk"

contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.source import Span
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    main = flow.main
    if not flow.has_syntax_errors and all(isinstance(item, ast.Flow | ast.Default) for item in main.file.items):
        yield Finding(
            main.source, Span(0, 0), "there is nothing in this file", "write a handler, such as `on answered:`"
        )
