"""From what is stored to what is shown. Nothing here touches the store."""

from collections.abc import Mapping

from flowlang.admin.shapes import CallDetail, CallView
from flowlang.admin.standing import ending, place_of, standing, step_of
from flowlang.admin.telling import at_or_none, leg_view, party_view, timer_views
from flowlang.call.facts import Incoming
from flowlang.call.session import Session
from flowlang.codec import NotReadableError, decode
from flowlang.plan import WORDS, Plan
from flowlang.runtime.worker import Unbegun
from flowlang.steps.evaluate import written
from flowlang.store.base import Listed


def session_of(listed: Listed) -> Session | None:
    """The session of a call; None: none yet, or one that cannot be read."""
    if not listed.session.state:
        return None
    try:
        return decode(Session, listed.session.state)
    except NotReadableError:
        return None


def call_view(listed: Listed, plan: Plan | None, names: Mapping[str, str], unbegun: Unbegun | None = None) -> CallView:
    """One call in a list. `names`: of flows, by the digests of their versions. `unbegun`: what it would have begun with
    where it was parked before that."""
    stored, session = listed.session, session_of(listed)
    leg = session.legs[session.primary] if session is not None and session.primary >= 0 else None
    caller = session.caller if session is not None else None
    called = session.called if session is not None else None
    if session is not None and session.direction == "outgoing":
        tried = session.legs[-1] if session.legs else None  # where nobody was reached
        called = leg.party if leg is not None else tried.party if tried is not None else None
    direction, flow = session.direction if session is not None else "", names.get(stored.plan, "")
    if session is None and unbegun is not None:
        flow = flow or unbegun.flow
        if isinstance(unbegun.fact, Incoming):
            caller, called, direction = unbegun.fact.caller, unbegun.fact.called, "incoming"
        else:
            direction = "outgoing"
    return CallView(
        id=stored.call_id,
        state="parked" if listed.parked else "over" if listed.over_ms >= 0 else "live",
        began_at=at_or_none(listed.began_ms),
        over_at=at_or_none(listed.over_ms),
        caller=party_view(caller),
        called=party_view(called),
        flow=flow or (plan.title if plan is not None else ""),
        version=stored.plan,
        direction=direction,
        standing=_standing(listed, plan, session),
        reason=listed.parked,
    )


def _standing(listed: Listed, plan: Plan | None, session: Session | None) -> str:
    if listed.parked:
        return "rests: working on it broke something"
    if listed.over_ms >= 0 and not listed.session.plan:
        return "over: no flow answers"
    if session is None:
        return "cannot be read"
    if plan is None:
        return ending(session) if session.end else "its flow is not there"
    return standing(plan, session)


def call_detail(
    listed: Listed, plan: Plan | None, names: Mapping[str, str], facts: int, unbegun: Unbegun | None = None
) -> CallDetail:
    """One call with all that its session knows."""
    call, session = call_view(listed, plan, names, unbegun), session_of(listed)
    if session is None or plan is None:
        return CallDetail(call=call, facts=facts, waiting_requests=listed.to_send)
    step = None if session.end else step_of(plan, session)
    return CallDetail(
        call=call,
        stage=plan.stages[session.stage] if session.stage >= 0 else "",
        step=WORDS[type(step)] if step is not None else "",
        place="" if session.end else place_of(plan, session),
        legs=tuple([leg_view(session, leg) for leg in session.legs]),
        variables={
            variable.name: written(value) for variable, value in zip(plan.variables, session.variables, strict=False)
        },
        timers=timer_views(session),
        waiting_requests=listed.to_send,
        facts=facts,
    )
