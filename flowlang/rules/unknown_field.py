"""A field that this value does not have.

It is never there: a comparison with it is always no, and a text gets a gap.

```flow wrong
contact desk = +12345678901

on answered:
    log "Call from {caller.phone}"
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    log "Call from {caller.number}"
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, listed, meant
from flowlang.rules.flow import BUILT_IN, LEG_FIELDS, PARTY_FIELDS, Use

SEVERITY = Severity.ERROR

SAME = {
    "phone": "number",
    "phonenumber": "number",
    "displayname": "name",
    "subCode": "subcode",
    "text": "message",
    "type": "kind",
}
"""What other systems call these fields."""


def check(flow: Flow) -> Iterator[Finding]:
    for use in flow.uses:
        if len(use.names) < 2 or use.want not in ("target", "participant", "value", "hole", "duration"):
            continue
        if use.names[1] in flow.in_doubt:
            continue
        fields = _fields(flow, use)
        if fields is None or use.names[1] in fields:
            continue
        yield _finding(use, fields)


def _finding(use: Use, fields: tuple[str, ...]) -> Finding:
    field, name = use.names[1], use.root
    if not fields:
        return Finding(use.unit.source, use.span, f"`{name}` has no fields", f"write `{name}` alone")
    same = SAME.get(field.lower(), SAME.get(field, ""))
    cure = f"did you mean `{same}`?" if same in fields else meant(field, fields)
    return Finding(use.unit.source, use.span, f"`{name}` has no field `{field}`", cure or f"it has {listed(fields)}")


def _fields(flow: Flow, use: Use) -> tuple[str, ...] | None:
    """The fields of what a name stands for; None where they cannot be told."""
    kind = flow.kind_of(use.root, use.owner)
    if kind == "built-in":
        return BUILT_IN[use.root]
    if kind == "contact":
        return PARTY_FIELDS
    if kind == "leg":
        return LEG_FIELDS
    if kind in ("let", "setting", "group"):
        return None if kind != "group" else ()
    if kind != "variable":
        return None
    fields: set[str] = set()
    for at in flow.made[use.root]:
        service = flow.service(at.step.service.text) if at.word == "ask" and at.step.service else None
        if at.word != "ask":
            if at.word in ("gather", "record"):
                continue
            return None
        if service is None or not service.answers:
            return None
        fields |= {answer.name.text for answer in service.answers}
    return tuple(sorted(fields))
