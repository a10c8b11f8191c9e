"""A flow without a title.

The title is what people see in lists of flows and calls. Short flows may do without.

```flow wrong
flow 1

contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```

```flow right
flow 1 "To the desk"

contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.source import Span
from flowlang.syntax import ast

SEVERITY = Severity.INFO

SHORT = 40  # lines; what has more of them is no trial any more


def check(flow: Flow) -> Iterator[Finding]:
    source = flow.main.source
    line = next((item for item in flow.main.file.items if isinstance(item, ast.Flow)), None)
    if flow.is_library:
        return
    if line is not None and (line.title is None or not line.title.plain.strip()):
        yield Finding(source, line.span, "this flow has no title", f'write `flow {line.version.value} "…"`')
    elif line is None and source.text.count("\n") > SHORT:
        end = source.text.find("\n")
        yield Finding(source, Span(0, max(1, end)), "this flow has no title", 'begin it with `flow 1 "…"`')
