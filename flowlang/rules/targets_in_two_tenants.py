"""Targets in different tenants.

Graph transfers only between users of one tenant; the others fail with 403/7505. Callers come into one tenant, so
one of the targets is out of reach.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f tenant 72f988bf-86f1-41af-91ab-2d7cd011db47
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03 tenant 1c9b7e40-2d5a-4e83-8f61-a7b3c5d9e024

on answered:
    transfer to heidi:
        otherwise: transfer to anna
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f tenant 72f988bf-86f1-41af-91ab-2d7cd011db47
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47

on answered:
    transfer to heidi:
        otherwise: transfer to anna
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity
from flowlang.rules.numbers import parties_of

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    tenants = [(unit, party.tenant) for unit, party in parties_of(flow) if party.tenant and party.tenant.text]
    if not tenants:
        return
    first_unit, first = tenants[0]
    for unit, tenant in tenants[1:]:
        if tenant.text.lower() != first.text.lower():
            yield Finding(
                unit.source,
                tenant.span,
                "this is another tenant, and a call moves only inside one",
                "use a phone number for people of another tenant",
                (Note(first_unit.source, first.span, "the first tenant"),),
            )
            return
