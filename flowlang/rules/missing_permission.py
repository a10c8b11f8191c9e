"""A step that needs a role which the application does not have.

Graph answers 403/7504 then, at the first call. This is said only where the settings tell which roles there are.

```flow wrong granted
on answered:
    play "we_record.wav"
    record as message for 60s
    hang up
on failed: hang up
```

```flow right granted
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    play "we_record.wav"
    transfer to heidi
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    roles = flow.options.granted.roles
    if roles is None:
        return
    from flowlang.rules.needs import needs_of  # only where settings say what there is

    said: set[tuple[str, ...]] = set()
    for need in needs_of(flow):
        if need.kind == "role" and need.any_of not in said and not roles.intersection(need.any_of):
            said.add(need.any_of)
            yield Finding(
                need.source,
                need.span,
                f"{need.why} needs the role {' or '.join(need.any_of)}, which the application does not have",
                "grant it and give the consent again; `flowlang permissions` lists all that a flow needs",
            )
