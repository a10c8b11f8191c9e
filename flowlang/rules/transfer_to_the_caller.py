"""A call to the caller, who is on the line already.

They are busy talking to this flow, so the transfer or consult cannot succeed.

```flow wrong
on answered: transfer to caller
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("transfer", "redirect", "consult", "invite"):
        for target in at.step.targets.items if at.step.targets else ():
            who = target.who
            if (
                isinstance(who, ast.Path)
                and who.names[:1] == ("caller",)
                and flow.kind_of("caller", at.owner) == "built-in"
            ):
                yield at_step(
                    at,
                    "the caller is on the line already and cannot be called",
                    "to call somebody back, `start` another flow in `on ended`",
                    target.span,
                )
