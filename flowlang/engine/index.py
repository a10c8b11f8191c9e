"""Tables made from a plan once, so that a fact finds its handlers and steps without a search."""

from typing import NamedTuple

from flowlang import steps
from flowlang.plan import NONE, Handler, HangUp, Known, Place, Plan, Say, Targets, Transfer
from flowlang.steps.base import StepWord

KEPT_INDEXES = 64


class Index(NamedTuple):
    """`words[place]`, `finals[place]`: the step word there, and whether Graph cannot take it back.

    `handlers[stage + 1][event]`: numbers of the handlers in reach, the stage's own first. `step failed` and `failed`
    stand together under `failed`, in their order. `wants_media`: something is played, recorded or listened to.
    `plain[handler]`: it fits every event of its kind. `after`: stages (NONE: the flow) that have timers. `plan`: the
    plan itself, with the place of an operator's transfer.
    """

    plan: Plan
    words: tuple[StepWord, ...]
    finals: tuple[bool, ...]
    handlers: tuple[dict[str, tuple[int, ...]], ...]
    wants_media: bool
    plain: tuple[bool, ...]
    after: frozenset[int]


def _is_plain(handler: Handler) -> bool:
    """Whether a handler fits every event of its kind."""
    filters = (
        handler.keys,
        handler.leg,
        handler.state,
        handler.patterns,
        handler.party,
        handler.source,
        handler.called,
    )
    return handler.condition is None and not any(filters)


def _reach(plan: Plan, stage: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for own in (stage, NONE) if stage != NONE else (NONE,):
        for number, handler in enumerate(plan.handlers):
            if handler.stage == own:
                event = "failed" if handler.event == "step failed" else handler.event
                found.setdefault(event, []).append(number)
    return {event: tuple(numbers) for event, numbers in found.items()}


def ready(plan: Plan) -> Plan:
    """The plan with one place more: what an operator's transfer runs. Whoever looks up places of a session or of a
    trace that may hold such a transfer looks here.

    It is not compiled in, since no flow can get there: the checks prove things about what the flow itself does.
    """
    if plan.by_hand != NONE:
        return plan
    place = Place(Transfer(Targets("one", (Known("by hand"),))))
    return plan._replace(places=(*plan.places, place), by_hand=len(plan.places))


def build(plan: Plan) -> Index:
    """The tables of a plan."""
    plan = ready(plan)
    words = tuple([steps.BY_KIND[type(place.step)] for place in plan.places])
    finals = tuple(
        [
            word.is_final and not (isinstance(place.step, HangUp) and place.step.leg)
            for word, place in zip(words, plan.places, strict=True)
        ]
    )
    handlers = tuple([_reach(plan, stage) for stage in range(NONE, len(plan.stages))])
    speaks = any(isinstance(place.step, Say) or word.word in ("record", "menu", "gather")
                 for word, place in zip(words, plan.places, strict=True))  # fmt: skip
    plain = tuple([_is_plain(handler) for handler in plan.handlers])
    after = frozenset(handler.stage for handler in plan.handlers if handler.event == "after")
    return Index(plan, words, finals, handlers, bool(plan.prompts) or plan.wants_keys or speaks, plain, after)


_INDEXES: dict[int, tuple[Plan, Index]] = {}


def index_of(plan: Plan) -> Index:
    """The tables of a plan, kept for the plans in use. The plan itself is held, so that its identity stays its own."""
    known = _INDEXES.get(id(plan))
    if known is not None and known[0] is plan:
        return known[1]
    if len(_INDEXES) >= KEPT_INDEXES:
        _INDEXES.clear()
    index = build(plan)
    _INDEXES[id(plan)] = (plan, index)
    return index
