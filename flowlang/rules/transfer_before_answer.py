"""A transfer of a call that is not up.

Graph moves only calls that were answered and refuses others with 400/8501. Before answering, `redirect` sends the
caller on.

```flow wrong
contact desk = +12345678901

on incoming: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on incoming: redirect to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.before_answer import is_before_call, too_early, whether_answered
from flowlang.rules.common import Finding, Flow, Severity, at_step

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in too_early(flow):
        if at.word != "transfer":
            continue
        if is_before_call(flow, at):
            yield at_step(at, "there is no call yet that could be transferred", "place it first with `call` or `join`")
        else:
            yield at_step(
                at,
                f"{whether_answered(flow, at)}, and only a call that is up can be transferred",
                "write `redirect to …`, or `answer` first",
            )
