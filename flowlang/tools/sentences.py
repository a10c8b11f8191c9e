"""How a call went, in plain sentences: the lines below the ladder."""

from collections.abc import Mapping

from flowlang.call import commands
from flowlang.call.party import Party
from flowlang.ladder.story import Told
from flowlang.ladder.words import of_result
from flowlang.plan import Consult, Plan
from flowlang.scenario.loop import Outcome
from flowlang.scenario.world import World
from flowlang.steps.evaluate import written

MINUTE_MS = 60_000
NAMELESS: Mapping[str, str] = {}
CANCELLED = 487  # the caller gave up before the call was answered


def legs_of(plan: Plan, outcome: Outcome, world: World) -> tuple[Told, ...]:
    """The legs of a call with who is there; the caller by the name that the user gave."""
    told = []
    begun = {e.trace.leg: plan.places[e.trace.place].step for e in outcome.entries if e.trace.code == "leg"}
    for leg in outcome.session.legs:
        party = leg.party
        if leg.number == outcome.session.primary and outcome.session.direction == "incoming":
            party = outcome.session.caller
            if party is not None and party.is_same(world.caller):
                party = world.caller
        step = begun.get(leg.number)
        name = leg.name or (step.leg if isinstance(step, Consult) else "caller")
        told.append(Told(leg.number, name, party))
    return tuple(told)


def how_long(ms: int) -> str:
    """A length of time as people say it."""
    if ms < MINUTE_MS:
        return f"{ms / 1000:.1f} s"
    minutes, rest = divmod(round(ms / 1000), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def where(plan: Plan, place: int) -> str:
    """A place of the flow as file and line, or nothing where the step has no line of its own."""
    if place < 0 or plan.places[place].line == 0:
        return ""
    return f"{plan.files[plan.places[place].file]}:{plan.places[place].line}"


def end_sentence(plan: Plan, outcome: Outcome, names: Mapping[str, str] = NAMELESS) -> str:
    """The call in one sentence. `names`: see `party_name`."""
    ending = outcome.ending
    when = how_long(ending.at_ms)
    match ending.word:
        case "transferred":
            return _transferred(outcome, when, names)
        case "redirected":
            return f"The call was redirected to {_redirect_target(outcome, names)} after {when}."
        case "rejected":
            return f"The call was rejected after {when}."
        case "stranded":
            at = where(plan, ending.place)
            stopped = f"the flow stopped at {at}" if at else "no handler of the flow takes the call"
            return f"The caller was left in silence after {when}: {stopped}, and nothing more can come."
        case "running":
            at = where(plan, outcome.session.place)
            return f"After {when} the call is still up" + (f"; the flow is at {at}." if at else ".")
        case "ended":
            return _ended(outcome, when)


def _transferred(outcome: Outcome, when: str, names: Mapping[str, str]) -> str:
    act = next((e.act for e in reversed(outcome.exchanges) if isinstance(e.act, commands.Transfer)), None)
    if act is None:
        return f"The caller was handed over after {when}."
    moved = party_name(act.transferee.party, names) if act.transferee is not None else "The caller"
    return f"{moved} was handed over to {party_name(act.target, names)} after {when}."


def _redirect_target(outcome: Outcome, names: Mapping[str, str]) -> str:
    act = next((e.act for e in reversed(outcome.exchanges) if isinstance(e.act, commands.Redirect)), None)
    return ", ".join(party_name(one, names) for one in act.targets) if act is not None else "somebody else"


def _ended(outcome: Outcome, when: str) -> str:
    primary = outcome.session.primary
    if primary < 0:
        return f"The flow was over after {when}; nobody was on the line."
    by_us = any(e.leg == primary and isinstance(e.act, commands.HangUp) for e in outcome.exchanges)
    result = outcome.ending.result
    if by_us:
        return f"The flow hung up after {when}."
    if result is None or result.code < 300 or result.code == CANCELLED:
        return f"The caller hung up after {when}."
    return f"The call ended after {when}: {of_result(result)}."


def party_name(party: Party, names: Mapping[str, str] = NAMELESS) -> str:
    """Who that is, for people. `names`: by identifier, what the flow calls those that have no name of their own."""
    name = party.name or names.get(party.id.lower()) or party.id or party.kind
    return f"the voicemail of {name}" if party.endpoint == "voicemail" else name


def more_sentences(plan: Plan, outcome: Outcome, world: World) -> list[str]:
    """What else a designer should know: the safety net, flows that begin later, options that came to nothing."""
    said = []
    if outcome.ending.used_safety_net:
        at = next((where(plan, e.trace.place) for e in outcome.entries if e.trace.code == "uncaught"), "")
        said.append(f"Nothing in the flow caught the failure{f' at {at}' if at else ''}, so the safety net hung up.")
    for flow in outcome.started:
        when = f"in {how_long(flow.after_ms)}" if flow.after_ms else "at once"
        values = ", ".join(f"{name} = {written(value)}" for name, value in flow.values)
        said.append(f"The flow {flow.flow} begins {when}{f' with {values}' if values else ''}.")
    for wanted in outcome.unused:
        said.append(f"--outcome {wanted.text} was not used: the call came to no such step.")
    if world.hang_up_after_ms > outcome.ending.at_ms:
        said.append("--hang-up-after was not used: the call was over before.")
    if outcome.keys_left:
        groups = "one group of keys was" if outcome.keys_left == 1 else f"{outcome.keys_left} groups of keys were"
        said.append(f"--tones: {groups} not asked for.")
    return said
