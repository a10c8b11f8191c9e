"""A step that can never run.

After `goto`, `stop`, `hang up`, `redirect` or `reject` the path is at its end. When the call is over only `log`,
`set` and `notify`
may follow; in `on ended` also `ask`, `wait`, `when` and `start`.

```flow wrong
contact desk = +12345678901

on answered: goto waiting then transfer to desk

stage waiting:
    on enter: play "hold.wav" then hang up

on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: goto waiting

stage waiting:
    on enter: play "hold.wav" then transfer to desk

on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.dead_steps import dead_after, place_of

SEVERITY = Severity.ERROR

WHY = {
    "goto": ("`goto` has left before this, so it never runs", "put it before `goto`, or into the stage"),
    "stop": ("`stop` has ended the handler before this, so it never runs", "put it before `stop`"),
    "retry": ("`retry` goes back to the step, so this never runs", "put it before `retry`"),
    "hang up": ("the call is over after `hang up`, so this cannot run", "put it before `hang up`, or into `on ended`"),
    "redirect": ("the caller is gone after `redirect`, so this cannot run", "put it before `redirect`"),
    "reject": ("the caller is gone after `reject`, so this cannot run", "put it before `reject`"),
    "answer": (
        "when `answer` fails the caller is gone, so this cannot run",
        "only `log`, `set` and `notify` may stand here",
    ),
    "ended": (
        "the call is over in `on ended`, so this cannot run",
        "only `log`, `set`, `notify`, `ask`, `wait`, `when` and `start` may stand here",
    ),
}


def check(flow: Flow) -> Iterator[Finding]:
    for dead in dead_after(flow, *WHY):
        source, span = place_of(flow, dead)
        yield Finding(source, span, *WHY[dead.ended_by])
