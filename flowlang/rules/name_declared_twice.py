"""Two declarations of one name.

Which of them counts would depend on the order of lines and files. Contacts, groups, variables, parameters and
settings share their names; hours, services, routines and stages each have their own.

```flow wrong
contact desk = +12345678901
contact desk = +12025550123

on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk       = +12345678901
contact night_desk = +12025550123

on answered:
    transfer to desk:
        otherwise: transfer to night_desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity
from flowlang.rules.flow import Declared
from flowlang.source import Source, Span

SEVERITY = Severity.ERROR

KINDS = {
    "contact": "a contact", "group": "a group", "let": "a variable", "setting": "a setting",
    "hours": "the name of hours",
    "service": "a service", "routine": "a routine", "stage": "a stage",
}  # fmt: skip


def check(flow: Flow) -> Iterator[Finding]:
    for one in flow.declared:
        first = flow.find(one.space, one.name.text)
        if first is None or first is one:
            continue
        if first.unit.number < one.unit.number:  # a file that is used has the name too: say it where this file does
            first, one = one, first
        yield _finding(first, one.unit.source, one.name.span, one.name.text)
    for owner in flow.owners:
        for number, parameter in enumerate(owner.routine.parameters if owner.routine else ()):
            first = flow.find("names", parameter.text)
            if first is not None:
                yield _finding(first, owner.unit.source, parameter.span, parameter.text)
            elif owner.routine and parameter.text in [p.text for p in owner.routine.parameters[:number]]:
                yield Finding(
                    owner.unit.source,
                    parameter.span,
                    f"the parameter `{parameter.text}` is there twice",
                    "rename one of them",
                )
    for at in flow.steps:
        name = at.step.variable
        made = flow.find("names", name.text) if name else None
        if name and made and made.kind in ("contact", "group"):
            yield _finding(made, at.source, name.span, name.text)


def _finding(first: Declared, source: Source, span: Span, name: str) -> Finding:
    here = "" if first.unit.source is source else f" in {first.unit.source.path}"
    return Finding(
        source,
        span,
        f"`{name}` is already {KINDS[first.kind]}{here}",
        "choose another name for one of them",
        (Note(first.unit.source, first.name.span, "declared here"),),
    )
