"""The caller hears nothing for more than three seconds.

After that people think the line is dead and hang up. The silence is added up over the steps of a path: what calls
somebody without `playing`, `wait`, a slow service, a prompt for somebody else, the pause of a `retry`.

```flow wrong
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s
    transfer replacing consult
on failed: hang up
```

```flow right
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f

on answered:
    consult heidi for 18s playing "hold.wav"
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, at_step, spoken
from flowlang.rules.flow import StepAt
from flowlang.rules.retries_for_minutes import silent_retries

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    found = flow.times.silences()
    if not found:
        return
    said = {at.number for at, _, _ in silent_retries(flow)}  # by the rule about retries
    for at, since, ms in found:
        if at.number not in said and at.word != "invite":  # it makes a meeting, of which another rule speaks
            is_same = since.number == at.number
            notes = [] if is_same else [Note(since.source, since.step.span, "nothing is to be heard from here on")]
            yield at_step(at, f"the caller may hear nothing for {spoken(ms)}", _cure(at), notes=notes)


def _cure(at: StepAt) -> str:
    match at.word:
        case "consult":
            return 'play something meanwhile: `playing "hold.wav"`'
        case "wait":
            return 'write `play "hold.wav" repeating for …` instead'
        case "ask":
            return "give the service two seconds at most, `for 2s`, and say what happens when it is late"
        case "play" | "say" | "menu" | "gather":
            return "tell the caller before it that it takes a moment"
        case _:
            return 'make the pause shorter, or `play "hold.wav"` in it'
