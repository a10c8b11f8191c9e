"""How a call ends: the caller's leg is over, the last handlers run, every other leg is hung up, the session is done."""

from flowlang.call import state as states
from flowlang.call.commands import HangUp as HangUpAct
from flowlang.call.results import TRANSFER_COMPLETED_SUBCODE, Result
from flowlang.call.session import NONE, ORDERS, Kept, Leg, Session
from flowlang.engine import activity, events
from flowlang.engine.index import Index
from flowlang.plan import Answer, HangUp, RecordStep, Redirect, Reject, Transfer
from flowlang.steps.machine import Machine
from flowlang.steps.record import AFTER_END_MS, StateRecord

LEG_KINDS = frozenset(("keepAlive", "audible", "create", "delete", "subscribe", "music", "limbo", "gone"))
UP, ENDING, DONE = 0, 1, 2
ENDED_BY_US = Result(200, 7000, "ended by the application")
GONE_AFTER_MS = 3_000  # how long the notification that says how a call ended is waited for (B3)


def is_transferred(result: Result | None, reason: str) -> bool:
    """7015 whatever the code, or `AppTransferred` without any result (Graph, call: transfer)."""
    return reason == "AppTransferred" or (result is not None and result.subcode == TRANSFER_COMPLETED_SUBCODE)


def close_leg(m: Machine, leg: Leg, result: Result | None) -> Leg:
    """Note that a leg is over; nothing is sent about it any more."""
    up = (leg.party, leg.is_up, True, False, leg.is_unwanted, leg.holder, leg.keys, leg.tones, result)
    closed = tuple.__new__(Leg, (*leg[:3], states.TERMINATED, *up))
    m.set_leg(closed)
    number = leg.number
    if m.timers:
        m.timers = tuple([t for t in m.timers if t.ref != number or t.kind not in LEG_KINDS])
    if result is not None:
        m.say("leg-over", number, result.code, result.subcode, result.name or result.message)
    else:
        m.say("leg-over", number)
    return closed


def primary_over(m: Machine, index: Index, result: Result | None, *, transferred: bool) -> None:
    """The caller's leg is over: the running step hears it, all else stops, the last events are lined up."""
    ended = result
    if result is None and transferred:
        ended = Result(0, TRANSFER_COMPLETED_SUBCODE, "AppTransferred")
    leg = close_leg(m, m.legs[m.primary], ended)
    m.end = ENDING
    m.music = ("", 0)
    m.events = []
    for event in m.kept:
        if event.event in ORDERS:
            m.say("dropped", event.leg, event.event, "the call is over")
    running = activity.STEP_TIMERS if m.run else ()
    m.timers = tuple([t for t in m.timers if t.kind in ("create", "delete") or (t.ref == m.run and t.kind in running)])
    _settle_running(m, index, leg, transferred=transferred)
    _line_up(m, index, ended, transferred=transferred)
    if len(m.legs) > 1:
        for other in m.legs:
            if not other.is_over:
                m.release(other)


def _line_up(m: Machine, index: Index, result: Result | None, *, transferred: bool) -> None:
    """The last events, as far as there are handlers for them. `ended` runs in the stage and in the flow (A19)."""
    in_reach = index.handlers[m.stage + 1]
    kept: tuple[Kept, ...] = ()
    if transferred and "transfer completed" in in_reach:
        kept = (Kept("transfer completed", m.primary, "", m.visit, result=result),)
    if "ended" in in_reach:
        keys = ("stage", "flow") if m.stage != NONE else ("flow",)
        kept += tuple([Kept("ended", m.primary, key, m.visit, result=result) for key in keys])
    m.kept = kept


def _settle_running(m: Machine, index: Index, leg: Leg, *, transferred: bool) -> None:
    if m.run == 0:
        if m.place >= 0 and m.outcome is None:
            activity.cancel(m, index)
        return
    step = m.plan.places[m.place].step
    if isinstance(step, Transfer) and transferred:
        m.outcome = True
    elif isinstance(step, Answer | Reject | Redirect) or (isinstance(step, HangUp) and not step.leg):
        if m.outcome is None:
            index.words[m.place].leg(m, leg, "over")
    elif isinstance(step, RecordStep) and isinstance(m.waiting, StateRecord) and m.waiting.number:
        m.timer("recording", AFTER_END_MS, m.run)
    else:
        activity.cancel(m, index)


def is_waiting(m: Machine) -> bool:
    """Whether the last handlers still have to run."""
    return m.end == ENDING and m.place < 0 and bool(m.kept)


def next_event(m: Machine, index: Index) -> None:
    """Run the next of the last handlers. `ended` runs in the stage and in the flow, the stage's first (A19)."""
    event, m.kept = m.kept[0], m.kept[1:]
    in_reach = index.handlers[m.stage + 1].get(event.event, ())
    if event.event == "ended":
        own_stage = event.key == "stage"
        in_reach = tuple([n for n in in_reach if (m.plan.handlers[n].stage != NONE) == own_stage])
    number = events.find(m, index, event, in_reach)
    if number == NONE:
        return
    handler = m.plan.handlers[number]
    if handler.is_instant:
        activity.run_instant(m, index, number, event)
    else:
        m.tone, m.participant, m.result = activity.context(m, event)
        activity.start(m, number, handler.place)


def primary_lost(m: Machine, index: Index, result: Result | None) -> None:
    """Graph does not know the caller's leg any more: wait a little for the word how it ended (B3).

    An `answer` waits for it too, since it has failed (B24); who ends the call has what they wanted (B14); all else
    stops.
    """
    if m.end != UP or m.has_timer("gone", m.primary):
        return
    m.timer("gone", GONE_AFTER_MS, m.primary)
    step = m.plan.places[m.place].step if m.run else None
    if isinstance(step, Reject | Redirect) or (isinstance(step, HangUp) and not step.leg):
        m.succeed()
        return
    m.set_leg(m.legs[m.primary]._replace(result=result))  # if no other word comes, this is how it ended
    if m.place >= 0 and not isinstance(step, Answer):
        activity.cancel(m, index)


def hang_up_primary(m: Machine) -> None:
    """Send the DELETE of the caller's leg as housekeeping."""
    m.request(m.primary, HangUpAct(), "delete")


def finish(m: Machine) -> None:
    """The session is over when the call is, nothing runs, and each leg has its end (B19)."""
    if m.end == DONE or m.place >= 0 or m.kept or any(not leg.is_over for leg in m.legs):
        return
    if m.end == ENDING or (m.primary < 0 and m.direction == "outgoing"):
        m.end = DONE
        m.timers = ()
        m.pending = ()
        m.say("finished")


def is_finished(session: Session) -> bool:
    """Whether nothing more can come of a session: it may be put away."""
    return session.end == DONE
