"""Values, texts, conditions and targets of the tree, as the plan has them."""

from typing import NamedTuple, assert_never

from flowlang import plan as p
from flowlang.call.facts import Milliseconds
from flowlang.call.party import Party
from flowlang.compiler.names import ROOTS, Names
from flowlang.syntax import ast


class Several(NamedTuple):
    """A group that was handed to a routine. It is no value: a step can only ring it, a condition look into it."""

    members: tuple[p.Expr, ...]


Frame = dict[str, p.Expr | Several]
"""What the parameters of the routine that is being inlined stand for."""


def value(names: Names, frame: Frame, node: ast.Value) -> p.Expr:
    """The expression of a value."""
    match node:
        case ast.Text():
            return text(names, frame, node)
        case ast.Number(value=number):
            return p.Const(number)
        case ast.Duration(ms=ms):
            return p.Const(Milliseconds(ms))
        case ast.Truth(value=truth):
            return p.Const(truth)
        case ast.Party():
            return p.Const(names.party(node))
        case ast.Path():
            return path(names, frame, node)
        case ast.Add(left=left, right=right):
            return p.Plus(value(names, frame, left), value(names, frame, right))
        case _:
            assert_never(node)


def text(names: Names, frame: Frame, node: ast.Text) -> p.Expr:
    """A text: a constant, or its pieces."""
    if all(isinstance(part, str) for part in node.parts):
        return p.Const("".join(part for part in node.parts if isinstance(part, str)))
    parts = [p.Const(part) if isinstance(part, str) else path(names, frame, part) for part in node.parts]
    return p.Join(tuple(parts))


def path(names: Names, frame: Frame, node: ast.Path) -> p.Expr:
    """What a name that is read stands for."""
    if not node.names:
        return p.Const(None)
    first, *fields = node.names
    bound = frame.get(first)
    if bound is not None:
        return _field_of(bound, tuple(fields))
    contact = names.contact(first)
    if contact is not None:
        return _field_of(p.Const(contact), tuple(fields))
    if first in names.numbers:
        number = names.numbers[first]
        return p.Member(number, first, tuple(fields)) if fields else p.Var(number, first)
    if first in ROOTS:
        return p.Known(first, fields[0] if fields else "")  # type: ignore[arg-type]
    if first == "anonymous" and not fields:
        return p.Const("anonymous")
    if fields:
        return p.Known("leg", fields[0], first)
    return p.Const(None)


def _field_of(expr: p.Expr | Several, fields: tuple[str, ...]) -> p.Expr:
    if isinstance(expr, Several):
        return p.Const(None)
    if not fields:
        return expr
    if isinstance(expr, p.Var):
        return p.Member(expr.number, expr.name, fields)
    if isinstance(expr, p.Const):
        party = expr.value
        known = {"number": "id", "name": "name", "id": "id", "tenant": "tenant_id"}.get(fields[0], "")
        found = getattr(party, known, None) if known else None
        return p.Const(found if isinstance(found, str) and (fields[0] != "number" or found.startswith("+")) else None)
    return p.Const(None)


def condition(names: Names, frame: Frame, node: ast.Condition) -> p.Condition:
    """A condition of `when`, or of a handler's head."""
    match node:
        case ast.Compare(operator=operator, left=left, right=right):
            return p.Compare(operator, value(names, frame, left), _kind_word(left, right) or value(names, frame, right))
        case ast.During(outside=outside, hours=hours):
            return p.During(hours.text, outside)
        case ast.InGroup(left=left, group=group):
            return p.InGroup(value(names, frame, left), members(names, frame, group.text))
        case ast.Exists(path=what):
            return p.Exists(path(names, frame, what))
        case ast.Not(condition=inner):
            return p.Not(condition(names, frame, inner))
        case ast.And(left=one, right=other):
            return p.And(condition(names, frame, one), condition(names, frame, other))
        case ast.Or(left=one, right=other):
            return p.Or(condition(names, frame, one), condition(names, frame, other))
        case ast.Path():
            return p.Is(path(names, frame, node))
        case ast.Truth():
            return p.Is(p.Const(node.value))
        case _:
            assert_never(node)


_KIND_WORDS = {("call", "kind"): ("peer", "group"), ("call", "direction"): ("incoming", "outgoing")}


def _kind_word(left: ast.Value, right: ast.Value) -> p.Const | None:
    """The bare words of `call.kind is group` and `call.direction is incoming`."""
    if isinstance(left, ast.Path) and isinstance(right, ast.Path) and len(right.names) == 1:
        name = right.names[0]
        known = next((words for root, words in _KIND_WORDS.items() if root == left.names), ())
        return p.Const(name) if name in known else None
    return None


def members(names: Names, frame: Frame, group: str) -> tuple[p.Expr, ...]:
    """The members of a group, groups within it flattened."""
    return _members(names, frame, group, ())


def argument(names: Names, frame: Frame, node: ast.Value) -> p.Expr | Several:
    """What is handed to a routine: a value, or a group by its name."""
    if isinstance(node, ast.Path) and len(node.names) == 1:
        name = node.names[0]
        if isinstance(frame.get(name), Several) or (name not in frame and name in names.groups):
            return Several(members(names, frame, name))
    return value(names, frame, node)


def _members(names: Names, frame: Frame, group: str, above: tuple[str, ...]) -> tuple[p.Expr, ...]:
    given = frame.get(group)
    if isinstance(given, Several):
        return given.members
    found = names.groups.get(group)
    if found is None or group in above:
        return ()
    flat: list[p.Expr] = []
    for target in found.members:
        flat += _target(names, frame, target, (*above, group))
    return tuple(flat)


def _target(names: Names, frame: Frame, target: ast.Target, above: tuple[str, ...]) -> list[p.Expr]:
    language = target.language.text if target.language else ""
    region = target.region.text if target.region else ""
    who = target.who
    if isinstance(who, ast.Party | ast.Voicemail):
        return [p.Const(names.party(who, language, region))]
    if len(who.names) == 1:
        name = who.names[0]
        if isinstance(frame.get(name), Several) or (name not in frame and name in names.groups):
            return [_localized(one, language, region) for one in _members(names, frame, name, above)]
    return [_localized(path(names, frame, who), language, region)]


def _localized(expr: p.Expr, language: str, region: str) -> p.Expr:
    """A target with the language and region that are written beside it; these win over its own."""
    if not language and not region:
        return expr
    if isinstance(expr, p.Const):
        party = expr.value
        if not isinstance(party, Party):
            return expr
        return p.Const(party._replace(language=language or party.language, region=region or party.region))
    return p.Localized(expr, language, region)


def flat(names: Names, frame: Frame, targets: ast.Targets | None) -> tuple[p.Expr, ...]:
    """All targets in order, groups flattened."""
    found: list[p.Expr] = []
    for target in targets.items if targets is not None else ():
        found += _target(names, frame, target, ())
    return tuple(found)


def targets(names: Names, frame: Frame, node: ast.Targets) -> p.Targets:
    """Whom a step rings, and how: a bare group, or several, is one after the other (A14)."""
    items = flat(names, frame, node)
    if node.mode == "first":
        return p.Targets("first", items)
    return p.Targets("one" if len(items) == 1 and node.mode == "plain" else "each", items)


def bound(names: Names, frame: Frame, node: ast.Duration | ast.Path | None) -> p.Bound:
    """A length of time: milliseconds, a setting, what a service answered, or NONE where nothing is written."""
    if node is None:
        return p.NONE
    if isinstance(node, ast.Duration):
        return node.ms
    found = path(names, frame, node)
    if isinstance(found, p.Var | p.Member):
        return found
    if isinstance(found, p.Const) and isinstance(found.value, Milliseconds):
        return found.value.ms
    return p.NONE
