"""`result` where nothing has failed or ended.

There is nothing to read, so a text gets a gap and a comparison is no. `result` is known in the arms of a step, in
`if that fails`, and in handlers of `failed` and `ended`.

```flow wrong
contact desk = +12345678901

on answered:
    log "Answered: {result.code}"
    transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    transfer to desk:
        otherwise: log "Not moved: {result.code}" then hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity
from flowlang.rules.flow import StepAt

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for use in flow.uses:
        if use.root != "result" or use.is_catching or flow.kind_of("result", use.owner) != "built-in":
            continue
        notes: tuple[Note, ...] = ()
        if use.owner and use.owner.routine:
            call = _call_without_failure(flow, use.owner.routine.name.text, ())
            if call is None:
                continue
            notes = (Note(call.source, call.step.span, "run from here, where nothing has failed"),)
        yield Finding(
            use.unit.source,
            use.span,
            "nothing has failed or ended here, so there is no `result`",
            "read it in an arm, in `if that fails:` or in `on failed`",
            notes,
        )


def _call_without_failure(flow: Flow, routine: str, above: tuple[str, ...]) -> StepAt | None:
    """A `do` that runs the routine where nothing has failed."""
    for at in flow.steps_of("do"):
        if at.in_catch or at.step.name is None or at.step.name.text != routine or routine in above:
            continue
        if at.owner.routine is None:
            return at
        outer = _call_without_failure(flow, at.owner.routine.name.text, (*above, routine))
        if outer is not None:
            return outer
    return None
