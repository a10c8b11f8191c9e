"""A consult that rings until a voicemail picks up.

Mailboxes take a call after 20 to 30 seconds, and the platform cannot tell them from a person: the caller is handed
over to a recording. Ring for less, or let the person press a key.

```flow wrong
contact cell = +12025550123

on answered:
    consult cell for 60s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```

```flow right
contact cell = +12025550123

on answered:
    consult cell for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, spoken
from flowlang.rules.effects import bound_ms
from flowlang.rules.limits import DEFAULT_RING_MS, RING, VOICEMAIL_AFTER_MS
from flowlang.rules.voicemails import voicemail_target
from flowlang.syntax import ast

SEVERITY = Severity.INFO

WITHOUT_MAILBOX = ("resource account", "bot")


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("consult"):
        step = at.step
        ms = bound_ms(flow, step, 0 if step.bound else DEFAULT_RING_MS)
        if not VOICEMAIL_AFTER_MS < ms <= RING.most or step.accepting or step.without_forwarding:
            continue
        if voicemail_target(flow, at):
            continue  # and another rule says so
        if step.bound is None and step.playing is None:
            continue  # there is silence as well, of which another rule speaks
        if step.targets and not all(_has_no_mailbox(flow, target) for target in step.targets.items):
            yield at_step(
                at,
                f"this rings for {spoken(ms)}, and most mailboxes pick up after 20 to 30 seconds",
                'ring `for 18s`, or let the person take it with a key: `announcing "ask.wav" accepting 1`',
                step.bound.span if step.bound else None,
            )


def _has_no_mailbox(flow: Flow, target: ast.Target) -> bool:
    party = target.who
    if isinstance(party, ast.Path):
        contact = flow.contact(party.names[0]) if len(party.names) == 1 else None
        party = contact.value if contact else party
    return isinstance(party, ast.Party) and party.kind in WITHOUT_MAILBOX
