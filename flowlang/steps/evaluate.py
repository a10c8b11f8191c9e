"""Values, texts, conditions and targets, read from the machine. Pure; what is not there is None and is traced."""

from datetime import UTC, datetime
from typing import assert_never

from flowlang import plan as p
from flowlang.call.facts import Milliseconds, Record, Value
from flowlang.call.party import Participant, Party
from flowlang.steps.machine import Machine


def value_of(m: Machine, expr: p.Expr) -> Value:
    """The value of an expression; None where something is not set or has no such member."""
    match expr:
        case p.Const(value):
            return value
        case p.Var(number, _):
            return m.variables[number]
        case p.Member(number, _, fields):
            value = m.variables[number]
            for field in fields:
                value = _field(m, value, field)
            return value
        case p.Known():
            return _known(m, expr)
        case p.Join(parts):
            return "".join([text_of(m, part) for part in parts])
        case p.Plus(left, right):
            a, b = value_of(m, left), value_of(m, right)
            return a + b if isinstance(a, int) and isinstance(b, int) else None
        case p.Localized(who, language, region):
            value = value_of(m, who)
            party = value if isinstance(value, Party) else _dialled(m, value)
            if party is None:
                return None
            return party._replace(language=language or party.language, region=region or party.region)
        case _:
            assert_never(expr)


def text_of(m: Machine, expr: p.Expr) -> str:
    """The value as people read it; nothing where it is not set (A25, A37)."""
    value = value_of(m, expr)
    if value is None:
        m.say("unset", -1, name_of(expr))
    return written(value)


def written(value: Value) -> str:
    """A value as a flow's author would write it: `yes`, `20s`, a contact's name."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case int():
            return str(value)
        case Party():
            return value.name or value.id
        case Milliseconds(ms):
            return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms}ms"
        case Record(members):
            return ", ".join(f"{name} {written(inner)}" for name, inner in members)
        case _:
            assert_never(value)


def name_of(expr: p.Expr) -> str:
    """What an expression is called in a trace."""
    match expr:
        case p.Var(_, name):
            return name
        case p.Member(_, name, fields):
            return ".".join((name, *fields))
        case p.Known(root, field, leg):
            return ".".join(part for part in (leg or root, field) if part)
        case _:
            return ""


def _field(m: Machine, value: Value, field: str) -> Value:
    if isinstance(value, Party):
        return _party_field(value, field)
    if isinstance(value, Record):
        for name, inner in value.members:
            if name == field:
                return inner
        m.say("missing", -1, field)
    return None


def _party_field(party: Party | None, field: str) -> Value:
    if party is None:
        return None
    match field:
        case "":
            return party
        case "number":
            return party.id if party.kind == "phone" else None
        case "name":
            return party.name or None
        case "id":
            return party.id or None
        case "tenant":
            return party.tenant_id or None
        case _:
            return None


def _known(m: Machine, known: p.Known) -> Value:
    match known.root:
        case "caller":
            return _party_field(m.caller, known.field)
        case "called":
            return _party_field(m.called, known.field)
        case "participant":
            return _party_field(m.participant.party if m.participant else None, known.field)
        case "leg":
            leg = m.named(known.leg)
            return _party_field(leg.party if leg else None, known.field)
        case "call":
            return _call_field(m, known.field)
        case "result":
            return _result_field(m, known.field)
        case "tone":
            return m.tone or None
        case "attempt":
            return m.attempt
        case "by hand":
            return m.by_hand
        case "now":
            return datetime.fromtimestamp(m.now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            assert_never(known.root)


def _call_field(m: Machine, field: str) -> Value:
    match field:
        case "id":
            leg = m.primary_leg()
            return leg.call_id if leg else None
        case "chain":
            return m.chain_id or None
        case "direction":
            return m.direction or None
        case "kind":
            return m.kind or None
        case _:
            return None


def _result_field(m: Machine, field: str) -> Value:
    if m.result is None:
        return None
    match field:
        case "code":
            return m.result.code
        case "subcode":
            return m.result.subcode
        case "message":
            return m.result.message or m.result.name
        case _:
            return m.result.name or f"{m.result.code}/{m.result.subcode}"


# ---------------------------------------------------------------- conditions


def holds(m: Machine, condition: p.Condition) -> bool:
    """Whether a condition is true. A comparison with something that is not set is false (A25)."""
    match condition:
        case p.During(hours, outside):
            return (hours in m.open_hours) != outside
        case p.Compare():
            return _compares(m, condition)
        case p.InGroup(left, members):
            value = value_of(m, left)
            return value is not None and any(_same(value, value_of(m, member)) for member in members)
        case p.Exists(what):
            return value_of(m, what) not in (None, "")
        case p.Is(what):
            return value_of(m, what) is True
        case p.Not(inner):
            return not holds(m, inner)
        case p.And(left_condition, right_condition):
            return holds(m, left_condition) and holds(m, right_condition)
        case p.Or(left_condition, right_condition):
            return holds(m, left_condition) or holds(m, right_condition)
        case _:
            assert_never(condition)


def _compares(m: Machine, compare: p.Compare) -> bool:
    left, right = value_of(m, compare.left), value_of(m, compare.right)
    if left is None or right is None:
        return False
    match compare.operator:
        case "is":
            return _same(left, right)
        case "is not":
            return not _same(left, right)
        case "starts with":
            return written(left).startswith(written(right))
        case "contains":
            return written(right) in written(left)
        case "<":
            return _order(left, right) < 0
        case "<=":
            return _order(left, right) <= 0
        case ">":
            return _order(left, right) > 0 and _ordered(left, right)
        case ">=":
            return _order(left, right) >= 0 and _ordered(left, right)
        case _:
            assert_never(compare.operator)


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, Party) and isinstance(right, Party):
        return left.is_same(right)
    if isinstance(left, Party) and isinstance(right, str):
        return right != "" and (left.id.lower() == right.lower() or left.name == right)
    if isinstance(left, str) and isinstance(right, Party):
        return _same(right, left)
    return type(left) is type(right) and left == right


def _amount(value: Value) -> int | None:
    if isinstance(value, Milliseconds):
        return value.ms
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _ordered(left: Value, right: Value) -> bool:
    return _amount(left) is not None and _amount(right) is not None


def _order(left: Value, right: Value) -> int:
    a, b = _amount(left), _amount(right)
    if a is None or b is None:
        return 1
    return (a > b) - (a < b)


# ---------------------------------------------------------------- parties


def party_of(m: Machine, expr: p.Expr) -> Party | None:
    """Whom an expression names: a contact, a number typed as text, what a service answered; None: nobody.

    Language and region of the flow are put on whoever brings none.
    """
    value = value_of(m, expr)
    party = value if isinstance(value, Party) else _dialled(m, value)
    if party is None or not party.id or party.kind == "anonymous":
        return None
    language, region = m.plan.language, m.plan.region
    if (language and not party.language) or (region and not party.region):
        return party._replace(language=party.language or language, region=party.region or region)
    return party


def _dialled(m: Machine, value: Value) -> Party | None:
    """The party of a text: a phone number, or the id of a user in the tenant of the call."""
    if isinstance(value, str):
        if value.startswith("+") and value[1:].isdecimal():
            return Party("phone", value)
        if _is_guid(value):
            return Party("user", value, m.tenant_id)
    return None


def _is_guid(text: str) -> bool:
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
        c in "0123456789abcdefABCDEF" for c in "".join(parts)
    )


def participant_of(m: Machine, expr: p.Expr) -> Participant | None:
    """Which participant of the group call an expression names, if it is in the roster (A20)."""
    if isinstance(expr, p.Known) and expr.root == "participant" and m.participant is not None:
        wanted = m.participant
        return next((one for one in m.roster or () if one.id == wanted.id), None)
    value = value_of(m, expr)
    if isinstance(value, Party):
        return m.in_roster(value)
    return None


def is_among(m: Machine, party: Party | None, wanted: tuple[p.Expr, ...]) -> bool:
    """Whether a party is one of those named. Nobody, or an anonymous caller, is only `anonymous` (A36)."""
    if party is None or party.kind == "anonymous":
        return any(isinstance(one, p.Const) and one.value == "anonymous" for one in wanted)
    return any(_same(party, value_of(m, one)) for one in wanted)
