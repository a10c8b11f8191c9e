"""A call queue or auto attendant as a target.

Graph's pages do not say that a resource account can be called or be handed a caller, and such calls have been
refused. The queue's phone number is the way that is documented.

```flow wrong
contact sales = resource account 1d2c3b4a-5e6f-4a7b-8c9d-0e1f2a3b4c5d

on answered: transfer to sales
on failed: hang up
```

```flow right
contact sales = +12345678901

on answered: transfer to sales
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, quoted
from flowlang.syntax import ast

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer", "redirect", "consult", "call", "invite"):
        for target in at.step.targets.items if at.step.targets else ():
            party = target.who
            if isinstance(party, ast.Path):
                contact = flow.contact(party.names[0]) if len(party.names) == 1 else None
                party = contact.value if contact else party
            if isinstance(party, ast.Party) and party.kind == "resource account":
                yield Finding(
                    at.source,
                    target.span,
                    f"Graph does not say that a resource account can be a target, as in {quoted(at)}",
                    "write the phone number of the queue or attendant, or catch the failure",
                )
                break
