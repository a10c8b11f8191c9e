"""A call to something that a service answered, and that nobody has described.

A mistake in the service, or somebody who gets into it, could send callers anywhere. Declare what the service
answers, then only a contact or a number can be called.

```flow wrong
service crm for 2s

on answered:
    ask crm about caller.number as who
    transfer to who.agent
on failed: hang up
```

```flow right
service crm for 2s answers agent contact

on answered:
    ask crm about caller.number as who
    transfer to who.agent
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.declarations import type_of
from flowlang.rules.flow import StepAt
from flowlang.rules.logic import text_of
from flowlang.rules.taints import is_allowed, is_tainted, tainted
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    outside = tainted(flow, ("ask",)) if any(not _is_described(flow, at) for at in flow.steps_of("ask")) else set()
    for at in flow.steps if outside else ():
        for target in at.step.targets.items if at.step.targets else ():
            who = target.who
            if (
                not isinstance(who, ast.Path)
                or not who.names
                or not is_tainted(who.names[0], at.owner, outside)
                or is_allowed(at, who)
            ):
                continue
            if flow.kind_of(who.names[0], at.owner) == "variable" and type_of(flow, who, at.owner) is None:
                field = who.names[1] if len(who.names) > 1 else "agent"
                yield at_step(
                    at,
                    f"`{text_of(who)}` comes from a service, and nothing says what it may be",
                    f"declare it: `service … answers {field} contact`",
                    target.span,
                )


def _is_described(flow: Flow, at: StepAt) -> bool:
    """Whether the file says what the service answers; a member that it does not name is an unknown field then."""
    service = flow.service(at.step.service.text) if at.step.service else None
    return service is not None and bool(service.answers)
