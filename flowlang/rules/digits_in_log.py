"""What the caller typed, written into the log.

It may be a PIN, a card number or a date of birth. Logs are kept for long and are read by many.

```flow wrong
contact desk = +12345678901

on answered:
    gather 4 digits as pin playing "ask_pin.wav"
    log "PIN {pin}"
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    gather 4 digits as pin playing "ask_pin.wav"
    log "PIN taken"
    transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.taints import is_tainted, tainted

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    typed = tainted(flow, ("gather",))
    for use in flow.uses:
        if (
            use.want == "hole"
            and use.step
            and use.step.word in ("log", "notify")
            and is_tainted(use.root, use.owner, typed)
        ):
            where = "the log" if use.step.word == "log" else "a message to a service"
            yield Finding(
                use.unit.source,
                use.span,
                f"this writes into {where} what the caller typed",
                "say only that something was typed",
            )
