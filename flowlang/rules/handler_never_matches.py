"""A handler that can never run.

Handlers are tried from top to bottom and the first that fits runs. When a general one stands above a special one,
the special one never gets its turn. Some events cannot come at all: no transfer fails in a flow that transfers
nobody.

```flow wrong
contact desk  = +12345678901
contact inbox = +12025550123
hours office  = mon-fri 08:00-18:00 in Europe/Berlin

on answered: transfer to inbox
on answered during office: transfer to desk
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact inbox = +12025550123
hours office  = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to desk
on answered: transfer to inbox
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import CATALOGUE
from flowlang.rules.common import Finding, Flow, Note, Severity, in_owner
from flowlang.rules.flow import Owner
from flowlang.rules.heads import taken_by
from flowlang.rules.outcomes import cannot_end_as

SEVERITY = Severity.ERROR

NEEDS_TRANSFER = ("transferring", "transfer accepted", "transfer completed")


def check(flow: Flow) -> Iterator[Finding]:
    seen: dict[str, list[Owner]] = {}
    for owner in flow.handlers():
        if owner.head.start == owner.head.end:
            continue  # it could not be read
        earlier = seen.setdefault(owner.stage, [])
        other = taken_by(flow, owner, earlier)
        if other is not None:
            yield in_owner(
                owner,
                owner.head,
                f"`{other.title}` above takes all of this, so this handler never runs",
                "put the special case above the general one",
                [Note(other.unit.source, other.head, "this one runs instead")],
            )
        else:
            yield from _cannot_come(flow, owner)
        earlier.append(owner)


def _cannot_come(flow: Flow, owner: Owner) -> Iterator[Finding]:
    handler = owner.handler
    if handler is None:
        return
    event = handler.event
    if owner.stage and event.word in ("incoming", "start"):
        yield in_owner(
            owner,
            event.span,
            f"`{event.word}` comes before any stage, so it never comes here",
            "move the handler out of the stage",
        )
    if flow.has_syntax_errors:
        return
    if event.word in NEEDS_TRANSFER and not flow.steps_of("transfer"):
        yield in_owner(
            owner, event.span, "nothing in this flow transfers anybody, so this never comes", "take the handler out"
        )
    elif event.word == "step failed" and event.step and not flow.steps_of(event.step.text):
        yield in_owner(
            owner, event.span, f"this flow has no step `{event.step.text}` that could fail", "take the handler out"
        )
    for pattern in event.patterns if event.word == "step failed" and event.step else ():
        if pattern.text in CATALOGUE and event.step and cannot_end_as(event.step.text, None, pattern.text):
            yield in_owner(
                owner, pattern.span, f"`{event.step.text}` never ends as `{pattern.text}`", "take the pattern out"
            )
