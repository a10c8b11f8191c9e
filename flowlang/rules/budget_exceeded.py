"""The flow has more calls than the check could play in the time it was given. What it did play was looked at.

Stages, routines in routines and many steps side by side multiply. Mostly it helps to move a part into a flow of its
own. `--budget 60s` gives the check more time.
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.source import Span

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    if flow.explored is None or flow.explored.is_whole:
        return
    plan, seen = flow.explored.plan, flow.explored.survey
    states = len(flow.explored.space.sessions)
    handlers = sum(1 for number in seen.handlers if plan.handlers[number].line)
    written = sum(1 for handler in plan.handlers if handler.line)
    message = (
        f"not every call could be played: {states:,} situations were seen, "
        f"{handlers} of {written} handlers and {len(seen.places)} of {len(plan.places)} steps"
    )
    items = flow.main.file.items
    span = Span(items[0].span.start, items[0].span.start + 1) if items else Span(0, 1)
    yield Finding(flow.main.source, span, message, "give it more time with `--budget 60s`, or divide the flow")
