"""After a pause of the service (a restart, a suspended process, a clock that jumped, a store that was away) a call may
not stand as it was left. Graph is asked about each leg, and no timer fires before it has answered, or `CHECK_MS` are
over. Then each timer that is overdue fires once, now, and what follows gets its own bound from now on.
"""

from flowlang.call.commands import GetOperation
from flowlang.call.facts import Resumed
from flowlang.call.session import CHECK, NONE
from flowlang.engine import activity
from flowlang.engine.index import Index
from flowlang.plan import Transfer
from flowlang.steps.machine import Machine
from flowlang.steps.transfer import MOVING

QUESTIONS = ("get", "getOperation")
CHECK_MS = 10_000  # how long timers wait for Graph's answers


def resumed(m: Machine, index: Index, fact: Resumed) -> None:
    """Ask about each leg that should be there. Questions from before are forgotten: their answers may be as old."""
    m.say("resumed", NONE, fact.paused_ms)
    checked_ms = _checked_ms(m)  # no question was answered before the pause
    m.drop_timers(CHECK, NONE)
    m.pending = tuple([p for p in m.pending if p.word != "get" or p.run])
    is_unsent = any(p.run == m.run and p.number in fact.unsent for p in m.pending)
    if is_unsent or getattr(m.waiting, "number", 0) in fact.unsent:
        _give_time_back(m, max(fact.paused_ms, checked_ms))
    for leg in m.legs:
        if not leg.call_id or leg.is_over:
            continue
        if leg.state in MOVING and m.run and isinstance(m.plan.places[m.place].step, Transfer):
            index.words[m.place].timer(m, "again", m.run)  # a transfer under way is asked about by its own step
        else:
            m.ask_graph(leg.number, 0)
    _ask_about_operations(m)
    if any(p.word in QUESTIONS for p in m.pending):
        m.timer(CHECK, CHECK_MS, NONE)


def _ask_about_operations(m: Machine) -> None:
    """Word that a prompt or a recording is over may be lost: nobody waits in silence for the bound."""
    for pending in m.pending:
        if m.run and pending.run == m.run and pending.operation_id and not m.legs[pending.leg].is_over:
            m.request(pending.leg, GetOperation(pending.operation_id), "getOperation", m.run)


def _checked_ms(m: Machine) -> int:
    """For how long Graph has been asked how the call stands; 0: it is not."""
    return next((m.now_ms - timer.due_ms + CHECK_MS for timer in m.timers if timer.kind == CHECK), 0)


def _give_time_back(m: Machine, ms: int) -> None:
    """A step whose request has not left yet has the time left that it had before the pause."""
    if not m.run:
        return
    held = {leg.number for leg in m.legs if leg.holder == m.run}
    m.timers = tuple(
        [
            timer._replace(due_ms=timer.due_ms + ms)
            if (timer.ref == m.run and timer.kind in activity.STEP_TIMERS)
            or (timer.ref in held and timer.kind in activity.LEG_TIMERS)
            else timer
            for timer in m.timers
        ]
    )


def end_check(m: Machine) -> None:
    """Timers fire again as soon as no question about a leg is open."""
    if any(timer.kind == CHECK for timer in m.timers) and not any(p.word in QUESTIONS for p in m.pending):
        checked(m, _checked_ms(m))
        m.drop_timers(CHECK, NONE)


def checked(m: Machine, ms: int) -> None:
    """Graph was asked for so long. What a step asked for meanwhile leaves only now: that time is not the step's."""
    if any(p.run == m.run and not p.is_answered and p.word not in QUESTIONS for p in m.pending):
        _give_time_back(m, ms)
