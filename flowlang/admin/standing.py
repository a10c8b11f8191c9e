"""Where a call stands, in a few words: `rings Heidi Steen`, `transfers to +15550123`, `waits for a key`."""

from typing import assert_never

from flowlang import plan as p
from flowlang.call.facts import Record, Value
from flowlang.call.party import Party
from flowlang.call.results import TRANSFER_COMPLETED_SUBCODE, matches
from flowlang.call.session import Session
from flowlang.engine.index import ready
from flowlang.ladder.words import of_result
from flowlang.steps.evaluate import name_of, written


def standing(plan: p.Plan, session: Session) -> str:
    """What the call does now, or how it ended."""
    if session.end:
        return ending(session)
    step = step_of(plan, session)
    said = doing(session, step) if step is not None else _idle(plan, session)
    return f"safety net: {said}" if session.in_net and not isinstance(step, p.HangUp) else said


def step_of(plan: p.Plan, session: Session) -> p.Step | None:
    """The step that runs, or None."""
    return ready(plan).places[session.place].step if session.place >= 0 and session.run else None


def place_of(plan: p.Plan, session: Session) -> str:
    """`reception.flow:7`; empty where no line of the flow runs."""
    place = ready(plan).places[session.place] if session.place >= 0 else None
    if place is None or not place.line:
        return ""
    name = plan.files[place.file] if place.file < len(plan.files) else ""
    return f"{name.replace(chr(92), '/').rpartition('/')[2]}:{place.line}"


def ending(session: Session) -> str:
    """How the caller's leg ended."""
    leg = session.legs[session.primary] if session.primary >= 0 else None
    result = leg.result if leg is not None else None
    if leg is None:
        return "over: nobody was reached"
    if leg.state == "transferAccepted" or (result is not None and result.subcode == TRANSFER_COMPLETED_SUBCODE):
        return "over: transferred"
    if result is not None and result.code and matches("caller hung up", result):
        return "over: hung up"
    return f"over: {of_result(result)}" if result is not None else "over"


def _idle(plan: p.Plan, session: Session) -> str:
    if any(timer.kind == "gone" for timer in session.timers):
        return "waits for the word that it is over"
    if session.place >= 0:
        return "waits for the end of a transfer"
    if session.primary < 0 and not session.direction:
        return "begins"
    return f"waits in stage {plan.stages[session.stage]}" if session.stage >= 0 else "waits for what comes"


def doing(session: Session, step: p.Step) -> str:
    """A step that waits, in words."""
    match step:
        case p.Answer():
            return "answers"
        case p.Reject():
            return "rejects"
        case p.Redirect(targets):
            return f"redirects to {_targets(session, targets)}"
        case p.Call(targets) | p.Consult(targets):
            return f"rings {_rung(session) or _targets(session, targets)}"
        case p.JoinMeeting():
            return "joins a meeting"
        case p.Transfer(target, replacing):
            to = _targets(session, target) if target is not None else _of_leg(session, replacing)
            return f"transfers to {to}"
        case p.Invite(target):
            return f"invites {who(session, target)}"
        case p.Remove(participant):
            return f"removes {who(session, participant)}"
        case p.Hold(participant) | p.Resume(participant):
            return f"{p.WORDS[type(step)]}s {who(session, participant)}"
        case p.Play(prompts):
            return f"plays {', '.join(prompts)}"
        case p.Say():
            return "speaks"
        case p.Menu():
            return "waits for a key"
        case p.Gather(digits):
            return f"waits for {digits} digits"
        case p.RecordStep():
            return "records"
        case p.Ask(service):
            return f"asks {service}"
        case p.StartFlow(flow):
            return f"starts {flow}"
        case p.HangUp(leg):
            return f"hangs up {leg}" if leg else "hangs up"
        case p.Wait() | p.Retry():
            return "waits"
        case p.Mute() | p.Unmute() | p.Goto() | p.Stop() | p.When() | p.Set() | p.Log() | p.Notify():
            return p.WORDS[type(step)]
        case _:
            assert_never(step)


def _rung(session: Session) -> str:
    ringing = [leg.party for leg in session.legs if leg.holder == session.run and not leg.is_over and leg.party]
    return ", ".join(party.name or party.id for party in ringing)


def _targets(session: Session, targets: p.Targets) -> str:
    return ", ".join(who(session, one) for one in targets.items)


def _of_leg(session: Session, name: str) -> str:
    for leg in reversed(session.legs):
        if leg.name == name and leg.party is not None:
            return leg.party.name or leg.party.id
    return name


def who(session: Session, expr: p.Expr) -> str:
    """Whom an expression names, as far as the session alone tells; else what the flow calls them."""
    match expr:
        case p.Const(value):
            return _called(value)
        case p.Var(number):
            return _called(session.variables[number]) or name_of(expr)
        case p.Member(number, _, fields):
            return _called(_inside(session.variables[number], fields)) or name_of(expr)
        case p.Localized(inner):
            return who(session, inner)
        case p.Known("by hand"):
            return _name(session.by_hand)
        case p.Known("caller"):
            return _name(session.caller)
        case p.Known("called"):
            return _name(session.called)
        case p.Known("participant"):
            return _name(session.participant.party if session.participant is not None else None)
        case p.Known("leg", _, leg):
            return _of_leg(session, leg)
        case p.Known() | p.Join() | p.Plus():
            return name_of(expr) or "somebody"
        case _:
            assert_never(expr)


def _called(value: Value) -> str:
    is_voicemail = isinstance(value, Party) and value.endpoint == "voicemail"
    return f"the voicemail of {written(value)}" if is_voicemail else written(value)


def _name(party: Party | None) -> str:
    return (party.name or party.id) if party is not None else "somebody"


def _inside(value: Value, fields: tuple[str, ...]) -> Value:
    for field in fields:
        members = value.members if isinstance(value, Record) else ()
        value = next((inner for name, inner in members if name == field), None)
    return value
