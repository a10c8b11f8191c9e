"""Findings of the exploration: from a place of the plan to the step in the text, with the call that shows it."""

from flowlang.explorer.survey import Shown
from flowlang.ladder.words import result_words
from flowlang.plan import WORDS, When
from flowlang.rules.common import Finding, in_owner
from flowlang.rules.flow import Flow, Owner, StepAt, WhenAt
from flowlang.source import Span


def step_of(flow: Flow, place: int) -> StepAt | None:
    """The step of the text that a place of the plan was made of; None where it has none of its own."""
    assert flow.explored is not None
    at = flow.explored.plan.places[place]
    if not at.line:
        return None
    word = WORDS[type(at.step)]
    for one in flow.steps:
        unit = one.owner.unit
        position = unit.source.position(one.step.span.start)
        if unit.number == at.file and position.line == at.line and one.word == word:
            return one
    return None


def _when_of(flow: Flow, place: int) -> WhenAt | None:
    """The `when` of the text that a place of the plan was made of."""
    assert flow.explored is not None
    at = flow.explored.plan.places[place]
    for one in flow.whens if isinstance(at.step, When) else ():
        unit = one.owner.unit
        if unit.number == at.file and unit.source.position(one.when.span.start).line == at.line:
            return one
    return None


def owner_of(flow: Flow, handler: int) -> Owner | None:
    """The handler of the text that a handler of the plan was made of."""
    assert flow.explored is not None
    made = flow.explored.plan.handlers[handler]
    for one in flow.handlers():
        if one.unit.number == made.file and one.unit.source.position(one.head.start).line == made.line:
            return one
    return None


def shown_at(flow: Flow, shown: Shown, message: str, ending: str, cure: str, label: str = "") -> Finding:
    """A finding about the step, else the handler, that was last on the way there."""
    assert flow.explored is not None
    step = step_of(flow, shown.place) if shown.place >= 0 else None
    when = _when_of(flow, shown.place) if shown.place >= 0 else None
    owner = owner_of(flow, shown.handler) if step is None and shown.handler >= 0 else None
    told, facts = flow.explored.told(shown, ending), flow.explored.facts(shown)
    if step is not None:
        return Finding(step.source, step.step.span, message, cure, (), label, told, facts)
    if when is not None:
        span = when.when.span
        head = Span(span.start, when.when.branches[0].body.span.start if when.when.branches else span.end)
        head = Span(head.start, head.start + len(when.owner.unit.source.text[head.start : head.end].rstrip(" \n:")))
        label = f"none of its branches runs, and {label}" if label else label
        return Finding(when.owner.unit.source, head, message, cure, (), label, told, facts)
    if owner is not None:
        return in_owner(owner, owner.head, message, cure)._replace(label=label, call=told, facts=facts)
    source = flow.main.source
    items = flow.main.file.items
    span = Span(items[0].span.start, items[0].span.start + 1) if items else Span(0, 1)
    return Finding(source, span, message, cure, (), label, told, facts)


def how_it_failed(flow: Flow, shown: Shown) -> str:
    """`486/0 busy`, or nothing when the last step did not fail."""
    assert flow.explored is not None
    return result_words(flow.explored.failure_before(shown))
