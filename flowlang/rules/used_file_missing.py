"""A file that `use` names and that is not there, cannot be read, or is no text.

Everything it should bring is missing too, so nothing else about those names is reported. The path is relative to
the file that says `use`.

```flow wrong
use "nowhere.flow"

on answered: hang up
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
    for unit, use, reason in flow.missing:
        if reason:
            why, _, cure = reason.partition("; ")
            yield Finding(unit.source, use.path.span, f"`{use.path.plain}` {why}", cure)
            continue
        yield Finding(
            unit.source,
            use.path.span,
            f"there is no file `{use.path.plain}`",
            "the path is relative to this file; check its name",
        )
