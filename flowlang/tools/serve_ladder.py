"""The ladder of a call that is in the store: its facts are played through the engine once more."""

from collections.abc import Mapping, Sequence

from flowlang.call import commands, facts
from flowlang.codec import NotReadableError, digest, from_json
from flowlang.engine.index import ready
from flowlang.engine.step import new_session, step
from flowlang.ladder.canvas import Look
from flowlang.ladder.draw import draw
from flowlang.ladder.story import Entry as Line
from flowlang.ladder.story import Exchange, Story, Told
from flowlang.plan import NONE, Consult, Plan
from flowlang.source import Source
from flowlang.store.base import Entry
from flowlang.wire.http import HttpRequest

NOT_KEPT = HttpRequest("", "", (), b"")
LOOK = Look(80, False, True)
NO_SOURCES: Mapping[str, Source] = {}


def stored_ladder(
    plan: Plan, entries: Sequence[Entry], sources: Mapping[str, Source] = NO_SOURCES, look: Look = LOOK
) -> str:
    """Lines of text; with the lines of the flow where `sources` has its files. A fact that cannot be read any more is
    left out, and said."""
    story, unread = story_of(plan, entries)
    story = story._replace(sources=dict(sources))
    more = [f"{unread} facts of another release are left out"] if unread else []
    return "\n".join([*draw(story, look), *more])


def story_of(plan: Plan, entries: Sequence[Entry]) -> tuple[Story, int]:
    """What there is to draw, and how many facts could not be read."""
    import json

    session = new_session("", digest(plan), plan)
    lines: list[Line] = []
    exchanges: dict[int, Exchange] = {}
    began_ms, unread = entries[0].at_ms if entries else 0, 0
    for entry in entries:
        try:
            fact = from_json(json.loads(entry.fact))
        except (ValueError, NotReadableError):
            unread += 1
            continue
        assert isinstance(fact, facts.Fact)
        at_ms = entry.at_ms - began_ms
        if isinstance(fact, facts.RequestAnswered) and fact.request in exchanges:
            exchanges[fact.request] = exchanges[fact.request]._replace(
                status=fact.status, answered_ms=at_ms, result=fact.result
            )
        stepped = step(plan, session, fact)
        session = stepped.session
        places = {int(one.facts[0]): one.place for one in stepped.trace if one.code == "request"}
        lines += [Line(at_ms, one) for one in stepped.trace]
        for command in stepped.commands:
            if isinstance(command, commands.Request):
                exchanges[command.number] = Exchange(
                    command.number, command.leg, places.get(command.number, NONE), command.act, at_ms, NOT_KEPT
                )
    whole = ready(plan)
    begun = {one.trace.leg: whole.places[one.trace.place].step for one in lines if one.trace.code == "leg"}
    legs = []
    for leg in session.legs:
        made = begun.get(leg.number)
        is_caller = leg.number == session.primary and session.direction == "incoming"
        name = leg.name or (made.leg if isinstance(made, Consult) else "caller")
        legs.append(Told(leg.number, name, session.caller if is_caller else leg.party))
    path = plan.files[0] if plan.files else ""
    return Story(whole, tuple(lines), tuple(exchanges.values()), tuple(legs), session.primary, {}, path, 0), unread
