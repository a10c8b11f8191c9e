"""A declaration that nothing reads.

Dead contacts and hours grow stale, and the next person wonders what they are for. Files that are only there to be
used by others are left alone.

```flow wrong
contact desk     = +12345678901
contact old_desk = +12025550123

on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.syntax import ast
from flowlang.syntax.suggest import nearest

SEVERITY = Severity.WARNING

KINDS = {
    "contact": "contact", "group": "group", "let": "variable", "setting": "setting", "hours": "hours", "service": "service",
}  # fmt: skip
SPACES = {"hours": "hours", "service": "service"}


def check(flow: Flow) -> Iterator[Finding]:
    if flow.is_library or flow.has_syntax_errors:
        return
    used = {(SPACES.get(use.want, "names"), use.root) for use in flow.uses}
    slips = [use.root for use in flow.uses if flow.kind_of(use.root, use.owner) is None]
    for one in flow.declared:
        name = one.name.text
        if one.unit.number or one.kind not in KINDS or (one.space, name) in used:
            continue
        if any(nearest(slip, [name]) for slip in slips) or flow.find(one.space, name) is not one:
            continue
        is_set = isinstance(one.node, ast.Let) and any(
            at.word == "set" and at.step.variable and at.step.variable.text == name for at in flow.steps
        )
        if is_set:
            yield Finding(one.unit.source, one.name.span, f"`{name}` is set but never read", "take it out")
        else:
            yield Finding(
                one.unit.source, one.name.span, f"the {KINDS[one.kind]} `{name}` is never used", "take it out"
            )
