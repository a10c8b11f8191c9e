"""Changes that end a call which nothing else ends. They change what a caller hears, so nobody gets them unasked."""

from flowlang.explorer.survey import Shown
from flowlang.rules.common import Edit, Fix
from flowlang.rules.flow import Flow, StepAt
from flowlang.rules.shown import owner_of, step_of
from flowlang.source import Source, Span

DEEPER = "    "
WAIT = "30s"


def hang_up_behind(flow: Flow, shown: Shown) -> Fix | None:
    """`… then hang up` behind the step that was the last one; `otherwise: hang up` below one that failed."""
    at = step_of(flow, shown.place) if shown.place >= 0 else None
    if at is None or at.step.arms or at.line.steps[-1] != at.step:
        return None
    assert flow.explored is not None
    end = at.step.span.end
    if not flow.explored.has_failed(shown):
        return Fix("end with `then hang up`", (Edit(Span(end, end), " then hang up"),), is_safe=False)
    before = _before(at)
    if before.strip():
        return None
    arm = f":\n{before}{DEEPER}otherwise: hang up"
    return Fix("hang up when that fails", (Edit(Span(end, end), arm),), is_safe=False)


def _before(at: StepAt) -> str:
    """What stands before a step on its line."""
    start = at.step.span.start
    return at.source.text[at.source.text.rfind("\n", 0, start) + 1 : start]


def hang_up_after_a_while(flow: Flow, shown: Shown) -> Fix | None:
    """`after 30s: hang up` below the handler from which on the flow waits."""
    at = step_of(flow, shown.place) if shown.place >= 0 else None
    owner = at.owner if at is not None else owner_of(flow, shown.handler) if shown.handler >= 0 else None
    if owner is None or owner.handler is None:
        return None
    source, span = owner.unit.source, owner.handler.span
    place = _end_of_line(source, span)
    depth = " " * (source.position(span.start).column - 1)
    line = f"\n{depth}after {WAIT}: hang up"
    return Fix(f"hang up after {WAIT}", (Edit(Span(place, place), line),), is_safe=False)


def _end_of_line(source: Source, span: Span) -> int:
    """Where the last line of a block ends, with a comment that stands there."""
    last = span.start + len(source.text[span.start : span.end].rstrip())
    end = source.text.find("\n", last)
    return len(source.text) if end < 0 else end
