"""An identifier that is not complete.

Users, tenants, bots and resource accounts are named by 32 digits from 0 to 9 and a to f, in groups of 8, 4, 4, 4
and 12.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704 "Heidi Steen"

on answered: transfer to heidi
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f "Heidi Steen"

on answered: transfer to heidi
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.numbers import parties_of

SEVERITY = Severity.ERROR

GROUPS = (8, 4, 4, 4, 12)
DIGITS = frozenset("0123456789abcdefABCDEF")
PLACES = ("first", "second", "third", "fourth", "fifth")


def check(flow: Flow) -> Iterator[Finding]:
    for unit, party in parties_of(flow):
        for word in (party.id if party.kind != "phone" else None, party.tenant):
            if word is not None and word.text:
                wrong = why_wrong(word.text)
                if wrong:
                    yield Finding(
                        unit.source,
                        word.span,
                        f"this is not a complete identifier: {wrong}",
                        "copy it again: it looks like 550fae72-d251-43ec-868c-373732c2704f",
                    )


def why_wrong(text: str) -> str:
    """What is wrong with an identifier; empty if nothing is."""
    groups = text.split("-")
    strange = sorted({c for group in groups for c in group} - DIGITS)
    if strange:
        return f"`{strange[0]}` is not one of 0-9 and a-f"
    if len(groups) != len(GROUPS):
        return f"it has {len(groups)} group{'s' if len(groups) > 1 else ''} instead of 5"
    for group, wanted, place in zip(groups, GROUPS, PLACES, strict=True):
        if len(group) != wanted:
            return f"its {place} group has {len(group)} digits instead of {wanted}"
    return ""
