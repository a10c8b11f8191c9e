"""The door of the engine: `step(plan, session, fact)` gives the new session, the commands and the trace.

Pure: the same plan, session and fact give the same answer, byte for byte. The order within one fact is always:
learn what is new; the running step hears it; its outcome is taken in; events are matched; the activity goes on
until it waits; what nobody uses any more is let go.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flowlang.call import facts
from flowlang.call.commands import Command, Prompt
from flowlang.call.facts import Fact
from flowlang.call.session import NONE, Session
from flowlang.call.trace import Trace
from flowlang.engine import activity, by_hand, ending, events, learn, resume
from flowlang.engine.index import Index, index_of
from flowlang.plan import Plan, Transfer
from flowlang.steps.machine import Machine

MAX_ROUNDS = 2_000  # places and events worked through for one fact; a real flow needs a few dozen at most

is_finished = ending.is_finished


class Stepped(NamedTuple):
    """What one fact came to. The commands go out in their order."""

    session: Session
    commands: tuple[Command, ...]
    trace: tuple[Trace, ...]


_LEARN: dict[type, Callable[[Machine, Index, Any], None]] = {
    facts.CallUpdated: learn.call_updated,
    facts.RequestAnswered: learn.request_answered,
    facts.OperationUpdated: learn.operation_updated,
    facts.TimerFired: learn.timer_fired,
    facts.RosterUpdated: learn.roster_updated,
    facts.Incoming: learn.incoming,
    facts.Started: learn.started,
    facts.ServiceAnswered: learn.service_answered,
    facts.FlowStarted: learn.flow_started,
    facts.OperatorHungUp: by_hand.hung_up,
    facts.OperatorTransferred: by_hand.transferred,
    facts.Ignored: learn.ignored,
    facts.Unheard: learn.unheard,
    facts.Resumed: resume.resumed,
}


def new_session(session_id: str, plan_digest: str, plan: Plan) -> Session:
    """A session before its first fact. `plan_digest` is kept, so that a call goes on with the plan it began with."""
    return Session(session_id, plan_digest, variables=tuple([variable.first for variable in plan.variables]))


def step(plan: Plan, session: Session, fact: Fact) -> Stepped:
    """Work one fact through. Never raises for anything that Graph, a caller or a flow may do."""
    index = index_of(plan)
    m = Machine(index.plan, session, fact.at_ms, fact.open_hours)
    if session.end == ending.DONE:
        m.say("ignored", NONE, "the session is over")
    else:
        _LEARN[type(fact)](m, index, fact)
        _settle(m, index)
        if m.timers:
            resume.end_check(m)
    return Stepped(m.freeze(), tuple(m.commands), tuple(m.trace))


def _settle(m: Machine, index: Index) -> None:
    for _ in range(MAX_ROUNDS):
        if m.outcome is not None:
            if not (m.kept and by_hand.after_failure(m, index)):
                activity.conclude(m, index)
        elif m.events:
            events.handle(m, index, m.events.pop(0))
        elif m.place >= 0 and m.run == 0:
            stage = activity.advance(m, index)
            if stage == activity.HELD:
                break
            if stage != NONE:
                events.change_stage(m, index, stage)
        elif m.kept and m.end and ending.is_waiting(m):
            ending.next_event(m, index)
        else:
            break
    else:
        activity.too_much(m, index)
        _settle(m, index)
    if len(m.legs) > 1 or m.primary < 0:
        _collect(m)
    if m.music[0] and m.music[1] == 0:
        _music(m, index)
    if m.end or m.primary < 0:
        ending.finish(m)


def _collect(m: Machine) -> None:
    """Hang up the legs that nothing that can still run would use (A8). The plan's table decides, not a look ahead."""
    place = m.place
    in_use = m.plan.places[place].legs if place >= 0 else ()
    in_reach = m.plan.reach[m.stage + 1]
    for leg in m.legs[1:] if m.primary == 0 else m.legs:
        if leg.is_over or leg.is_unwanted or leg.number == m.primary:
            continue
        if leg.holder and leg.holder == m.run:
            continue
        if not leg.name or m.end or (leg.name not in in_use and leg.name not in in_reach):
            m.release(leg)


def _music(m: Machine, index: Index) -> None:
    """Music that was asked for begins as soon as there is sound and no transfer is under way (A11, B15)."""
    leg = m.primary_leg()
    if leg is None or not leg.is_audible or m.place < 0:
        return
    if m.run and (index.finals[m.place] or isinstance(m.plan.places[m.place].step, Transfer)):
        return
    m.say("music", leg.number, m.music[0])
    m.music = (m.music[0], m.play(leg.number, (Prompt("file", m.music[0]),), loop=True, run=0))
