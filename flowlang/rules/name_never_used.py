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

from flowlang.rules.common import Finding, Flow, Severity, corrected, meant
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
    if "names" not in in_doubt:
        yield from _only_set(flow, {name for space, name in used if space == "names"})


def _only_set(flow: Flow, used: set[str]) -> Iterator[Finding]:
    """Variables that nothing but `set` makes, and that nothing reads: mostly another name with a slip in it."""
    known = [one.name.text for one in flow.declared if one.kind == "let"]
    for name, makers in flow.made.items():
        at = makers[0]
        word = at.step.variable
        if word is None or name in used or flow.find("names", name) or any(one.word != "set" for one in makers):
            continue
        if at.owner.unit.number or (at.owner.routine and any(p.text == name for p in at.owner.routine.parameters)):
            continue
        cure = meant(name, known) or "take it out"
        fix = corrected(at.source, word.span, name, known)
        yield Finding(at.source, word.span, f"`{name}` is set but never read", cure, fix=fix)


def _is_unknown(flow: Flow, use: Use) -> bool:
    if use.want in ("stage", "routine", "leg"):
        return False
    if use.want in SPACES:
        return flow.find(use.want, use.root) is None
    return flow.kind_of(use.root, use.owner) is None
