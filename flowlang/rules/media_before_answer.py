"""A step that needs a call which is up, before it is.

There is no sound before a call is answered: nobody would hear the prompt, and Graph refuses it.

```flow wrong
contact desk = +12345678901

on incoming: play "welcome.wav" then answer
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: play "welcome.wav" then transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.before_answer import is_before_call, too_early, whether_answered
from flowlang.rules.common import Finding, Flow, Severity, at_step

SEVERITY = Severity.ERROR

NEEDS = {
    "play": "nobody can hear a prompt",
    "say": "nobody can hear a text",
    "menu": "nobody can hear a menu or press a key",
    "gather": "nobody can press a key",
    "record": "there is nothing to record",
}


def check(flow: Flow) -> Iterator[Finding]:
    for at in too_early(flow):
        if at.word == "transfer":
            continue
        needs = NEEDS.get(at.word, f"`{at.word}` cannot be done")
        if is_before_call(flow, at):
            yield at_step(at, f"there is no call yet, so {needs}", "place it first with `call` or `join`")
        else:
            yield at_step(
                at, f"{whether_answered(flow, at)}, so {needs}", "move it to `on answered`, or `answer` first"
            )
