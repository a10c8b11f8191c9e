"""A voicemail of somebody who has none.

Graph reaches the voicemail of Teams users only, not that of numbers, bots or resource accounts.

```flow wrong
contact cell  = +12345678901
contact inbox = voicemail of cell

on answered: transfer to inbox
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact inbox = voicemail of heidi

on answered: transfer to inbox
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.voicemails import voicemails_of
from flowlang.syntax import ast

SEVERITY = Severity.ERROR

ARE = {"phone": "a phone number", "bot": "a bot", "resource account": "a resource account"}


def check(flow: Flow) -> Iterator[Finding]:
    for unit, voicemail in voicemails_of(flow):
        contact = flow.contact(voicemail.of.text)
        if contact is None or (isinstance(contact.value, ast.Party) and contact.value.kind == "user"):
            continue
        what = ARE.get(contact.value.kind, "") if isinstance(contact.value, ast.Party) else "a voicemail itself"
        yield Finding(
            unit.source,
            voicemail.span,
            f"`{voicemail.of.text}` is {what}, and only users have a voicemail",
            "name a contact that is a `user`",
        )
