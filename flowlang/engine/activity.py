"""The one thing that a flow does at a time: it begins, goes on from place to place, is cancelled, comes to an end."""

from flowlang.call.party import Participant
from flowlang.call.results import TOO_MUCH, Result
from flowlang.call.session import NONE, ORDERS, Kept
from flowlang.engine import failure
from flowlang.engine.index import Index
from flowlang.plan import Goto, HangUp, RecordStep, Step, Stop, Transfer, When
from flowlang.steps.evaluate import holds
from flowlang.steps.machine import Machine
from flowlang.steps.transfer import MOVING

STEP_TIMERS = frozenset(("bound", "again", "silent", "longest", "enough", "listen", "recording"))
LEG_TIMERS = ("ring", "accept")
HELD = -2
DECIDED_WITH_STEP = frozenset(
    ("answer", "transfer", "get", "participants", "getOperation")
)  # a later answer says no more


def start(m: Machine, number: int, place: int) -> None:
    """A handler becomes the activity."""
    handler = m.plan.handlers[number]
    m.place = NONE
    m.say("handler", NONE, handler.event, number)
    m.handler = number
    m.run = 0
    m.waiting = ()
    m.counters = ()
    m.attempt = 0
    enter(m, place)


def enter(m: Machine, place: int) -> None:
    """Go on at a place; retry counters of the step there begin anew. NONE: the activity is over."""
    m.place = place
    if place >= 0:
        resets = m.plan.places[place].resets
        if resets and m.counters:
            m.counters = tuple([pair for pair in m.counters if pair[0] not in resets])
    else:
        over(m)


def over(m: Machine) -> None:
    """The activity has come to its end; what was kept is looked at now."""
    m.place = NONE
    m.handler = NONE
    m.run = 0
    m.waiting = ()
    m.tried = ()
    m.in_net = False
    m.stop_music()
    if m.end == 0:
        if m.kept:
            m.events.extend(m.kept)
            m.kept = ()
        m.say("idle")


def leave_step(m: Machine) -> None:
    """What a step leaves behind when it is over: no timers, no answers that it waits for."""
    run = m.run
    if m.timers:
        m.timers = tuple([t for t in m.timers if t.ref != run or t.kind not in STEP_TIMERS])
        if len(m.legs) > 1:
            held = [leg.number for leg in m.legs if leg.holder == run]
            m.timers = tuple([t for t in m.timers if t.ref not in held or t.kind not in LEG_TIMERS])
    if m.pending:
        left = [p for p in m.pending if p.run != run or p.word not in DECIDED_WITH_STEP]
        m.pending = tuple([p if p.run != run else p._replace(run=0) for p in left])
    m.run = 0
    m.waiting = ()


def cancel(m: Machine, index: Index) -> None:
    """Something takes over, or the caller is gone: the prompt, the timer, the ringing legs of the running step end."""
    if m.run:
        m.say("cancelled", NONE, index.words[m.place].word)
        for leg in {p.leg for p in m.pending if p.run == m.run and p.word in ("playPrompt", "recordResponse")}:
            m.silence(leg)
        leave_step(m)
    m.stop_music()
    m.place = NONE
    m.handler = NONE
    m.outcome = None
    m.in_net = False


def conclude(m: Machine, index: Index) -> None:
    """The running step has come to something: go on after it, or let the failure be caught."""
    outcome, word = m.outcome, index.words[m.place]
    m.outcome = None
    place = m.plan.places[m.place]
    if outcome is True:
        if not word.is_instant:
            m.say("done", NONE, word.word)
            if index.finals[m.place] and m.kept and m.end == 0:
                _drop_kept(m)
        leave_step(m)
        jump, m.jump = m.jump, NONE
        if jump == NONE:
            enter(m, place.next)
        elif word.word == "retry":
            m.place = jump  # counters go on counting
        else:
            enter(m, jump)
    elif outcome is not None and outcome is not False:
        if m.end > 0 and isinstance(place.step, RecordStep):
            cancel(m, index)  # the caller hung up while it recorded, and that is no failure of a step (A13)
            return
        _limbo(m)
        leave_step(m)
        failure.catch(m, index, outcome)


def _drop_kept(m: Machine) -> None:
    """What waited for a step that succeeded has lost its point; an operator's order has not (see `by_hand`)."""
    orders = tuple([event for event in m.kept if event.event in ORDERS])
    for event in m.kept:
        if event not in orders:
            m.say("dropped", event.leg, event.event, "the step succeeded")
    m.kept = orders


def _limbo(m: Machine) -> None:
    """A transfer without a final word may still be under way: the safety net hangs up at the longest time (B27)."""
    step, leg = m.plan.places[m.place].step, m.primary_leg()
    if isinstance(step, Transfer) and leg is not None and leg.state in MOVING and not leg.is_over:
        began_ms = getattr(m.waiting, "began_ms", m.now_ms)
        left_ms = began_ms + m.plan.defaults.transfer_longest_ms - m.now_ms
        m.timer("limbo", max(left_ms, 0), m.primary)


def is_in_limbo(m: Machine) -> bool:
    """A transfer failed without a final word: until one comes only instant steps and `hang up` may run (B7)."""
    leg = m.primary_leg()
    return leg is not None and not leg.is_over and leg.state in MOVING


def advance(m: Machine, index: Index) -> int:
    """Begin the step at the place where the activity stands.

    The answer is the stage that a `goto` leads to, HELD when the step has to wait for the end of a transfer that had no
    final word, or NONE.
    """
    place = m.plan.places[m.place]
    step, word = place.step, index.words[m.place]
    if isinstance(step, When):
        enter(m, next((target for condition, target in step.branches if holds(m, condition)), place.next))
    elif isinstance(step, Stop):
        enter(m, NONE)
    elif word.is_instant:
        word.begin(m)
        m.outcome = None
        enter(m, place.next)
    elif m.end > 0 and not word.after_end:
        m.say("not-now", NONE, word.word)
        enter(m, NONE)
    elif is_in_limbo(m) and _is_held(m, step):
        m.say("not-now", NONE, word.word)
        return HELD
    elif is_in_limbo(m) and not isinstance(step, HangUp):
        enter(m, place.next)
    elif isinstance(step, Goto):
        return step.stage
    elif m.kept and m.end == 0 and not m.in_net:
        m.events.extend(m.kept)  # what waited is looked at before the first step that waits (B17)
        m.kept = ()
    else:
        m.run = m.number()
        m.waiting = ()
        m.say("step", NONE, word.word)
        word.begin(m)
    return NONE


def _is_held(m: Machine, step: Step) -> bool:
    """While a transfer may still be under way a step waits; it goes on if the transfer fails after all (B7).

    The safety net waits for the longest time, and then hangs up without its prompt (B27).
    """
    if m.in_net:
        return m.has_timer("limbo", m.primary)
    return not isinstance(step, HangUp) or bool(step.leg)


def run_instant(m: Machine, index: Index, number: int, event: Kept) -> None:
    """A handler with instant steps only runs on the spot; the activity goes on as if nothing had been."""
    handler = m.plan.handlers[number]
    m.say("instant", NONE, handler.event, number)
    saved = (m.place, m.outcome, m.tone, m.participant, m.result)
    m.outcome = None
    m.tone, m.participant, m.result = context(m, event)
    at = handler.place
    while at >= 0:
        m.place = at
        place = m.plan.places[at]
        step = place.step
        if isinstance(step, When):
            at = next((target for condition, target in step.branches if holds(m, condition)), place.next)
        elif isinstance(step, Stop):
            break
        else:
            index.words[at].begin(m)
            m.outcome = None
            at = place.next
    m.place, m.outcome, m.tone, m.participant, m.result = saved


def context(m: Machine, event: Kept) -> tuple[str, Participant | None, Result | None]:
    """What `tone`, `participant` and `result` mean inside the handler of an event."""
    tone = event.key if event.event == "tone" else m.tone
    return tone, event.participant or m.participant, event.result or m.result


def too_much(m: Machine, index: Index) -> None:
    """More steps at one moment than any sensible flow has: reported and caught like a failure, never a hang."""
    m.say("over-limit", NONE, "steps")
    if m.place >= 0 and not m.in_net:
        leave_step(m)
        failure.to_safety_net(m, index, TOO_MUCH)
    else:
        cancel(m, index)
