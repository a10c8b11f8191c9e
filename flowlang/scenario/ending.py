"""What a simulated call came to, in one word and one sentence."""

from typing import Literal, NamedTuple

from flowlang.call.results import TRANSFER_COMPLETED_SUBCODE, Result
from flowlang.call.session import NONE, Session
from flowlang.engine.step import is_finished
from flowlang.ladder.story import Entry
from flowlang.plan import Plan, Redirect, Reject, Transfer

Word = Literal["transferred", "ended", "rejected", "redirected", "stranded", "running"]


class Ending(NamedTuple):
    """`result`: how the caller's leg ended, None while it is up. `place`: where the flow stopped or stands."""

    word: Word
    at_ms: int
    result: Result | None
    place: int = NONE
    used_safety_net: bool = False


def ending_of(plan: Plan, session: Session, entries: tuple[Entry, ...], at_ms: int, *, is_stranded: bool) -> Ending:
    """How a call ended. `at_ms` counts from its beginning."""
    leg = session.legs[session.primary] if session.primary >= 0 else None
    result = leg.result if leg is not None and leg.is_over else None
    net = any(entry.trace.code == "safety-net" for entry in entries)
    done = {type(plan.places[e.trace.place].step) for e in entries if e.trace.code == "done" and e.trace.place >= 0}
    places = (e.trace.place for e in reversed(entries) if e.trace.code != "request" and e.trace.place >= 0)
    last = next((place for place in places if plan.places[place].line), NONE)
    if is_stranded:
        return Ending("stranded", at_ms, None, last, net)
    over = (e.at_ms for e in reversed(entries) if e.trace.code == "leg-over" and e.trace.leg == session.primary)
    ended_ms = next(over, at_ms)
    if Transfer in done or (result is not None and result.subcode == TRANSFER_COMPLETED_SUBCODE):
        moved_ms = next((e.at_ms for e in entries if e.trace.code == "done" and _is(plan, e, Transfer)), ended_ms)
        return Ending("transferred", moved_ms, result, used_safety_net=net)
    if leg is not None and not leg.is_over and not is_finished(session):
        return Ending("running", at_ms, None, last, net)
    if Redirect in done:
        return Ending("redirected", ended_ms, result, used_safety_net=net)
    if Reject in done or any(e.trace.code == "request" and e.trace.facts[1] == "reject" for e in entries):
        return Ending("rejected", ended_ms, result, used_safety_net=net)
    return Ending("ended", ended_ms, result, used_safety_net=net)


def _is(plan: Plan, entry: Entry, kind: type) -> bool:
    return entry.trace.place >= 0 and isinstance(plan.places[entry.trace.place].step, kind)
