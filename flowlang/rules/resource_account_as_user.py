"""A call queue or auto attendant that is declared as a user.

Queues and attendants live on resource accounts. Addressed as users they have no phone that could ring, and calls to
them end with
480/10037. The rule looks at the names: it cannot see what an identifier stands for.

```flow wrong
contact sales_queue = user 550fae72-d251-43ec-868c-373732c2704f "Sales queue"

on answered: transfer to sales_queue
on failed: hang up
```

```flow right
contact sales_queue = resource account 550fae72-d251-43ec-868c-373732c2704f "Sales queue"

on answered: transfer to sales_queue
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.syntax import ast

SEVERITY = Severity.WARNING

SIGNS = ("queue", "attendant", "warteschlange", "resource account")
PREFIXES = ("cq_", "aa_", "cq-", "aa-")  # how administrators name call queues and auto attendants


def check(flow: Flow) -> Iterator[Finding]:
    for unit in flow.units:
        for item in unit.file.items:
            if not isinstance(item, ast.Contact) or not isinstance(item.value, ast.Party) or item.value.kind != "user":
                continue
            name = item.name.text.lower()
            shown = item.value.display_name.plain.lower() if item.value.display_name else ""
            if (
                name.startswith(PREFIXES)
                or shown.startswith(PREFIXES)
                or any(sign in name or sign in shown for sign in SIGNS)
            ):
                yield Finding(
                    unit.source,
                    item.value.span,
                    f"`{item.name.text}` sounds like a queue or an attendant, and those are no users",
                    "write `resource account` instead of `user`",
                )
