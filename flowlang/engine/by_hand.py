"""What an operator does to a call by hand: hang up, or hand the caller over. An order comes as a fact like any other.

An order takes over from whatever runs, but a step that cannot be taken back is waited for. If that step succeeds and
the call goes on, the order is carried out next; if it fails, the order is carried out instead of what would catch the
failure. So there are never two transfers at one time, and none while an earlier one may still be under way. A later
order replaces one that waits. A transfer by hand runs as a step like those of the flow (`Plan.by_hand`), hanging up
runs the step at the end of the safety net, so whatever is known about lost answers holds for them as well.
"""

from flowlang.call.facts import OperatorHungUp, OperatorTransferred
from flowlang.call.party import Participant
from flowlang.call.results import Result
from flowlang.call.session import HANG_UP_BY_HAND as HANG_UP
from flowlang.call.session import NONE, ORDERS, Kept
from flowlang.call.session import TRANSFER_BY_HAND as TRANSFER
from flowlang.engine import activity
from flowlang.engine.index import Index
from flowlang.plan import HangUp, Plan
from flowlang.steps.machine import Machine


def hung_up(m: Machine, _index: Index, fact: OperatorHungUp) -> None:
    """Somebody wants the call to end."""
    m.say("by-hand", m.primary, "hang up", fact.who)
    m.events.append(Kept(HANG_UP, m.primary, "", m.visit))


def transferred(m: Machine, _index: Index, fact: OperatorTransferred) -> None:
    """Somebody wants the caller to be handed over."""
    m.say("by-hand", m.primary, "transfer", fact.who, fact.target.name or fact.target.id)
    m.events.append(Kept(TRANSFER, m.primary, "", m.visit, participant=Participant("", fact.target)))


def handle(m: Machine, index: Index, order: Kept) -> None:
    """Carry an order out, let it wait, or drop it and say why."""
    why = _why_over(m, order)
    if not why and m.run and index.finals[m.place]:
        m.kept = (*[one for one in m.kept if one.event not in ORDERS], order)
        m.say("kept", order.leg, order.event)
        return
    why = why or _why_not(m, order)
    if why:
        m.say("dropped", order.leg, order.event, why)
    else:
        _carry_out(m, index, order)


def after_failure(m: Machine, index: Index) -> bool:
    """Whether an order that waited for the step under way is carried out now, since that step has failed."""
    order = next((one for one in m.kept if one.event in ORDERS), None)
    failed = m.outcome
    if order is None or not isinstance(failed, Result) or m.end > 0:
        return False
    m.kept = tuple([one for one in m.kept if one is not order])
    why = _why_over(m, order) or _why_not(m, order)
    if why:
        m.say("dropped", order.leg, order.event, why)
        return False
    m.say("failed", NONE, index.words[m.place].word, failed.code, failed.subcode, failed.name or failed.message)
    m.outcome = None
    m.result = failed
    activity.leave_step(m)
    _carry_out(m, index, order)
    return True


def _why_over(m: Machine, order: Kept) -> str:
    """Why nothing is left to be done; empty: there is."""
    leg = m.primary_leg()
    if m.end > 0 or (leg is not None and (leg.is_over or leg.is_unwanted or m.has_timer("gone", leg.number))):
        return "the call is over"
    step = m.plan.places[m.place].step if m.run else None
    if order.event == HANG_UP and isinstance(step, HangUp) and not step.leg:
        return "the call is being hung up"
    return ""


def _why_not(m: Machine, order: Kept) -> str:
    """Why it cannot be done now, although the call goes on and no step has to be waited for."""
    leg = m.primary_leg()
    if order.event == HANG_UP:
        return ""
    if leg is None or not leg.is_up:
        return "the call is not up"
    if m.kind == "group":
        return "in a group call only one participant can be moved, by the flow"
    if m.in_net:
        return "the safety net runs"
    return "a transfer may still be under way" if activity.is_in_limbo(m) else ""


def _carry_out(m: Machine, index: Index, order: Kept) -> None:
    for event in m.kept:
        m.say("dropped", event.leg, event.event, "an operator acts")
    m.kept = ()
    m.tried = ()
    activity.cancel(m, index)
    if order.event == TRANSFER:
        m.by_hand = order.participant.party if order.participant is not None else None
        m.counters = ()
        m.attempt = 0
        activity.enter(m, m.plan.by_hand)
    elif m.primary < 0:
        for leg in m.legs:
            m.release(leg)
    else:
        m.drop_timers("limbo", m.primary)
        activity.enter(m, _hanging_up(m.plan))
        m.in_net = True


def _hanging_up(plan: Plan) -> int:
    """The place at which the safety net hangs up."""
    place = plan.net
    while not isinstance(plan.places[place].step, HangUp):
        place = plan.places[place].next
    return place
