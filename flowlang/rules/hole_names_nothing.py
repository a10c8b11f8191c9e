"""A hole in a text that names nothing.

The text would be spoken or logged with a gap in it.

```flow wrong
contact desk = +12345678901

on answered:
    log "Call from {callr.number}"
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

from flowlang.rules.common import Finding, Flow, Severity, corrected, meant
from flowlang.rules.flow import BUILT_IN

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for use in flow.uses:
        if use.want != "hole":
            continue
        name = use.root
        kind = flow.kind_of(name, use.owner)
        if kind is None and not flow.missing and name not in flow.in_doubt:
            names = [*BUILT_IN, *[d.name.text for d in flow.declared if d.space == "names"], *flow.made, *flow.consults]
            near = meant(name, names)
            cure = near or "write `\\{` if you mean the brace itself"
            message = f"nothing is called `{name}`, so nothing is written here"
            fix = corrected(use.unit.source, use.span, name, names)
            yield Finding(use.unit.source, use.span, message, cure, fix=fix)
        elif kind in ("group", "leg") and len(use.names) == 1:
            field = f": `{name}.name`" if kind == "leg" else ""
            yield Finding(
                use.unit.source,
                use.span,
                f"`{name}` is a {kind} and cannot be written into a text",
                f"name one of its fields{field}" if field else "name a contact",
            )
