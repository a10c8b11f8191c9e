"""A way through `on incoming` on which nobody answers.

The caller hears it ring for 15 seconds, then the platform takes the call away. Every way has to come to `answer`,
`reject` or `redirect`.

```flow wrong
contact desk = +12345678901

on incoming:
    when caller.number starts with "+49":
        answer
    else:
        log "A call from abroad"
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on incoming:
    when caller.number starts with "+49":
        answer
    else:
        reject
on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.before_answer import too_early
from flowlang.rules.common import Finding, Flow, Severity, in_owner
from flowlang.rules.effects import RINGING

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    said = {number for at in too_early(flow) for number in flow.journey.owners_of.get(at.number, ())}
    for owner in flow.handlers("incoming", "enter"):
        ends = [state for state in flow.journey.ends.get(owner.number, []) if state.phase & RINGING]
        if not ends or owner.number in said:
            continue
        is_sometimes = len(ends) < len(flow.journey.ends[owner.number]) or any(state.phase != RINGING for state in ends)
        is_sometimes = is_sometimes or any(
            at.owner.number == owner.number and at.word in ("answer", "reject", "redirect") for at in flow.steps
        )
        message = (
            "on some way through this the call is not answered" if is_sometimes else "the call is never answered here"
        )
        yield in_owner(owner, owner.head, message, "end every way with `answer`, `reject` or `redirect`")
