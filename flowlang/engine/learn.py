"""What a fact changes in what we know, before anybody reacts: states, legs, rosters, operations, answers.

Late and repeated news changes nothing and is dropped here, in one place.
"""

from flowlang.call import state as states
from flowlang.call.commands import HangUp, KeepAlive, ListParticipants
from flowlang.call.facts import (
    CallUpdated,
    FlowStarted,
    Ignored,
    Incoming,
    OperationUpdated,
    RequestAnswered,
    RosterUpdated,
    ServiceAnswered,
    Started,
    TimerFired,
    Unheard,
)  # fmt: skip
from flowlang.call.party import Participant
from flowlang.call.results import NO_ANSWER, Result
from flowlang.call.session import CHECK, NONE, Kept, Leg, Pending, Timer, in_state
from flowlang.engine import activity, ending, events, resume
from flowlang.engine.index import Index
from flowlang.plan import Invite, Transfer
from flowlang.steps.base import GONE_SUBCODES, is_gone
from flowlang.steps.hang_up import StateHangUp
from flowlang.steps.machine import AUDIBLE_AFTER_MS, REPEAT_AFTER_MS, TONES_REMEMBERED, Machine
from flowlang.steps.transfer import MOVING

MAX_TRIES = 5
REDIRECT_LONGEST_MS = 90_000  # Graph, call: redirect, timeout
FAILED_TRANSFER_SUBCODES = (7000, 7700)
# Requests whose operation tells its end in a notification, even when their own answer was lost.
_OPERATIONS = ("playPrompt", "recordResponse", "invite", "startHoldMusic", "stopHoldMusic")


def incoming(m: Machine, _index: Index, fact: Incoming) -> None:
    """`created`: the caller's leg, number 0."""
    if m.legs:
        m.say("ignored", 0, "the call is known already")
        return
    m.kind = fact.kind
    m.direction = "incoming"
    m.caller, m.called = fact.caller, fact.called
    m.tenant_id, m.chain_id, m.participant_id = fact.tenant_id, fact.chain_id, fact.participant_id
    m.primary = 0
    m.legs = (Leg(0, "caller", fact.call_id, states.INCOMING, None),)  # its party is the session's caller
    m.say("incoming", 0, fact.caller.name or fact.caller.id, fact.called.name or fact.called.id)
    m.events.append(Kept("incoming", 0, "", m.visit))


def started(m: Machine, _index: Index, fact: Started) -> None:
    """A flow that begins without a caller."""
    if m.direction:
        m.say("ignored", NONE, "the flow was started already")
        return
    m.direction = "outgoing"
    m.chain_id = fact.chain_id
    values = dict(fact.values)
    m.variables = tuple(
        [values.get(variable.name, old) for variable, old in zip(m.plan.variables, m.variables, strict=True)]
    )
    m.say("started")
    m.events.append(Kept("start", NONE, "", m.visit))


# ---------------------------------------------------------------- a leg


def _find(m: Machine, number: int, call_id: str) -> Leg | None:
    if 0 <= number < len(m.legs):
        return m.legs[number]
    if number < 0 and call_id:
        for leg in m.legs:
            if leg.call_id == call_id:
                return leg
    return None


def call_updated(m: Machine, index: Index, fact: CallUpdated) -> None:
    """News of a leg: its state, its end, a key, whether there is sound."""
    leg = _find(m, fact.leg, fact.call_id)
    if leg is None:
        m.say("ignored", NONE, "no leg of this call")
        return
    is_end = fact.is_over or fact.state == states.TERMINATED
    if leg.is_over:
        if leg.call_id or not fact.call_id or is_end or leg.number == m.primary:
            _said_late(m, leg, fact.result if is_end else None)
            return
        # Its create was given up, for want of any sign of it; and somebody is there all the same (B1).
        leg = leg._replace(is_over=False, is_unwanted=True)
    if not leg.call_id and fact.call_id:
        leg = _got_call_id(m, leg, fact.call_id)
    if is_end:
        leg_over(m, index, leg, fact.result, fact.reason)
        return
    state = fact.state
    if state and state != leg.state:
        _state(m, index, leg, state, fact.result)
    elif state == states.ESTABLISHED and fact.result is not None:
        _result(m, index, leg, fact.result)
    if fact.audio == "active":
        leg = m.legs[leg.number]
        if leg.is_up and not leg.is_audible and leg.state not in MOVING:
            _audible(m, index, leg)
    if fact.tone:
        _tone(m, index, m.legs[leg.number], fact.tone, fact.tone_sequence)


def _said_late(m: Machine, leg: Leg, result: Result | None) -> None:
    """News of a leg that is over: how it ended counts where all that was known is that Graph has it no more (B3)."""
    if result is None or leg.number == m.primary or leg.result is None or leg.result.subcode not in GONE_SUBCODES:
        m.say("ignored", leg.number, "the leg is over")
        return
    m.set_leg(leg._replace(result=result))
    m.say("result", leg.number, result.code, result.subcode, result.name or result.message)


def _got_call_id(m: Machine, leg: Leg, call_id: str) -> Leg:
    """The leg has an id now; one that nobody wants any more is hung up (B19)."""
    leg = leg._replace(call_id=call_id)
    m.set_leg(leg)
    m.drop_timers("create", leg.number)
    if leg.is_unwanted:
        m.request(leg.number, HangUp(), "delete")
    elif m.timers and m.has_timer(CHECK, NONE):
        m.ask_graph(leg.number, 0)  # its id was not known yet when the others were asked about
    return leg


def _state(m: Machine, index: Index, leg: Leg, state: str, result: Result | None) -> None:
    if state in MOVING:
        _moving(m, index, leg, state)
        return
    if leg.state in MOVING:
        # Only a result tells a failed transfer from the many repeats of `established` (Graph sends one for each
        # change of media, chat or meeting).
        if state == states.ESTABLISHED and result is not None and _is_failure(result):
            _transfer_failed(m, index, leg, result)
        elif state == states.TERMINATING:
            m.say("state", leg.number, state)
        else:
            m.say("ignored", leg.number, state)
        return
    if states.is_stale(leg.state, state) or (leg.is_up and state in (states.ESTABLISHING, states.RINGING)):
        m.say("ignored", leg.number, state)
        return
    m.say("state", leg.number, state)
    if state == states.ESTABLISHED and not leg.is_up:
        _up(m, index, leg)
    else:
        m.set_leg(in_state(leg, state))
    if leg.number == m.primary:
        _state_event(m, index, leg, state)


def _state_event(m: Machine, index: Index, leg: Leg, state: str) -> None:
    if "state" in index.handlers[m.stage + 1]:
        m.events.append(Kept("state", leg.number, state, m.visit))


def _is_failure(result: Result) -> bool:
    """Never by the subcode alone: 7000 is a failed transfer with 500, and "ended by the application" with 200."""
    return result.code >= 400 or (result.code == 0 and result.subcode in FAILED_TRANSFER_SUBCODES)


def _moving(m: Machine, index: Index, leg: Leg, state: str) -> None:
    """`transferring`, `transferAccepted`: only while a transfer of ours is under way; else late copies."""
    is_ours = leg.number == m.primary and _is_transferring(m)
    if not is_ours or leg.state == states.TRANSFER_ACCEPTED:
        m.say("ignored", leg.number, state)
        return
    m.say("state", leg.number, state)
    m.set_leg(in_state(leg._replace(is_audible=False) if leg.is_audible else leg, state))
    index.words[m.place].leg(m, m.legs[leg.number], "moving")
    event = "transferring" if state == states.TRANSFERRING else "transfer accepted"
    m.events.append(Kept(event, leg.number, "", m.visit))
    _state_event(m, index, leg, state)


def _is_transferring(m: Machine) -> bool:
    """Whether a transfer runs: then its own questions decide what became of it, and no older answer."""
    return m.run > 0 and isinstance(m.plan.places[m.place].step, Transfer)


def _transfer_failed(m: Machine, index: Index, leg: Leg, result: Result) -> None:
    m.say("result", leg.number, result.code, result.subcode, result.message)
    back = leg._replace(state=states.ESTABLISHED, is_audible=False)
    m.set_leg(back)
    m.drop_timers("limbo", leg.number)
    if index.wants_media:
        m.timer("audible", AUDIBLE_AFTER_MS, leg.number)
    if m.run:
        index.words[m.place].leg(m, back._replace(result=result), "result")
    _state_event(m, index, leg, states.ESTABLISHED)


def _result(m: Machine, index: Index, leg: Leg, result: Result) -> None:
    """`established` with a result although no `transferring` came: a failure that overtook it, or an old copy (B6)."""
    if _is_failure(result) and m.run and leg.number == m.primary:
        m.say("result", leg.number, result.code, result.subcode, result.message)
        index.words[m.place].leg(m, leg._replace(result=result), "result")
    else:
        m.say("ignored", leg.number, states.ESTABLISHED)


def _up(m: Machine, index: Index, leg: Leg) -> None:
    """The first `established` of a leg."""
    number = leg.number
    leg = tuple.__new__(Leg, (*leg[:3], states.ESTABLISHED, leg.party, True, *leg[6:]))
    m.set_leg(leg)
    m.timer("keepAlive", m.plan.defaults.keep_alive_ms, number)
    if index.wants_media:
        m.timer("audible", AUDIBLE_AFTER_MS, number)
    if m.run:
        index.words[m.place].leg(m, leg, "up")
    if number == m.primary:
        events.arm_timers(m, index, NONE)
        m.events.append(Kept("answered", number, "", m.visit))


def _audible(m: Machine, index: Index, leg: Leg) -> None:
    """Sound can be sent on this leg from now on (B4)."""
    number = leg.number
    leg = leg._replace(is_audible=True)
    m.set_leg(leg)
    m.drop_timers("audible", number)
    if number == m.primary and m.plan.wants_keys:
        m.subscribe(leg)
    if m.run:
        index.words[m.place].leg(m, m.legs[number], "audible")


def _tone(m: Machine, index: Index, leg: Leg, key: str, sequence: int) -> None:
    if sequence and sequence in leg.tones:
        m.say("ignored", leg.number, "the key is known already")
        return
    if not leg.is_up:
        return
    m.set_leg(leg._replace(tones=(*leg.tones, sequence)[-TONES_REMEMBERED:]))
    m.say("tone", leg.number, key)
    if m.run and index.words[m.place].key(m, leg.number, key):
        return
    if leg.number == m.primary:
        m.events.append(Kept("tone", leg.number, key, m.visit))


def leg_over(m: Machine, index: Index, leg: Leg, result: Result | None, reason: str = "") -> None:
    """A leg is over. What that means depends on whose it was and on what is under way."""
    transferred = ending.is_transferred(result, reason)
    if leg.number == m.primary:
        ending.primary_over(m, index, result, transferred=transferred)
        return
    closed = ending.close_leg(m, leg, result)
    m.pending = tuple([p for p in m.pending if p.leg != leg.number])
    step = m.plan.places[m.place].step if m.run else None
    is_replaced = isinstance(step, Transfer | Invite) and bool(step.replacing) and leg.name == step.replacing
    if is_replaced and transferred and isinstance(step, Transfer) and m.primary >= 0:
        ending.hang_up_primary(m)
        ending.primary_over(m, index, result, transferred=True)
    elif m.run:
        index.words[m.place].leg(m, closed, "over")
    if leg.is_up and leg.name and not leg.is_unwanted and not is_replaced and m.end == ending.UP:
        m.events.append(Kept("leg ended", leg.number, leg.name, m.visit, result=result))


# ---------------------------------------------------------------- roster and operations


def roster_updated(m: Machine, index: Index, fact: RosterUpdated) -> None:
    """Who is in the call now. Only a group call has handlers for it."""
    leg = _find(m, fact.leg, fact.call_id)
    if leg is None or leg.number != m.primary or leg.is_over:
        m.say("ignored", NONE, "roster")
        return
    if fact.sequence and fact.sequence < m.roster_sequence:
        m.say("ignored", leg.number, "an older roster")
        return
    others = _others(m, fact.participants)
    before = m.roster or ()
    m.roster, m.roster_sequence = others, fact.sequence or m.roster_sequence
    m.say("roster", leg.number, len(others))
    if m.kind != "group":
        return
    for one in others:
        if not any(old.id == one.id for old in before):
            m.say("joined", leg.number, one.party.name or one.party.id)
            m.events.append(Kept("joined", leg.number, "", m.visit, participant=one))
    for old in before:
        if not any(one.id == old.id for one in others):
            m.say("left", leg.number, old.party.name or old.party.id)
            m.events.append(Kept("left", leg.number, "", m.visit, participant=old))
    was_transfer = m.run > 0 and isinstance(m.plan.places[m.place].step, Transfer)
    if m.run:
        index.words[m.place].roster(m)
        if was_transfer and m.outcome is True:
            _handed_over(m, index, leg)
    if before and not others and (not was_transfer or m.outcome is True):
        transferred = m.outcome is True
        ending.hang_up_primary(m)
        ending.primary_over(m, index, Result(200, 5002, "everybody else left"), transferred=transferred)


def _handed_over(m: Machine, index: Index, leg: Leg) -> None:
    """A participant was moved and the call goes on without them: it is an ordinary call again."""
    m.set_leg(leg._replace(state=states.ESTABLISHED, is_audible=False))
    if index.wants_media:
        m.timer("audible", AUDIBLE_AFTER_MS, leg.number)


def _others(m: Machine, participants: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """The roster without the application itself."""
    return tuple([one for one in participants if one.id != m.participant_id and not _is_us(m, one.party.id)])


def _is_us(m: Machine, party_id: str) -> bool:
    return m.called is not None and m.called.kind in ("bot", "resource account") and m.called.id == party_id


def operation_updated(m: Machine, index: Index, fact: OperationUpdated) -> None:
    """An operation is over. It is known by our context, which is the request's number, or by Graph's id."""
    pending = next(
        (
            p
            for p in m.pending
            if str(p.number) == fact.context or (p.operation_id and p.operation_id == fact.operation_id)
        ),
        None,
    )
    if pending is None:
        m.say("ignored", NONE, "an operation that nobody waits for")
        return
    m.forget(pending.number)
    if pending.number == m.music[1]:
        m.music = (m.music[0], 0) if fact.status == "completed" else ("", 0)
    elif pending.run and pending.run == m.run:
        index.words[m.place].operation(m, pending, fact)


# ---------------------------------------------------------------- answers


def request_answered(m: Machine, index: Index, fact: RequestAnswered) -> None:
    """The answer to a request of ours. `status` 0: it was lost, and nobody knows whether Graph took the request."""
    pending = next((p for p in m.pending if p.number == fact.request), None)
    if pending is None:
        m.say("ignored", NONE, "an answer that nobody waits for")
        return
    if fact.status:
        m.say("answered", pending.leg, pending.number, fact.status, pending.word)
    else:
        m.say("lost", pending.leg, pending.number, pending.word)
    _remember(m, pending, fact)
    leg = m.legs[pending.leg]
    if (is_gone(fact) or (fact.status == 404 and pending.word in ("get", "keepAlive", "delete"))) and not leg.is_over:
        _gone(m, index, pending, leg, fact)
        return
    if fact.status == 0 and pending.tries < MAX_TRIES and _asked_again(m, pending):
        return  # nobody is told before there is an answer
    if pending.word in _HOUSEKEEPING:
        _HOUSEKEEPING[pending.word](m, index, pending, fact)
    elif pending.number == m.music[1]:
        _music_answered(m, pending, fact)
    if pending.run and pending.run == m.run and m.outcome is None:
        index.words[m.place].answered(m, pending, fact)


def _asked_again(m: Machine, pending: Pending) -> bool:
    """A question whose answer was lost may be asked again without harm."""
    if pending.word == "get":
        m.ask_graph(pending.leg, pending.run, pending.tries + 1)
    elif pending.word == "participants":
        m.request(pending.leg, ListParticipants(), "participants", pending.run, pending.tries + 1)
    else:
        return False
    return True


def _remember(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    """Keep an operation that goes on, and one whose answer was lost; forget all else."""
    is_question = pending.word == "getOperation"  # then it is another request's operation that goes on
    goes_on = fact.operation_id and fact.operation_status not in ("completed", "failed") and not is_question
    if fact.status == 0 and pending.word in _OPERATIONS:
        return
    if 200 <= fact.status < 300 and goes_on:
        m.replace_pending(pending._replace(operation_id=fact.operation_id, is_answered=True))
    else:
        m.forget(pending.number)


def _gone(m: Machine, index: Index, pending: Pending, leg: Leg, fact: RequestAnswered) -> None:
    """404/8522, 8528: Graph does not know the leg any more (B3)."""
    if leg.number != m.primary:
        # Why a phone that rang does so no more was said when nobody heard it; that nobody answered is what is known.
        rang = pending.word == "get" and leg.holder > 0 and not leg.is_up
        leg_over(m, index, leg, NO_ANSWER if rang else fact.result)
    else:
        ending.primary_lost(m, index, fact.result if pending.word != "delete" else None)


def _created(m: Machine, index: Index, pending: Pending, fact: RequestAnswered) -> None:
    leg = m.legs[pending.leg]
    if leg.is_over:
        return
    if fact.status >= 400:
        leg_over(m, index, leg, fact.result)
    elif fact.status and fact.call_id and not leg.call_id:
        leg = _got_call_id(m, leg, fact.call_id)
        if leg.state == states.CREATING:
            m.set_leg(leg._replace(state=states.ESTABLISHING))


def _deleted(m: Machine, index: Index, pending: Pending, fact: RequestAnswered) -> None:
    """`DELETE` is repeated until it is done: a leg left up is a caller who hears nothing."""
    leg = m.legs[pending.leg]
    if leg.is_over:
        return
    if 200 <= fact.status < 300:
        if leg.number != m.primary:
            leg_over(m, index, leg, ending.ENDED_BY_US)
        elif not m.has_timer("gone", leg.number):
            m.timer("gone", ending.GONE_AFTER_MS, leg.number)
    elif pending.tries < MAX_TRIES:
        m.pending += (pending._replace(number=-pending.number, run=0, is_answered=True),)  # counts the tries
        m.timer("delete", REPEAT_AFTER_MS * (pending.tries + 1), leg.number)
    else:
        leg_over(m, index, leg, fact.result)


def _told(m: Machine, index: Index, pending: Pending, fact: RequestAnswered) -> None:
    """What Graph says of a call when it is asked is news like any other."""
    leg = m.legs[pending.leg]
    if not fact.state or leg.is_over:
        return
    if fact.state == states.TERMINATED:
        leg_over(m, index, leg, fact.result)
    elif fact.state in MOVING:
        if leg.state not in MOVING:
            _moving(m, index, leg, fact.state)
    elif fact.state == states.ESTABLISHED and not leg.is_up:
        _state(m, index, leg, fact.state, None)
    elif fact.state == states.ESTABLISHED and leg.state in MOVING and (pending.run or not _is_transferring(m)):
        m.set_leg(leg._replace(state=states.ESTABLISHED, is_audible=False))
        if index.wants_media:
            m.timer("audible", AUDIBLE_AFTER_MS, leg.number)


def _subscribed(m: Machine, index: Index, pending: Pending, fact: RequestAnswered) -> None:
    leg = m.legs[pending.leg]
    if leg.is_over:
        return
    if 200 <= fact.status < 300:
        m.set_leg(leg._replace(keys=2))
        return
    m.set_leg(leg._replace(keys=0))
    not_ready = fact.status == 0 or (fact.result is not None and fact.result.subcode == 8503)
    if not_ready:
        m.timer("subscribe", REPEAT_AFTER_MS, leg.number)
    elif m.run:
        index.words[m.place].leg(m, leg._replace(result=fact.result), "keys-failed")


def _music_answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    """Music behind a step never makes a step fail (A11). Lost, over at once or too early: it begins again."""
    is_early = fact.result is not None and fact.result.subcode == 8503
    if fact.status == 0 or fact.operation_status == "completed" or is_early:
        m.music = (m.music[0], -1)  # not before the timer is due
        m.timer("music", REPEAT_AFTER_MS, pending.leg)
    elif fact.status >= 400 or fact.operation_status == "failed":
        m.music = ("", 0)


def _turned_away(m: Machine, _index: Index, pending: Pending, fact: RequestAnswered) -> None:
    """After `reject` and `redirect` Graph says that the call is over; should that word be lost, we say it ourselves."""
    if 200 <= fact.status < 300 and not m.has_timer("gone", pending.leg):
        rings_ms = REDIRECT_LONGEST_MS if pending.word == "redirect" else 0
        m.timer("gone", ending.GONE_AFTER_MS + rings_ms, pending.leg)


def _listed(m: Machine, _index: Index, _pending: Pending, fact: RequestAnswered) -> None:
    if fact.participants is not None:
        m.roster = _others(m, fact.participants)


_HOUSEKEEPING = {
    "create": _created,
    "delete": _deleted,
    "get": _told,
    "subscribeToTone": _subscribed,
    "reject": _turned_away,
    "redirect": _turned_away,
    "participants": _listed,
}


def service_answered(m: Machine, index: Index, fact: ServiceAnswered) -> None:
    """The answer to an `ask`; one that comes after the step is over is ignored."""
    if m.run and index.words[m.place].word == "ask":
        m.say("answered", NONE, fact.request, 200 if fact.is_ok else 0, "ask")
        index.words[m.place].service(m, fact)
    else:
        m.say("ignored", NONE, "an answer that nobody waits for")


def flow_started(m: Machine, index: Index, fact: FlowStarted) -> None:
    """The answer to a `start`."""
    if m.run and index.words[m.place].word == "start":
        index.words[m.place].flow(m, fact)
    else:
        m.say("ignored", NONE, "an answer that nobody waits for")


def ignored(m: Machine, _index: Index, fact: Ignored) -> None:
    """Something that is none of ours."""
    m.say("unknown", NONE, fact.what)


def unheard(m: Machine, _index: Index, _fact: Unheard) -> None:
    """Graph is asked about each leg that should be there. A transfer under way is asked about by its own step."""
    for leg in m.legs:
        is_asked = any(one.word == "get" and one.leg == leg.number for one in m.pending)
        if leg.call_id and not leg.is_over and not is_asked and leg.state not in MOVING:
            m.ask_graph(leg.number, 0)


# ---------------------------------------------------------------- timers


def timer_fired(m: Machine, index: Index, fact: TimerFired) -> None:
    """A timer is due; one that was cancelled meanwhile changes nothing."""
    timer = next((t for t in m.timers if t.number == fact.timer), None)
    if timer is None:
        m.say("ignored", NONE, "a timer that was cancelled")
        return
    m.timers = tuple([t for t in m.timers if t.number != timer.number])
    m.say("due", NONE, timer.kind)
    if timer.kind == CHECK:
        resume.checked(m, resume.CHECK_MS)
        return  # Graph does not answer: the other timers fire now, on what is known
    if timer.kind == "after":
        visit = m.visit if m.plan.handlers[timer.ref].stage != NONE else 0
        m.events.append(Kept("after", NONE, "", visit, handler=timer.ref))
    elif timer.kind in _LEG_TIMERS:
        _leg_timer(m, index, timer)
    elif m.run and (timer.ref == m.run or timer.kind in activity.LEG_TIMERS):
        index.words[m.place].timer(m, timer.kind, timer.ref)


_LEG_TIMERS = ("keepAlive", "audible", "create", "delete", "subscribe", "music", "gone", "limbo")


def _leg_timer(m: Machine, index: Index, timer: Timer) -> None:
    leg = m.legs[timer.ref]
    if leg.is_over:
        return
    match timer.kind:
        case "keepAlive":
            m.request(leg.number, KeepAlive(), "keepAlive")
            m.timer("keepAlive", m.plan.defaults.keep_alive_ms, leg.number)
        case "audible":
            if leg.state not in MOVING:  # else it is set anew when the leg is back
                _audible(m, index, leg)
        case "create":
            leg_over(m, index, leg, None)
        case "delete":
            _hang_up_again(m, leg)
        case "subscribe":
            m.subscribe(leg)
        case "music":
            m.music = (m.music[0], 0)
        case "gone":
            leg_over(m, index, leg, leg.result or ending.ENDED_BY_US)
        case "limbo":
            if leg.state in MOVING and leg.number == m.primary:
                activity.cancel(m, index)
                m.say("safety-net", leg.number, 0, 0, "no outcome")
                activity.enter(m, m.plan.net)
                m.in_net = True
        case _:
            raise AssertionError(timer.kind)


def _hang_up_again(m: Machine, leg: Leg) -> None:
    """Another `DELETE`; a `hang up` that still waits hears its answer."""
    before = [p for p in m.pending if p.number < 0 and p.leg == leg.number]
    m.pending = tuple([p for p in m.pending if p not in before])
    waiting = m.waiting
    run = m.run if isinstance(waiting, StateHangUp) and waiting.leg == leg.number else 0
    m.request(leg.number, HangUp(), "delete", run, 1 + max((p.tries for p in before), default=0))
