"""What `consult`, `call` and `join` share: new legs that ring, one after the other or all at once.

A leg counts as won when it is established, has heard the announcement and pressed the key that accepts, as far
as the step wants these (B18). The bound of the step is for ringing; announcing and accepting have their own.
A create has no key against doubles, so it is never sent again: a leg without a sign of life within its bound failed
(B1).
"""

from typing import NamedTuple

from flowlang.call import commands
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.party import Party
from flowlang.call.results import DECLINED, NO_ANSWER, NO_OUTCOME, NO_TARGET, Result
from flowlang.call.session import Leg, Pending
from flowlang.plan import Call, Consult, JoinMeeting, Targets
from flowlang.steps.evaluate import party_of, text_of
from flowlang.steps.machine import MAX_LEGS, REPEAT_AFTER_MS, Machine

LONGEST_RING_SECONDS = 115  # Graph beta, call: ringingTimeoutInSeconds
RINGING, TO_ANNOUNCE, ANNOUNCING, ACCEPTING = range(4)


class StateRinging(NamedTuple):
    """`turn`: position of the next target. `legs`: pairs of leg number and phase. `last`: the last failure."""

    turn: int
    legs: tuple[tuple[int, int], ...] = ()
    last: Result | None = None


def options(m: Machine) -> Consult:
    """The running step's wishes, whatever its word."""
    step = m.plan.places[m.place].step
    if isinstance(step, Call):
        return Consult(step.targets, "", step.bound)
    if isinstance(step, JoinMeeting):
        return Consult(Targets("one", ()), "", step.bound)
    return m.here(Consult)


def begin(m: Machine) -> None:
    wishes = options(m)
    m.waiting = StateRinging(0)
    if wishes.leg:
        older = m.named(wishes.leg)
        if older is not None:
            m.release(older)  # a new leg under an older one's name hangs the older one up first (B13)
    if wishes.playing:
        m.stop_music()
        m.start_music(wishes.playing)
    step = m.plan.places[m.place].step
    if isinstance(step, JoinMeeting):
        _join(m, text_of(m, step.url))
        return
    if wishes.targets.mode == "first":
        for item in wishes.targets.items:
            _ring(m, party_of(m, item))
        m.waiting = m.state(StateRinging)._replace(turn=len(wishes.targets.items))
        _check(m)
    else:
        _next(m)


def _next(m: Machine) -> None:
    """Ring the next target of a series; one that cannot be dialled is passed over."""
    items = options(m).targets.items
    while not m.state(StateRinging).legs:
        state = m.state(StateRinging)
        if state.turn >= len(items):
            m.fail(state.last or NO_TARGET)
            return
        m.waiting = state._replace(turn=state.turn + 1)
        _ring(m, party_of(m, items[state.turn]))


def _ring(m: Machine, party: Party | None) -> None:
    state = m.state(StateRinging)
    if party is None or len(m.legs) >= MAX_LEGS:
        m.waiting = state._replace(last=NO_TARGET)
        return
    wishes = options(m)
    bound_ms = m.bound_ms(wishes.bound, m.plan.defaults.ring_ms)
    leg = m.new_leg("", party, m.run)
    m.waiting = state._replace(legs=(*state.legs, (leg.number, RINGING)))
    seconds = max(1, min(bound_ms // 1000, LONGEST_RING_SECONDS))
    m.request(leg.number, commands.CreateCall(party, seconds, wishes.without_forwarding), "create", m.run)
    m.timer("ring", bound_ms, leg.number)


def _join(m: Machine, url: str) -> None:
    leg = m.new_leg("", None, m.run)
    m.waiting = StateRinging(1, ((leg.number, RINGING),))
    m.request(leg.number, commands.JoinMeeting(url), "create", m.run)
    m.timer("ring", m.bound_ms(options(m).bound, m.plan.defaults.ring_ms), leg.number)


def _phase(m: Machine, number: int) -> int | None:
    return next((phase for leg, phase in m.state(StateRinging).legs if leg == number), None)


def _enter(m: Machine, number: int, phase: int) -> None:
    state = m.state(StateRinging)
    m.waiting = state._replace(legs=tuple([(n, phase if n == number else old) for n, old in state.legs]))


def leg(m: Machine, leg: Leg, news: str) -> None:
    phase = _phase(m, leg.number)
    if phase is None:
        return
    if news == "over":
        _dead(m, leg.number, leg.result or NO_OUTCOME)
    elif news == "keys-failed":
        m.release(leg)
        _dead(m, leg.number, leg.result or NO_OUTCOME)
    elif news == "up" and phase == RINGING:
        _picked_up(m, leg)
    elif news == "audible" and phase == TO_ANNOUNCE:
        _announce(m, leg.number)
    elif news == "audible" and phase == ACCEPTING:
        m.subscribe(leg)


def _picked_up(m: Machine, leg: Leg) -> None:
    wishes = options(m)
    m.drop_timers("ring", leg.number)
    if not wishes.announcing and not wishes.accepting:
        _won(m, leg.number)
        return
    m.timer("accept", m.plan.defaults.accept_ms, leg.number)
    if wishes.announcing:
        _enter(m, leg.number, TO_ANNOUNCE)
        if leg.is_audible:
            _announce(m, leg.number)
    else:
        _enter(m, leg.number, ACCEPTING)
        if leg.is_audible:
            m.subscribe(leg)


def _announce(m: Machine, number: int) -> None:
    wishes = options(m)
    _enter(m, number, ANNOUNCING)
    if wishes.accepting:
        m.subscribe(m.legs[number])
    m.play(number, (commands.Prompt("file", wishes.announcing),), loop=False, run=m.run)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    """What becomes of an announcement; whether the leg itself could be created the engine hears."""
    if pending.word != "playPrompt":
        return
    if fact.status >= 400 and fact.result is not None and fact.result.subcode == 8503:
        m.timer("again", REPEAT_AFTER_MS, m.run)
    elif fact.status >= 400 or fact.operation_status == "failed":
        _announced(m, pending, "failed", fact)
    elif fact.operation_status == "completed":
        _announced(m, pending, "completed", fact)


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    _announced(m, pending, fact.status, fact)


def _announced(m: Machine, pending: Pending, status: str, fact: RequestAnswered | OperationUpdated) -> None:
    if _phase(m, pending.leg) != ANNOUNCING:
        return
    if status != "completed":
        m.release(m.legs[pending.leg])
        _dead(m, pending.leg, fact.result or NO_OUTCOME)
    elif options(m).accepting:
        _enter(m, pending.leg, ACCEPTING)
    else:
        _won(m, pending.leg)


def key(m: Machine, leg: int, key: str) -> bool:
    phase = _phase(m, leg)
    if phase not in (ANNOUNCING, ACCEPTING):
        return False
    if key == options(m).accepting:
        m.silence(leg)
        _won(m, leg)
    elif phase == ACCEPTING:
        m.release(m.legs[leg])
        _dead(m, leg, DECLINED)
    return True


def timer(m: Machine, kind: str, ref: int) -> None:
    if kind == "again":
        for number, phase in m.state(StateRinging).legs:
            if phase == ANNOUNCING and not any(p.leg == number and p.word == "playPrompt" for p in m.pending):
                _announce(m, number)
    elif kind in ("ring", "accept") and _phase(m, ref) is not None:
        m.release(m.legs[ref])
        _dead(m, ref, NO_ANSWER if kind == "ring" else DECLINED)


def _won(m: Machine, number: int) -> None:
    wishes = options(m)
    m.drop_timers("accept", number)
    for other, _ in m.state(StateRinging).legs:
        if other != number:
            _quiet(m, other)
            m.release(m.legs[other])
    if wishes.leg:
        older = m.named(wishes.leg)
        if older is not None:
            m.set_leg(older._replace(name=""))
        m.set_leg(m.legs[number]._replace(name=wishes.leg, holder=0))
        m.say("leg-up", number, wishes.leg)
    else:
        m.set_leg(m.legs[number]._replace(holder=0))
        m.primary = number
        m.direction = "outgoing"
        m.kind = "group" if isinstance(m.plan.places[m.place].step, JoinMeeting) else "peer"
    m.succeed()


def _quiet(m: Machine, number: int) -> None:
    m.drop_timers("ring", number)
    m.drop_timers("accept", number)


def _dead(m: Machine, number: int, result: Result) -> None:
    """That leg is out of the race; go on with the next, or fail with the last result."""
    _quiet(m, number)
    state = m.state(StateRinging)
    m.waiting = state._replace(legs=tuple([pair for pair in state.legs if pair[0] != number]), last=result)
    _check(m)


def _check(m: Machine) -> None:
    state = m.state(StateRinging)
    if state.legs:
        return
    if options(m).targets.mode == "first" or isinstance(m.plan.places[m.place].step, JoinMeeting):
        m.fail(state.last or NO_TARGET)
    else:
        _next(m)
