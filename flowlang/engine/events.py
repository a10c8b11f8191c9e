"""Which handler an event runs, and what may interrupt what (the language reference, "One thing at a time")."""

from flowlang.call.results import matches
from flowlang.call.session import NONE, ORDERS, Kept
from flowlang.engine import activity, by_hand
from flowlang.engine.index import Index
from flowlang.plan import Handler
from flowlang.steps.evaluate import holds, is_among
from flowlang.steps.machine import Machine

MAX_KEPT = 50  # events that wait for one outcome; more would be a broken phone, not a caller

_SILENT = ("state", "transferring", "transfer accepted", "answered", "joined", "left", "leg ended", "enter", "ended",
           "transfer completed", "start")  # fmt: skip


def find(m: Machine, index: Index, event: Kept, numbers: tuple[int, ...]) -> int:
    """The first handler that fits, or NONE."""
    if numbers and index.plain[numbers[0]]:
        return numbers[0]
    saved = (m.tone, m.participant, m.result)
    m.tone, m.participant, m.result = activity.context(m, event)
    found = NONE
    for number in numbers:
        if index.plain[number] or _fits(m, m.plan.handlers[number], event):
            found = number
            break
    m.tone, m.participant, m.result = saved
    return found


def _fits(m: Machine, handler: Handler, event: Kept) -> bool:
    if handler.keys and event.key not in handler.keys and "any" not in handler.keys:
        return False
    if handler.leg and handler.leg != event.key:
        return False
    if handler.state and handler.state != event.key:
        return False
    if handler.patterns and not (event.result is not None and any(matches(p, event.result) for p in handler.patterns)):
        return False
    if handler.party and not is_among(m, event.participant.party if event.participant else None, handler.party):
        return False
    if handler.source and not is_among(m, m.caller, handler.source):
        return False
    if handler.called and not is_among(m, m.called, handler.called):
        return False
    return handler.condition is None or holds(m, handler.condition)


def handle(m: Machine, index: Index, event: Kept) -> None:
    """Match one event and let its handler run, wait, or go. An operator's order needs no handler."""
    if event.event in ORDERS:
        by_hand.handle(m, index, event)
        return
    if event.handler != NONE:
        stage = m.plan.handlers[event.handler].stage
        if stage != NONE and event.visit != m.visit:
            m.say("dropped", event.leg, event.event, "its stage is over")
            return
        candidates: tuple[int, ...] = (event.handler,)
    else:
        candidates = index.handlers[m.stage + 1].get(event.event, ())
        if not candidates:
            if event.event not in _SILENT:
                m.say("unhandled", event.leg, event.event)
            return
    number = find(m, index, event, candidates)
    if number == NONE:
        m.say("unhandled", event.leg, event.event)
        return
    _run(m, index, event, number)


def _run(m: Machine, index: Index, event: Kept, number: int) -> None:
    handler = m.plan.handlers[number]
    is_running = m.place >= 0
    if is_running and m.handler == number and event.event != "enter":
        m.say("own-event", event.leg, event.event)
    elif handler.is_instant:
        activity.run_instant(m, index, number, event)
    elif m.in_net:
        m.say("dropped", event.leg, event.event, "the safety net runs")
    elif m.timers and m.has_timer("gone", m.primary):
        m.say("dropped", event.leg, event.event, "the call is over")
    elif activity.is_in_limbo(m) and not is_running:
        m.say("dropped", event.leg, event.event, "a transfer may still be under way")
    elif is_running and m.run and index.finals[m.place]:
        _keep(m, event)
    else:
        if is_running:
            m.say("takes-over", event.leg, event.event)
            activity.cancel(m, index)
        m.tone, m.participant, m.result = activity.context(m, event)
        m.tried = ()
        activity.start(m, number, handler.place)


def _keep(m: Machine, event: Kept) -> None:
    if event.event == "tone":
        m.say("dropped", event.leg, "tone", "a step is under way that cannot be taken back")
    elif len(m.kept) >= MAX_KEPT:
        m.say("over-limit", event.leg, "kept events")
    else:
        m.kept += (event,)
        m.say("kept", event.leg, event.event)


def change_stage(m: Machine, index: Index, stage: int) -> None:
    """`goto`: leave the stage one is in, with its timers, and begin the new one with its `on enter` (A1).

    A `goto` to the same stage runs `on enter` again and leaves timers, counters and legs alone.
    """
    activity.cancel(m, index)
    if stage != m.stage:
        handlers = m.plan.handlers
        m.timers = tuple([t for t in m.timers if t.kind != "after" or handlers[t.ref].stage == NONE])
        m.stage = stage
        m.visit += 1
        arm_timers(m, index, stage)
    m.say("stage", NONE, m.plan.stages[stage])
    entries = index.handlers[stage + 1].get("enter", ())  # the rules see to it that stages alone are entered
    number = find(m, index, Kept("enter", NONE, "", m.visit), entries)
    if number == NONE:
        activity.over(m)
        return
    m.tried = ()
    activity.start(m, number, m.plan.handlers[number].place)


def arm_timers(m: Machine, index: Index, stage: int) -> None:
    """Set the `after` timers of a stage, or of the flow (stage NONE) when the call is answered."""
    if stage not in index.after:
        return
    for number, handler in enumerate(m.plan.handlers):
        if handler.event == "after" and handler.stage == stage:
            delay_ms = m.bound_ms(handler.delay_ms, 0)
            m.timer("after", delay_ms, number)
            m.say("timer", NONE, delay_ms, "after")
