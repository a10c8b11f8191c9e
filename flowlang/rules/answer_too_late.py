"""Steps before `answer` that may take longer than a call waits.

An incoming call is gone 15 seconds after it was announced; a later `answer` gets 404/8522. What a flow does before
it answers, rejects or redirects has to fit into 12 seconds: the rest is needed to get there and back.

```flow wrong
contact desk = +12345678901
service crm for 20s

on incoming:
    ask crm about caller.number:
        otherwise: log "The service did not answer"
    answer
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
service crm for 3s

on incoming:
    ask crm about caller.number:
        otherwise: log "The service did not answer"
    answer
on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, at_step, duration
from flowlang.rules.effects import RINGING, own_time_ms
from flowlang.rules.limits import ANSWER_WITHIN_MS, OWN_TIME_BEFORE_ANSWER_MS

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps_of("ask", "wait", "consult"):
        state = flow.journey.state(at)
        if state is None or not state.phase & RINGING:
            continue
        total = state.spent_ms + own_time_ms(flow, at.step)
        if state.spent_ms < OWN_TIME_BEFORE_ANSWER_MS <= total:
            before = "" if not state.spent_ms else ", with what comes before it,"
            limit = duration(ANSWER_WITHIN_MS)
            yield at_step(
                at,
                f"this{before} may take {duration(total)}, and an unanswered call is gone after {limit}",
                f"answer first, or keep it under {duration(OWN_TIME_BEFORE_ANSWER_MS)} with `for`",
            )
