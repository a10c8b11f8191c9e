"""`flowlang run FLOW`: one call through a flow on a simulated phone system, shown as a ladder or as JSON."""

import os
import sys

from flowlang.analysis.load import load
from flowlang.analysis.model import Model
from flowlang.call.facts import Value
from flowlang.call.party import Party
from flowlang.compiler.flow import compile_flow
from flowlang.compiler.names import Names
from flowlang.ladder.draw import draw
from flowlang.ladder.story import Story
from flowlang.plan import Plan
from flowlang.scenario.loop import Outcome, simulate
from flowlang.scenario.outcomes import OutcomeError, Wanted, read_outcome
from flowlang.scenario.world import CALLED, CALLER, Keys, Knobs, World
from flowlang.tools import values
from flowlang.tools.files import read_flow
from flowlang.tools.options import Command, Given, Option, UsageError, near, wrap
from flowlang.tools.reading import calendar_text, prompt_length_ms, read
from flowlang.tools.sentences import end_sentence, legs_of, more_sentences
from flowlang.tools.terminal import look_of

USUAL_SEED = 1
USUAL_MOMENT = "2026-11-23T10:00"  # a Monday on which most offices are open

COMMAND = Command(
    "run", "FLOW",
    "Plays one call through a flow on a simulated phone system. Nothing is really called and no time is really waited.",
    (
        Option("outcome", "STEP=RESULT", "how a step turns out: consult=busy, transfer=500/7700; the first is for the "
               "first such step, and so on; then all goes well", is_many=True),
        Option("hang-up-after", "12s", "the caller hangs up then"),
        Option("tones", "1,2#", "keys that the caller presses, a group each time the flow asks; 1@12s: at that time"),
        Option("at", "TIME", "when the call comes in, such as 2026-11-23T07:30, on the clock of the flow's hours"),
        Option("from", "X", "who calls: a contact of the flow, a number, or anonymous"),
        Option("to", "X", "who is called"),
        Option("kind", "peer|group", "a one-to-one call or a group call", choices=("peer", "group")),
        Option("group", "A,B", "a group call with these participants"),
        Option("start", "", "starts a flow that has `on start`; nobody calls"),
        Option("set", "NAME=VALUE", "a setting of the flow; with --start also a variable", is_many=True),
        Option("answer", "S.MEMBER=VALUE", "what the service S answers", is_many=True),
        Option("profile", "live|docs", "Graph as it was seen to behave, or as its pages say", choices=("live", "docs")),
        Option("nasty", "", "late, repeated and disordered notifications, and lost answers"),
        Option("seed", "N", "other chances for --nasty; the same seed gives the same call; usually 1"),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang run flows/consult.flow
  flowlang run flows/consult.flow --outcome transfer=500/7700
  flowlang run flows/front_desk.flow --at 2026-11-23T07:30 --tones 1
  flowlang run flows/hand_over.flow --group alice,bob

Exit codes: 0 the call went as the flow says, 1 the caller was left in silence or the
safety net ran or the flow has mistakes, 2 wrong use, 3 a bug of flowlang itself.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Play a call and show it; the answer is the exit code."""
    if len(given.arguments) != 1:
        raise UsageError("run wants one flow file: flowlang run flows/consult.flow")
    path = given.arguments[0]
    source = read_flow(path)
    wanted = tuple([_wanted(text) for text in given.many("outcome")])
    seed = _seed(given.one("seed", str(USUAL_SEED)))
    model = load(source, read)
    if _has_mistakes(model):
        return 1
    plan = compile_flow(model, prompt_length_ms=lambda name: prompt_length_ms(name, path))
    names = Names(model)
    contacts = {name: party for name in names.contacts if (party := names.contact(name)) is not None}
    plan, given_values = _settings(plan, given, contacts)
    world = _world(plan, path, given, contacts, names, wanted)._replace(values=given_values)
    outcome = simulate(
        plan, world, seed, Knobs("docs" if given.one("profile") == "docs" else "live", given.has("nasty"))
    )
    if given.one("format") == "json":
        from flowlang.tools.run_json import run_json

        sys.stdout.write(run_json(plan, path, seed, world, outcome))
    else:
        _show(plan, model, path, seed, world, outcome)
    return 1 if outcome.ending.word == "stranded" or outcome.ending.used_safety_net else 0


def _wanted(text: str) -> Wanted:
    try:
        return read_outcome(text)
    except OutcomeError as error:
        raise UsageError(f"--outcome: {error}") from None


def _seed(text: str) -> int:
    if not text.lstrip("-").isdecimal() or len(text) > 18:
        raise UsageError(f"--seed wants a whole number, not {text!r}")
    return int(text)


# ---------------------------------------------------------------- the world


def _world(
    plan: Plan, path: str, given: Given, contacts: dict[str, Party], names: Names, wanted: tuple[Wanted, ...]
) -> World:
    zone = plan.hours[0].zone if plan.hours else "UTC"
    if given.has("start") and not plan.has_start:
        raise UsageError(f"{path} has no `on start`: leave out --start")
    if given.has("start") and (given.has("group") or given.has("kind") or given.has("from") or given.has("to")):
        raise UsageError("--start begins without a caller: leave out --group, --kind, --from and --to")
    if given.has("group") and given.one("kind") == "peer":
        raise UsageError("--group is a call with participants: leave out --kind peer")
    people = values.participants(given.one("group"), contacts) if given.has("group") else ()
    is_group = bool(people) or given.one("kind") == "group"
    keys: tuple[Keys, ...] = values.key_groups(given.one("tones")) if given.has("tones") else ()
    hang_up = given.one("hang-up-after")
    return World(
        at_ms=values.moment_ms(given.one("at", USUAL_MOMENT), zone),
        caller=values.party_of(given.one("from"), contacts, "--from") if given.has("from") else CALLER,
        called=values.party_of(given.one("to"), contacts, "--to") if given.has("to") else CALLED,
        kind="start" if given.has("start") else "group" if is_group else "peer",
        participants=people,
        keys=keys,
        hang_up_after_ms=values.duration_ms(hang_up, "--hang-up-after") if hang_up else -1,
        wanted=wanted,
        answers=_answers(given, contacts, names),
        flows=_flows_beside(path),
        calendars=tuple([(h.calendar, calendar_text(h.calendar, path)) for h in plan.hours if h.calendar]),
    )


def _flows_beside(path: str) -> tuple[str, ...]:
    folder = os.path.dirname(path) or "."
    return tuple(sorted(name.removesuffix(".flow") for name in os.listdir(folder) if name.endswith(".flow")))


def _answers(given: Given, contacts: dict[str, Party], names: Names) -> tuple[tuple[str, str, Value], ...]:
    """What services answer: as they declare it, and as the user wants it."""
    found: dict[tuple[str, str], Value] = {}
    kinds: dict[tuple[str, str], str] = {}
    for service in names.services.values():
        for member in service.answers:
            key = (service.name.text, member.name.text)
            kinds[key] = member.type.text
            found[key] = values.usual_value(member.name.text, member.type.text, contacts)
    for text in given.many("answer"):
        name, value = values.pair(text, "--answer", "SERVICE.MEMBER=VALUE, such as crm.tier=gold")
        service_name, dot, member_name = name.partition(".")
        if service_name not in names.services:
            raise UsageError(
                f"--answer: the flow has no service {service_name}{near(service_name, tuple(names.services))}"
            )
        if not dot or not member_name:
            raise UsageError(f"--answer wants SERVICE.MEMBER=VALUE, such as {service_name}.tier=gold, not {text!r}")
        key = (service_name, member_name)
        found[key] = values.value_of_type(value, kinds.get(key, "text"), contacts, f"--answer {name}")
    return tuple([(service, member, value) for (service, member), value in found.items()])


def _settings(plan: Plan, given: Given, contacts: dict[str, Party]) -> tuple[Plan, tuple[tuple[str, Value], ...]]:
    """The plan with the settings that the user gave, and the values for a flow that is started."""
    variables = list(plan.variables)
    started: list[tuple[str, Value]] = []
    for text in given.many("set"):
        name, value = values.pair(text, "--set", "NAME=VALUE, such as ring_time=25s")
        at = next((n for n, variable in enumerate(variables) if variable.name == name), -1)
        may = ("setting", "let") if given.has("start") else ("setting",)
        if at < 0 or variables[at].kind not in may:
            known = tuple([variable.name for variable in variables if variable.kind in may])
            raise UsageError(f"--set: the flow has no setting {name}{near(name, known)}")
        read_value = values.value_like(value, variables[at].first, contacts, f"--set {name}")
        variables[at] = variables[at]._replace(first=read_value)
        if given.has("start"):
            started.append((name, read_value))
    return plan._replace(variables=tuple(variables)), tuple(started)


# ---------------------------------------------------------------- showing


def _has_mistakes(model: Model) -> bool:
    """Mistakes that keep a flow from running are shown as `check` shows them."""
    raise NotImplementedError


def _show(plan: Plan, model: Model, path: str, seed: int, world: World, outcome: Outcome) -> None:
    look = look_of()
    story = Story(
        plan, outcome.entries, outcome.exchanges,
        legs_of(plan, outcome, world), outcome.session.primary,
        {unit.source.path: unit.source for unit in model.units}, path, seed,
        tuple([party.name or party.id for party in world.participants]),
    )  # fmt: skip
    lines = draw(story, look)
    said = [end_sentence(plan, outcome), *more_sentences(plan, outcome)]
    told = [line for sentence in said for line in wrap(sentence, look.width - 1)]
    head = [f" {plan.title}", ""]
    text = "\n".join([*head, *lines, "", *[f" {line}" for line in told]]) + "\n"
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
