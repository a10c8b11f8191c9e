"""A contact, group, setting and the like below the handlers.

Whoever reads the flow looks for them at the top. Routines may stand anywhere.

```flow wrong
on answered: transfer to desk
on failed: hang up

contact desk = +12345678901
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, words_of
from flowlang.source import Span
from flowlang.syntax import ast

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    source = flow.main.source
    first: ast.Handler | ast.Stage | None = None
    late: list[ast.Item] = []
    for item in flow.main.file.items:
        match item:
            case ast.Handler() | ast.Stage():
                first = first or item
            case ast.Routine() | ast.Flow():
                pass
            case _ if first is not None:
                late.append(item)
            case _:
                pass
    if not late or first is None:
        return
    more = f", and so do {len(late) - 1} more" if len(late) > 1 else ""
    head = first.head if isinstance(first, ast.Handler) else first.name.span
    yield Finding(
        source,
        Span(late[0].span.start, late[0].span.end),
        f"`{words_of(source, late[0].span)}` stands below the handlers{more}",
        "move it to the top",
        (Note(source, head, "the handlers begin here"),),
    )
