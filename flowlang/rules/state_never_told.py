"""A handler of a call state that no notification tells of.

Graph lists `ringing`, `hold` and `redirecting` among the states of a call, yet has not been seen to report them. A
state that is misspelt never comes either.

```flow wrong
contact desk = +12345678901

on state ringing: log "It rings"
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on transferring: log "It rings"
on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, in_owner, meant

SEVERITY = Severity.WARNING

TOLD = (
    "incoming", "establishing", "established", "transferring", "transferAccepted", "terminating", "terminated",
)  # fmt: skip
NOT_TOLD = ("ringing", "hold", "redirecting")  # Graph, call: state; in no example and in no recorded call


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers("state"):
        state = owner.handler.event.state if owner.handler else None
        if state is None or not state.text:
            continue
        if state.text.lower() in NOT_TOLD:
            yield in_owner(
                owner,
                state.span,
                f"Graph has a state `{state.text}`, but has not been seen to tell of it",
                "do not rely on this handler",
            )
        elif state.text.lower().replace("-", "") not in [one.lower() for one in TOLD]:
            cure = meant(state.text, (*TOLD, *NOT_TOLD))
            if cure:
                yield in_owner(owner, state.span, f"Graph has no call state `{state.text}`", cure)
