"""What services answer and who calls: values drawn from what the flow can tell apart."""

from itertools import product

from flowlang import plan as p
from flowlang.call import facts
from flowlang.call.facts import Fact, Value
from flowlang.call.party import Party
from flowlang.explorer.relevance import Relevance

MOST_ANSWERS = 48
MOST_CALLERS = 24
OTHER_NUMBER = Party("phone", "+12025550199", name="Somebody")
OTHER_USER = Party("user", "00000000-0000-4000-8000-0000000000aa", name="Somebody")
ANONYMOUS = Party("anonymous", "")
US = Party("resource account", "00000000-0000-4000-8000-0000000000bb", name="The flow")
A_NUMBER = "+12025550123"
TENANT = "00000000-0000-4000-8000-0000000000cc"

Members = tuple[tuple[str, Value], ...]


def answers_of(relevance: Relevance, step: p.Ask) -> list[Members]:
    """The answers of a service that the flow can tell apart: each member as it is compared, as something else, and
    missing. Where that would be too many, one member at a time differs."""
    if step.variable < 0 or not step.wants:
        return [()]
    choices = [_choices(relevance, step.variable, member) for member in step.wants]
    return [
        tuple([(name, value) for name, value in zip(step.wants, values, strict=True) if value is not None])
        for values in _combined(choices)
    ]


def _choices(relevance: Relevance, variable: int, member: str) -> tuple[Value, ...]:
    constants = relevance.members[variable].get(member)
    if constants is None:
        return ("text",)
    found: list[Value] = list(constants)
    if (variable, member) in relevance.dialled:
        found.insert(0, A_NUMBER)
    if not any(isinstance(value, bool) for value in found):
        found.append(_other(found))
    found.append(None)
    return tuple(dict.fromkeys(found)) if not any(isinstance(value, bool) for value in found) else tuple(found)


def _other(values: list[Value]) -> Value:
    """Something that is none of these, of the same type."""
    if values and all(isinstance(value, int) for value in values):
        return max([value for value in values if isinstance(value, int)]) + 1_000
    return "something else"


def beginnings(plan: p.Plan, relevance: Relevance) -> list[Fact]:
    """How a call can begin: who calls whom, or the flow is started."""
    found: list[Fact] = []
    if any(handler.event == "incoming" for handler in plan.handlers):
        callers: list[Party] = [OTHER_NUMBER]
        if ("caller", "") in relevance.roots:
            callers += [OTHER_USER, ANONYMOUS, *relevance.parties][: MOST_CALLERS - 1]
        called = [US, *relevance.parties][:MOST_CALLERS] if ("called", "") in relevance.roots else [US]
        for kind in _kinds(relevance):
            for caller in callers:
                found += [
                    facts.Incoming(0, "c0", caller, one, "group" if kind == "group" else "peer", TENANT, "chain")
                    for one in (called if caller is callers[0] else called[:1])
                ]
    if plan.has_start:
        found += [facts.Started(0, values) for values in _given(plan, relevance)]
    return found


def _given(plan: p.Plan, relevance: Relevance) -> list[Members]:
    """What whoever starts the flow may give it: the values of `let` that the flow can tell apart."""
    names: list[str] = []
    choices: list[tuple[Value, ...]] = []
    for number, variable in enumerate(plan.variables):
        constants = relevance.constants[number]
        if variable.kind == "let" and constants is not None:
            names.append(variable.name)
            dialled = (A_NUMBER,) if (number, "") in relevance.dialled else ()
            choices.append(tuple(dict.fromkeys((variable.first, *dialled, *constants))))
    return [tuple(zip(names, values, strict=True)) for values in _combined(choices)]


def _combined(choices: list[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    """Every combination; where that would be too many, one at a time differs from the usual."""
    count = 1
    for one in choices:
        count *= len(one)
    if count <= MOST_ANSWERS:
        return list(product(*choices))
    usual = tuple([one[0] for one in choices])
    found = [usual]
    for at, one in enumerate(choices):
        found += [(*usual[:at], value, *usual[at + 1 :]) for value in one[1:]]
    return found


def _kinds(relevance: Relevance) -> tuple[str, ...]:
    if ("call", "kind") in relevance.roots:
        return ("peer", "group")
    return ("group",) if relevance.uses_roster else ("peer",)
