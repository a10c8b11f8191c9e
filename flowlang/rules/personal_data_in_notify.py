"""Who the caller is, told to a service.

The number or name leaves the house with this message. That may be right; it should be meant.

```flow wrong
contact desk = +12345678901
service pager

on answered:
    notify pager "A call from {caller.number}"
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
service pager

on answered:
    notify pager "A call is waiting"
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    for use in flow.uses:
        if use.want == "hole" and use.step and use.step.word == "notify" and use.root == "caller":
            what = ".".join(use.names)
            yield Finding(
                use.unit.source,
                use.span,
                f"this tells a service the caller's data (`{what}`)",
                "leave it out, if the service can do without",
            )
