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
from flowlang.rules.flow import Use
from flowlang.syntax import ast

SEVERITY = Severity.WARNING

KINDS = {
    "contact": "contact",
    "group": "group",
    "let": "variable",
    "setting": "setting",
    "hours": "hours",
    "service": "service",
}
SPACES = {"hours": "hours", "service": "service"}


def check(flow: Flow) -> Iterator[Finding]:
    if flow.is_library or flow.has_syntax_errors:
        return
    used = {(SPACES.get(use.want, "names"), use.root) for use in flow.uses}
    in_doubt = {SPACES.get(use.want, "names") for use in flow.uses if _is_unknown(flow, use)}
    for one in flow.declared:
        name = one.name.text
        if one.unit.number or one.kind not in KINDS or (one.space, name) in used:
            continue
        if one.space in in_doubt or flow.find(one.space, name) is not one:
            continue  # the name that nothing declares may have been meant for this one
        is_set = isinstance(one.node, ast.Let) and any(
            at.word == "set" and at.step.variable and at.step.variable.text == name for at in flow.steps
        )
        if is_set:
            yield Finding(one.unit.source, one.name.span, f"`{name}` is set but never read", "take it out")
        else:
            yield Finding(
                one.unit.source,
                one.name.span,
                f"the {KINDS[one.kind]} `{name}` {'are' if one.kind == 'hours' else 'is'} never used",
                "take it out",
            )


def _is_unknown(flow: Flow, use: Use) -> bool:
    if use.want in ("stage", "routine", "leg"):
        return False
    if use.want in SPACES:
        return flow.find(use.want, use.root) is None
    return flow.kind_of(use.root, use.owner) is None
