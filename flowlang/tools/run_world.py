"""From the options of `flowlang run` to the world around the call."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from flowlang.call.facts import Value
from flowlang.call.party import Party
from flowlang.compiler.names import Names
from flowlang.plan import Plan
from flowlang.scenario.outcomes import OutcomeError, Wanted, read_outcome
from flowlang.scenario.world import CALLED, CALLER, World
from flowlang.tools import values
from flowlang.tools.durations import duration_ms
from flowlang.tools.options import Given, UsageError, near
from flowlang.tools.reading import calendar_text

USUAL_MOMENT = "2026-11-23T10:00"  # a Monday on which most offices are open


def contacts_of(names: Names) -> dict[str, Party]:
    """The contacts of a flow by name."""
    return {name: party for name in names.contacts if (party := names.contact(name)) is not None}


def names_of(contacts: Mapping[str, Party]) -> dict[str, str]:
    """What the flow calls the users and accounts that it gives no display name, by identifier."""
    named = {party.id.lower() for party in contacts.values() if party.name}
    nameless = [(name, party) for name, party in contacts.items() if party.kind != "phone"]
    return {
        party.id.lower(): name
        for name, party in nameless
        if party.endpoint == "default" and party.id.lower() not in named
    }


class Staged(NamedTuple):
    """The flow with the settings that the user gave, and the world around the call."""

    plan: Plan
    world: World


def stage(plan: Plan, path: str, given: Given, names: Names) -> Staged:
    """What the options of `run` ask for. Raises `UsageError`."""
    contacts = contacts_of(names)
    starts = _starts(plan, path, given)
    plan, started_with = _settings(plan, given, contacts, starts=starts)
    people = values.participants(given.one("group"), contacts) if given.has("group") else ()
    is_group = bool(people) or given.one("kind") == "group"
    usual_caller = people[0] if people else CALLER  # whoever began the group call
    world = World(
        at_ms=values.moment_ms(given.one("at", USUAL_MOMENT), plan.hours[0].zone if plan.hours else "UTC"),
        caller=values.party_of(given.one("from"), contacts, "--from") if given.has("from") else usual_caller,
        called=values.party_of(given.one("to"), contacts, "--to") if given.has("to") else CALLED,
        kind="start" if starts else "group" if is_group else "peer",
        participants=people,
        values=started_with,
        keys=values.key_groups(given.one("tones")) if given.has("tones") else (),
        hang_up_after_ms=_hang_up_ms(given),
        wanted=tuple([_wanted(text) for text in given.many("outcome")]),
        answers=_answers(given, contacts, names),
        flows=_flows_beside(path),
        calendars=tuple([(h.calendar, calendar_text(h.calendar, path)) for h in plan.hours if h.calendar]),
    )
    return Staged(plan, world)


def _starts(plan: Plan, path: str, given: Given) -> bool:
    """Whether the flow is started without a caller; one that can do nothing else is started without `--start` too."""
    calls_in = [option for option in ("group", "kind", "from", "to") if given.has(option)]
    if given.has("start"):
        if not plan.has_start:
            raise UsageError(f"{path} has no `on start`: leave out --start")
        if calls_in:
            raise UsageError(f"--start begins without a caller: leave out --{calls_in[0]}")
        return True
    if given.has("group") and given.one("kind") == "peer":
        raise UsageError("--group is a call with participants: leave out --kind peer")
    return plan.has_start and not plan.has_incoming and not calls_in


def _hang_up_ms(given: Given) -> int:
    return duration_ms(given.one("hang-up-after"), "--hang-up-after") if given.has("hang-up-after") else -1


def _wanted(text: str) -> Wanted:
    try:
        return read_outcome(text)
    except OutcomeError as error:
        raise UsageError(f"--outcome: {error}") from None


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
        members = tuple([member for service, member in kinds if service == service_name])
        if members and member_name not in members:
            hint = near(member_name, members) or f"; it answers {', '.join(members)}"
            raise UsageError(f"--answer: {service_name} does not answer {member_name}{hint}")
        found[key] = values.value_of_type(value, kinds.get(key, "text"), contacts, f"--answer {name}")
    return tuple([(service, member, value) for (service, member), value in found.items()])


def _settings(
    plan: Plan, given: Given, contacts: dict[str, Party], *, starts: bool
) -> tuple[Plan, tuple[tuple[str, Value], ...]]:
    """The plan with the settings that the user gave, and the values for a flow that is started."""
    variables = list(plan.variables)
    started: list[tuple[str, Value]] = []
    for text in given.many("set"):
        name, value = values.pair(text, "--set", "NAME=VALUE, such as ring_time=25s")
        at = next((n for n, variable in enumerate(variables) if variable.name == name), -1)
        may = ("setting", "let") if starts else ("setting",)
        if at < 0 or variables[at].kind not in may:
            known = tuple([variable.name for variable in variables if variable.kind in may])
            if at >= 0 and variables[at].kind == "let":
                raise UsageError(
                    f"--set: {name} is a variable; only a flow that is started with --start can be given it"
                )
            raise UsageError(f"--set: the flow has no setting {name}{near(name, known)}")
        read_value = values.value_like(value, variables[at].first, contacts, f"--set {name}")
        variables[at] = variables[at]._replace(first=read_value)
        if starts:
            started.append((name, read_value))
    return plan._replace(variables=tuple(variables)), tuple(started)
