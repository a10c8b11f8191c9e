"""`established` as an event.

The platform repeats `established` for sound, chat and keys, several times in a call. The event `answered` comes
once.

```flow wrong
contact desk = +12345678901

on state established: transfer to desk
on answered: log "The call is up"
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers("state"):
        event = owner.handler.event if owner.handler else None
        if event and event.state and event.state.text.lower() == "established":
            yield in_owner(
                owner,
                event.span,
                "the platform says `established` again and again during a call",
                "write `on answered`, which comes once",
            )
