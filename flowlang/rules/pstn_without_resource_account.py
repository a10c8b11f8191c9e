"""A call to a phone number by an application that has no number of its own.

Graph places calls to phone numbers only for a resource account that belongs to the application and has a number;
otherwise they end with 412/10073 or 403/7507. This is said only where the settings tell what the application has.

```flow wrong granted
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```

```flow right granted
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered: transfer to heidi
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    if flow.options.granted.resource_account is not False:
        return
    from flowlang.rules.needs import needs_of  # only where settings say what there is

    for need in needs_of(flow):
        if need.kind == "number":
            yield Finding(
                need.source,
                need.span,
                "this calls a phone number, and the application has no resource account with a number",
                "`flowlang permissions` lists what has to be there",
            )
            return
