"""A call to a number that the caller typed.

Whoever calls can ring any number in the world at your cost. Compare the digits with the numbers that are allowed.

```flow wrong
on answered:
    gather 12 digits as number playing "ask_number.wav"
    transfer to number
on failed: hang up
```

```flow right
contact anna = +12345678901
contact ben  = +12025550123

on answered:
    gather 2 digits as number playing "ask_number.wav"
    when number is "10":
        transfer to anna
    else:
        transfer to ben
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.rules.taints import is_allowed, is_tainted, tainted
from flowlang.syntax import ast

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    typed = tainted(flow, ("gather",))
    for at in flow.steps if typed else ():
        for target in at.step.targets.items if at.step.targets else ():
            who = target.who
            if (
                isinstance(who, ast.Path)
                and who.names
                and is_tainted(who.names[0], at.owner, typed)
                and not is_allowed(at, who)
            ):
                yield at_step(
                    at,
                    "this calls any number that the caller types",
                    f"ask first: `when {who.names[0]} is …` or `when {who.names[0]} in …`",
                    target.span,
                )
