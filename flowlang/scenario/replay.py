"""A call played again from its facts: through the same engine, and told like a simulated one."""

from collections.abc import Sequence
from typing import NamedTuple

from flowlang.call import commands, facts
from flowlang.call.facts import Fact
from flowlang.call.session import Session, next_due
from flowlang.engine.index import ready
from flowlang.engine.step import new_session, step
from flowlang.ladder.story import Entry, Exchange
from flowlang.plan import NONE, Plan, PromptFile
from flowlang.scenario.codec import Codec
from flowlang.scenario.ending import ending_of
from flowlang.scenario.loop import Outcome
from flowlang.scenario.world import World

ANSWER_MS = 40
ANSWERED_MS = 250  # from our `answer` to the call being up
NEWS_MS = {"established": 2_000, "terminated": 1_500, "": 60}
USUAL_NEWS_MS = 120
KEY_MS = 1_500
PROMPT_MS = 3_000
SERVICE_MS = 120
PEOPLE_MS = 1_000
SESSION_ID = "witness"


class Replayed(NamedTuple):
    """The call, and how many of its facts changed nothing: none as long as flow and facts belong together."""

    outcome: Outcome
    ignored: int


def replay(plan: Plan, given: Sequence[Fact], world: World) -> Replayed:
    """Play facts through the engine, at the times that they carry."""
    plan = ready(plan)
    session = new_session(SESSION_ID, "replayed", plan)
    codec = Codec(plan, world, SESSION_ID)
    begin_ms = given[0].at_ms if given else 0
    entries: list[Entry] = []
    exchanges: dict[int, Exchange] = {}
    ignored = 0
    for fact in given:
        at_ms = fact.at_ms - begin_ms
        _answered(exchanges, fact, at_ms)
        stepped = step(plan, session, fact)
        ignored += stepped.session == session
        session = stepped.session
        entries += [Entry(at_ms, trace) for trace in stepped.trace]
        places = {int(trace.facts[0]): trace.place for trace in stepped.trace if trace.code == "request"}
        for command in stepped.commands:
            if isinstance(command, commands.Request):
                encoded = codec.encode(_with_call_id(session, command))
                place = places.get(command.number, NONE)
                exchanges[command.number] = Exchange(
                    command.number, command.leg, place, command.act, at_ms, encoded, answered_ms=-1
                )
    told = tuple(entries)
    last_ms = given[-1].at_ms - begin_ms if given else 0
    ending = ending_of(plan, session, told, last_ms, is_stranded=is_left_alone(plan, session))
    sent = tuple([exchanges[number] for number in sorted(exchanges)])
    return Replayed(Outcome(session, told, sent, ending, (), 0, (), ()), ignored)


def _answered(exchanges: dict[int, Exchange], fact: Fact, at_ms: int) -> None:
    if isinstance(fact, facts.RequestAnswered) and fact.request in exchanges:
        known = exchanges[fact.request]
        exchanges[fact.request] = known._replace(status=fact.status, answered_ms=at_ms, result=fact.result)


def _with_call_id(session: Session, request: commands.Request) -> commands.Request:
    return request if request.call_id else request._replace(call_id=session.legs[request.leg].call_id)


def is_left_alone(plan: Plan, session: Session) -> bool:
    """Whether the caller is there, nothing runs, and no time limit that does anything is set."""
    leg = session.legs[session.primary] if session.primary >= 0 else None
    if leg is None or leg.is_over or session.place >= 0 or session.end or session.pending:
        return False
    return all(
        timer.kind in ("keepAlive", "audible") or (timer.kind == "after" and plan.handlers[timer.ref].is_instant)
        for timer in session.timers
    )


# ---------------------------------------------------------------- plausible times


def timed(plan: Plan, given: Sequence[Fact], begin_ms: int) -> tuple[Fact, ...]:
    """The same facts at times that a call could have: a phone rings two seconds, a prompt plays its length, a timer
    fires when it is due."""
    session = new_session(SESSION_ID, "replayed", plan)
    now_ms = begin_ms
    found: list[Fact] = []
    for fact in given:
        now_ms = _time_of(session, fact, now_ms, plan.prompts)
        found.append(fact._replace(at_ms=now_ms))
        session = step(plan, session, found[-1]).session
    return tuple(found)


def _time_of(session: Session, fact: Fact, now_ms: int, prompts: tuple[PromptFile, ...]) -> int:
    match fact:
        case facts.TimerFired(timer=number):
            due = [timer.due_ms for timer in session.timers if timer.number == number]
            return max(now_ms, *due) if due else now_ms
        case facts.RequestAnswered():
            return now_ms + ANSWER_MS
        case facts.CallUpdated(state=state, tone=tone):
            is_answered = session.primary == fact.leg and session.direction == "incoming" and state == "established"
            usual = KEY_MS if tone else ANSWERED_MS if is_answered else NEWS_MS.get(state, USUAL_NEWS_MS)
            return _before_timers(session, now_ms, ANSWER_MS if fact.audio else usual)
        case facts.OperationUpdated():
            lengths = [prompt.length_ms for prompt in prompts if prompt.length_ms]
            return _before_timers(session, now_ms, max(lengths, default=PROMPT_MS))
        case facts.ServiceAnswered() | facts.FlowStarted():
            return now_ms + SERVICE_MS
        case facts.RosterUpdated():
            return _before_timers(session, now_ms, PEOPLE_MS)
        case _:
            return now_ms


def _before_timers(session: Session, now_ms: int, usual_ms: int) -> int:
    """A plausible moment from now, but before any timer is due: the facts say that it came first."""
    timer = next_due(session)
    room_ms = (timer.due_ms - now_ms) // 2 if timer is not None else usual_ms
    return now_ms + max(0, min(usual_ms, room_ms))
