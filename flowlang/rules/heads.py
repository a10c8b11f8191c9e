"""Which handlers take what others wait for."""

from flowlang.call.results import covers
from flowlang.rules.flow import FAILS_IN_ORDINARY_LIFE, Flow, Owner
from flowlang.rules.logic import ALWAYS, NEVER, Alternative, alternatives, both, can_never_hold, during, negated
from flowlang.syntax import ast

Alternatives = tuple[Alternative, ...] | None
FAILURES = ("failed", "step failed")


def holds_when(flow: Flow, handler: ast.Handler) -> Alternatives:
    """When a handler fits, as far as hours and condition say."""
    found: Alternatives = during(handler.hours.hours.text, handler.hours.outside) if handler.hours else ALWAYS
    if handler.condition is not None:
        found = both(found, alternatives(handler.condition, flow.world))
    return found


def fits_not_when(flow: Flow, handler: ast.Handler) -> Alternatives:
    """The opposite of `holds_when`."""
    found: Alternatives = during(handler.hours.hours.text, not handler.hours.outside) if handler.hours else NEVER
    if handler.condition is not None:
        other = negated(handler.condition, flow.world)
        return None if found is None or other is None else found + other
    return found


def taken_by(flow: Flow, owner: Owner, earlier: list[Owner]) -> Owner | None:
    """The earlier handler that takes everything a later one waits for, or the last of those that do so together."""
    handler = owner.handler
    if handler is None or not handler.event.word:
        return None
    here = holds_when(flow, handler)
    if can_never_hold(here, flow.world):
        return None  # said already
    left, last = here, None
    for other in earlier:
        if other.handler is None or not _event_covers(flow, other, handler):
            continue
        if not _parties_cover(flow, other.handler.source, handler.source) or not _parties_cover(
            flow, other.handler.called, handler.called
        ):
            continue
        outside = fits_not_when(flow, other.handler)
        if can_never_hold(both(here, outside), flow.world):
            return other
        left, last = both(left, outside), other
    return last if last is not None and can_never_hold(left, flow.world) else None


def _event_covers(flow: Flow, owner: Owner, narrow: ast.Handler) -> bool:
    assert owner.handler is not None
    wide, event = owner.handler.event, narrow.event
    if wide.word in FAILURES and event.word in FAILURES:
        if wide.word == "step failed" and (
            event.step is None or wide.step is None or wide.step.text != event.step.text
        ):
            return False
        return not _can_fail(flow, owner) and patterns_cover(wide.patterns, event.patterns)
    if wide.word != event.word or wide.word == "after":
        return False
    keys = {key.text for key in wide.keys}
    if event.keys and "any" not in keys and not {key.text for key in event.keys} <= keys:
        return False
    if wide.target is not None and (
        event.target is None or _texts(flow, (event.target,)) != _texts(flow, (wide.target,))
    ):
        return False
    for a, b in ((wide.leg, event.leg), (wide.state, event.state)):
        if (a.text if a else "") != (b.text if b else ""):
            return False
    return patterns_cover(wide.patterns, event.patterns)


def _can_fail(flow: Flow, owner: Owner) -> bool:
    """Whether a failure handler may fail itself, so that the next one gets the failure (A9)."""
    return any(
        at.word in FAILS_IN_ORDINARY_LIFE and owner.number in flow.journey.owners_of.get(at.number, {at.owner.number})
        for at in flow.steps
    )


def patterns_cover(wide: tuple[ast.Pattern, ...], narrow: tuple[ast.Pattern, ...]) -> bool:
    """Whether some patterns (none: everything) take all that others do."""
    if not wide:
        return True
    return bool(narrow) and all(any(covers(w.text, n.text) for w in wide) for n in narrow)


def _parties_cover(flow: Flow, wide: ast.Targets | None, narrow: ast.Targets | None) -> bool:
    if wide is None:
        return True
    return narrow is not None and _texts(flow, narrow.items) <= _texts(flow, wide.items)


def _texts(flow: Flow, targets: tuple[ast.Target, ...]) -> set[str]:
    """Whom targets name, groups written out."""
    found: set[str] = set()
    for target in targets:
        match target.who:
            case ast.Path(names):
                group = flow.group(names[0]) if names else None
                found |= _texts(flow, group.members) if group else {".".join(names)}
            case ast.Party(kind, word):
                found.add(f"{kind} {word.text.lower()}")
            case ast.Voicemail(of):
                found.add(f"voicemail of {of.text}")
    return found
