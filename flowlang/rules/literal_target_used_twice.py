"""A number or person written out in several places.

When it changes, one place is forgotten. Give it a name once.

```flow wrong
on answered:
    transfer to +12345678901
if that fails:
    play "sorry.wav" then transfer to +12345678901
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    transfer to desk
if that fails:
    play "sorry.wav" then transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.diagnostics import Edit
from flowlang.rules.common import Finding, Fix, Flow, Note, Severity
from flowlang.source import Span
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    named = {
        _key(item.value): item
        for item in flow.main.file.items
        if isinstance(item, ast.Contact) and isinstance(item.value, ast.Party)
    }
    seen: dict[tuple[str, str, str], Span] = {}
    said: set[tuple[str, str, str]] = set()
    for at in flow.steps:
        for target in at.step.targets.items if at.step.targets and not at.owner.unit.number else ():
            party = target.who
            if not isinstance(party, ast.Party) or not party.id.text:
                continue
            key = _key(party)
            contact = named.get(key)
            if contact is not None:
                edit = Edit(party.span, contact.name.text)
                fix = Fix(f"write `{contact.name.text}`", (edit,), contact.language is None and contact.region is None)
                yield Finding(
                    at.source,
                    party.span,
                    f"this is `{contact.name.text}`",
                    f"write `{contact.name.text}`",
                    (Note(at.source, contact.name.span, "named here"),),
                    fix=fix,
                )
            elif key in seen and key not in said:
                said.add(key)
                yield Finding(
                    at.source,
                    party.span,
                    "this target is written out in several places",
                    f"give it a name: `contact desk = {at.source.text[party.span.start : party.span.end]}`",
                    (Note(at.source, seen[key], "also here"),),
                )
            seen.setdefault(key, party.span)


def _key(party: ast.Party) -> tuple[str, str, str]:
    return party.kind, party.id.text.lower(), party.tenant.text.lower() if party.tenant else ""
