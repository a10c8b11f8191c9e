"""Orders of operators as facts: what makes sense is told at once, before anything is written down.

The engine decides when the order comes to its turn (`engine.by_hand`); what is refused here is refused for courtesy.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from pydantic import TypeAdapter, ValidationError

from flowlang import given
from flowlang.admin.desk import RefusedError, WrongError
from flowlang.admin.shapes import GUID, NUMBER, JsonValue, TransferOrder
from flowlang.admin.standing import standing, step_of
from flowlang.admin.views import session_of
from flowlang.call.facts import Fact, Started, Value
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.codec import NotReadableError, from_json
from flowlang.engine.index import index_of
from flowlang.plan import Answer, HangUp, Plan
from flowlang.store.base import Listed

_NUMBER, _GUID = re.compile(NUMBER), re.compile(GUID)
LARGEST: Final = 2**53
MOST_NAMED: Final = 10  # variables, in a message


def in_flight(listed: Listed) -> Session:
    """The session of a call that can be acted on. Raises `RefusedError`."""
    if listed.parked:
        raise RefusedError(
            f"call {listed.session.call_id} rests, and its legs were hung up; let it go on first", "parked"
        )
    session = session_of(listed)
    if listed.over_ms >= 0 or (session is not None and session.end):
        raise RefusedError(f"call {listed.session.call_id} is over", "over")
    if session is None:
        raise RefusedError(f"call {listed.session.call_id} cannot be read", "unreadable")
    return session


def note_for(plan: Plan | None, session: Session) -> str:
    """What an order waits for."""
    if plan is None or not session.run or not index_of(plan).finals[session.place]:
        return ""
    if isinstance(step_of(plan, session), HangUp):
        return "the call is being hung up"
    return f"the call {standing(plan, session)}; that cannot be taken back and is waited for"


def target_of(order: TransferOrder, plan: Plan | None, session: Session) -> Party:
    """Whom to transfer to. Raises `WrongError` and `RefusedError`."""
    pattern = _NUMBER if order.kind == "phone" else _GUID
    if not pattern.fullmatch(order.id):
        what = "a phone number such as +15550123" if order.kind == "phone" else f"the identifier of a {order.kind}"
        raise WrongError(f"{order.id} is not {what}")
    if order.tenant_id and not _GUID.fullmatch(order.tenant_id):
        raise WrongError(f"{order.tenant_id} is not the identifier of a tenant")
    if session.kind == "group":
        raise RefusedError("a group call cannot be handed over as a whole", "group_call")
    leg = session.legs[session.primary] if session.primary >= 0 else None
    is_answering = plan is not None and isinstance(step_of(plan, session), Answer)
    if (leg is None or not leg.is_up) and not is_answering:
        raise RefusedError("the call is not answered yet", "not_up")
    tenant = "" if order.kind == "phone" else order.tenant_id or session.tenant_id
    return Party(order.kind, order.id, tenant, order.name)


def start_of(plan: Plan, flow: str, values: Mapping[str, JsonValue], chain_id: str, at_ms: int) -> Started:
    """The fact that starts a flow. Raises `RefusedError` for one that starts with a caller only, `WrongError` for
    values that it does not have, or that are of another kind than its own."""
    if not plan.has_start:
        raise RefusedError(f"{flow} has no `on start`: it begins when somebody calls", "no_start")
    known = {variable.name: variable for variable in plan.variables if variable.kind != "local"}
    given_values: list[tuple[str, Value]] = []
    for name, value in values.items():
        if name not in known:
            has = f"it has {', '.join(list(known)[:MOST_NAMED])}" if known else "it has none"
            raise WrongError(f"{flow} has no variable {name}{near(name, known) or f'; {has}'}")
        given_values.append((name, _typed(name, value, known[name].first)))
    return Started(at_ms, tuple(given_values), chain_id)


def _typed(name: str, value: JsonValue, like: Value) -> Value:
    """A value of the kind that the flow's variable begins with. Raises `WrongError`."""
    if isinstance(value, int) and abs(value) > LARGEST:
        raise WrongError(f"{name} is too large")
    if value is None or like is None:
        return value
    if isinstance(like, str) and not isinstance(value, str):
        raise WrongError(f"{name} wants a text, not {_written(value)}")
    if isinstance(value, str) or type(value) is not type(like):
        try:
            return given.value_like(_written(value), like, {})
        except given.NotAValueError as error:
            raise WrongError(f"{name} {error}") from None
    return value


def _written(value: str | int | bool) -> str:
    return value if isinstance(value, str) else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where something alike is known."""
    found = get_close_matches(word, list(known), 1)
    return f"; did you mean {found[0]}?" if found else ""


def fact_of(document: list[object]) -> Fact:
    """A fact from its stored form. Raises `WrongError`."""
    try:
        found = from_json(document)
    except (NotReadableError, RecursionError) as error:
        raise WrongError(f"this is not the stored form of a fact: {str(error)[:200]}") from None
    if not isinstance(found, Fact):
        raise WrongError("this is not the stored form of a fact")
    try:
        return TypeAdapter(type(found)).validate_python(found, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
