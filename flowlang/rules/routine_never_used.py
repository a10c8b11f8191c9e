"""A routine that nothing runs.

Files that are only there to be used by others are left alone.

```flow wrong
contact desk = +12345678901

routine connect(person):
    transfer to person

on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

routine connect(person):
    transfer to person

on answered: do connect(desk)
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    if flow.is_library or flow.has_syntax_errors:
        return
    names = {use.root for use in flow.uses if use.want == "routine"}
    if any(flow.find("routine", name) is None for name in names):
        return  # the name that nothing declares may have been meant for one of them
    for one in flow.declared:
        name = one.name.text
        if one.kind == "routine" and not one.unit.number and name not in names:
            yield Finding(
                one.unit.source,
                one.name.span,
                f"nothing runs the routine `{name}`",
                f"write `do {name}`, or take it out",
            )
