"""An ordinary failure that nothing in the flow catches.

People are busy, services are down, callers type nothing. Then the safety net runs: a prompt of the operator's, if
there is one, and the call is hung up. One finding for each handler.

```flow wrong
contact desk = +12345678901

on answered: transfer to desk
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: play "goodbye.wav" then hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.catches import ENDING, ordinary, reaches_the_net
from flowlang.rules.common import Finding, Flow, Note, Severity, at_step, listed
from flowlang.rules.heads import FAILURES
from flowlang.rules.journey import Failure
from flowlang.rules.voicemails import voicemail_target

SEVERITY = Severity.WARNING

CURE = "say what happens then: an arm `otherwise:`, `if that fails:` below, or `on failed:` for the whole flow"


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.handlers():
        if owner.event in FAILURES or owner.event in ENDING:
            continue
        for failure in ordinary(flow.journey.uncaught.get(owner.number, [])):
            if reaches_the_net(flow, owner, failure) and not _has_its_own_rule(flow, failure):
                yield _finding(failure)
                break


def _has_its_own_rule(flow: Flow, failure: Failure) -> bool:
    """Menus without a way out, group transfers and voicemails are spoken of by other rules."""
    at = failure.at
    return at.word == "menu" or (
        at.word == "transfer" and (at.step.participant is not None or voicemail_target(flow, at) is not None)
    )


def _finding(failure: Failure) -> Finding:
    at = failure.via or failure.at
    taken = f" otherwise than {listed(list(dict.fromkeys(failure.taken)))}" if failure.taken else ""
    notes = [Note(failure.at.source, failure.at.step.span, "the step that fails")] if failure.via else []
    return at_step(at, f"if this fails{taken}, only the safety net catches it, which hangs up", CURE, notes=notes)
