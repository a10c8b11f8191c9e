"""The caller's number taken as proof of who is calling.

Anybody can send any number. What is said about an account should need a code that only its owner knows.

```flow wrong
service bank for 2s answers balance text

on answered:
    when caller.number is "+12345678901":
        ask bank about caller.number as account
        say "You have {account.balance}"
    hang up
on failed: hang up
```

```flow right
service bank for 2s answers balance text

on answered:
    when caller.number is "+12345678901":
        gather 6 digits as code playing "ask_code.wav"
        ask bank about code as account
        say "You have {account.balance}"
    hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.syntax import ast

SEVERITY = Severity.WARNING

NUMBER = ("caller", "number")


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("ask"):
        state = flow.journey.state(at)
        if state is not None and not state.typed and at.step.variable and any(_is_proof(one) for one in at.guards):
            yield at_step(
                at,
                "the caller's number is the only proof of who is calling here, and anybody can send any number",
                "let the caller type a code first: `gather 6 digits as code`",
            )


def _is_proof(condition: ast.Condition) -> bool:
    match condition:
        case ast.And(left, right) | ast.Or(left, right):
            return _is_proof(left) or _is_proof(right)
        case ast.Compare("is", left, right):
            return any(isinstance(one, ast.Path) and one.names == NUMBER for one in (left, right))
        case ast.InGroup(value, _):
            return isinstance(value, ast.Path) and value.names == NUMBER
        case _:
            return False
