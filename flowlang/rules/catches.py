"""Which failures of a handler reach the safety net."""

from flowlang.call.results import covers
from flowlang.rules.flow import FAILS_IN_ORDINARY_LIFE, Flow, Owner
from flowlang.rules.journey import Failure

ENDING = ("ended", "transfer completed")


def reaches_the_net(flow: Flow, owner: Owner, failure: Failure) -> bool:
    """Whether no failure handler takes every failure of that step."""
    return not any(
        other.number != owner.number and takes(other, failure.at.word)
        for other in flow.handlers("failed", "step failed")
    )


def takes(owner: Owner, word: str) -> bool:
    """Whether a failure handler takes every failure of steps with that word."""
    handler = owner.handler
    if handler is None or handler.hours or handler.condition is not None or handler.source or handler.called:
        return False
    event = handler.event
    if owner.stage or event.patterns:
        return False
    return event.step is None or event.step.text == word


def is_caught(flow: Flow, owner: Owner, failure: Failure, result: str) -> bool:
    """Whether arms, catches or handlers take one result of a failed step."""
    if any(covers(pattern, result) for pattern in failure.taken) or not reaches_the_net(flow, owner, failure):
        return True
    for other in flow.handlers("failed", "step failed"):
        event = other.handler.event if other.handler else None
        if event is None or (event.step and event.step.text != failure.at.word):
            continue
        if any(covers(pattern.text, result) for pattern in event.patterns):
            return True
    return False


def ordinary(failures: list[Failure]) -> list[Failure]:
    """Those of steps that fail in ordinary life, in the order of the file."""
    found = [one for one in failures if one.at.word in FAILS_IN_ORDINARY_LIFE]
    return sorted(found, key=lambda one: ((one.via or one.at).step.span.start, one.at.step.span.start))
