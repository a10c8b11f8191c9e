"""Where a leg stands for the environment model: which rows of `environment.json` speak of it now."""

from flowlang import plan as p
from flowlang.call import state as states
from flowlang.call.session import Leg, Session
from flowlang.steps.refusing import StateRefusing
from flowlang.steps.transfer import MOVING, StateTransfer

TURNED_AWAY = ("reject", "redirect")


def phase_of(plan: p.Plan, session: Session, leg: Leg) -> str:
    """The name of its rows under `legs`. `over`: no row speaks of it, since nothing more is heard of it.

    `refusing` lasts only until the request to turn the caller away is answered; the explorer answers it at once.
    """
    if leg.is_over:
        return "over"
    if not leg.call_id:
        return "creating"
    if is_leaving(session, leg):
        return "leaving"
    is_primary = leg.number == session.primary
    if leg.is_up:
        return "transferring" if is_primary and is_transferring(plan, session, leg) else "up"
    if not is_primary or session.direction != "incoming":
        return "ringing"
    if leg.state == states.ESTABLISHING or _is_answering(plan, session):
        return "answering"
    return "refusing" if any(one.word in TURNED_AWAY for one in session.pending) else "incoming"


def _is_answering(plan: p.Plan, session: Session) -> bool:
    return session.run > 0 and isinstance(plan.places[session.place].step, p.Answer)


def is_leaving(session: Session, leg: Leg) -> bool:
    """Whether the word that the leg is over is all that may come: we hung up, or turned the caller away."""
    if leg.is_unwanted or leg.state in (states.REDIRECTING, states.TERMINATING):
        return True
    if any(one.leg == leg.number and one.word == "delete" for one in session.pending):
        return True
    return any(timer.kind == "gone" and timer.ref == leg.number for timer in session.timers)


def is_transferring(plan: p.Plan, session: Session, leg: Leg) -> bool:
    """Whether a transfer of the caller may be under way."""
    if leg.state in MOVING:
        return True
    return isinstance(session.waiting, StateTransfer) and isinstance(plan.places[session.place].step, p.Transfer)


def told_states(plan: p.Plan, session: Session, leg: Leg) -> tuple[str, ...]:
    """What Graph may say of a call when it is asked (Graph, call: get); one state of each kind that a step tells
    apart."""
    if leg.number == session.primary and not leg.is_up:
        if session.direction != "incoming":
            return (states.ESTABLISHED,)
        if isinstance(session.waiting, StateRefusing):
            return (states.INCOMING, states.REDIRECTING)
        # `establishing`: the platform took the answer, and the call may still come up when the flow has given up.
        return (states.INCOMING, states.ESTABLISHING, states.ESTABLISHED)
    if leg.number == session.primary and is_transferring(plan, session, leg):
        return (states.ESTABLISHED, states.TRANSFER_ACCEPTED)
    return (states.ESTABLISHED if leg.is_up else states.ESTABLISHING,)
