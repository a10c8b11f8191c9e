"""What declarations say: which hours lie within others, what a name stands for, what type a value has."""

from typing import Literal

from flowlang.rules.flow import BUILT_IN, LEG_FIELDS, PARTY_FIELDS, Flow, Owner
from flowlang.rules.logic import Fixed, World
from flowlang.syntax import ast

DAY = 1440
WEEK = 7 * DAY

Type = Literal["text", "number", "duration", "truth", "contact", "answer"]
"""What a value can be; `answer` is what a service gave. None where it cannot be told."""

TYPE_WORDS: dict[Type, str] = {
    "text": "a text", "number": "a number", "duration": "a length of time", "truth": "yes or no",
    "contact": "a contact", "answer": "a service's whole answer",
}  # fmt: skip


# ---------------------------------------------------------------- hours


def stretches(hours: ast.Hours) -> list[tuple[int, int]]:
    """When a week is open, in minutes from Monday midnight, in order and without overlaps."""
    found: list[tuple[int, int]] = []
    for one in hours.ranges:
        length = one.closes - one.opens if one.closes > one.opens else one.closes + DAY - one.opens
        for day in one.days:
            start = day * DAY + one.opens
            end = start + length
            found.append((start, min(end, WEEK)))
            if end > WEEK:
                found.append((0, end - WEEK))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _specials(hours: ast.Hours, is_open: bool) -> set[tuple[int, int, int | None, int, int]]:
    return {(s.day, s.month, s.year, s.opens, s.closes) for s in hours.special if s.is_open == is_open}


def is_within(inner: ast.Hours, outer: ast.Hours) -> bool:
    """Whether the outer hours are open whenever the inner ones are, as far as that can be told."""
    if inner.zone.text != outer.zone.text:
        return False
    if outer.holidays and (not inner.holidays or inner.holidays.text != outer.holidays.text):
        return False
    if outer.calendar and (not inner.calendar or inner.calendar.plain != outer.calendar.plain):
        return False
    if not _specials(outer, False) <= _specials(inner, False) or not _specials(inner, True) <= _specials(outer, True):
        return False
    wide = stretches(outer)
    return all(any(a <= start and end <= b for a, b in wide) for start, end in stretches(inner))


def _can_be(hours: ast.Hours) -> bool:
    """Whether the times are ones that a clock can show."""
    return all(one.closes <= DAY and one.opens < DAY and one.opens != one.closes for one in hours.ranges)


def is_always_open(hours: ast.Hours) -> bool:
    """Whether no moment of the year is outside these hours."""
    if hours.holidays or hours.calendar or _specials(hours, False):
        return False
    return stretches(hours) == [(0, WEEK)]


def hours_named(flow: Flow, name: str) -> ast.Hours | None:
    found = flow.find("hours", name)
    return found.node if found and isinstance(found.node, ast.Hours) else None


def world_of(flow: Flow) -> World:
    """What conditions need to know."""

    def within(inner: str, outer: str) -> bool:
        a, b = hours_named(flow, inner), hours_named(flow, outer)
        return a is not None and b is not None and _can_be(a) and _can_be(b) and is_within(a, b)

    return World(lambda path: fixed_party(flow, path), within)


def fixed_party(flow: Flow, path: ast.Path) -> Fixed | None:
    """The party of a contact: of all names, only those never change."""
    contact = flow.contact(path.names[0]) if len(path.names) == 1 else None
    if contact is None or not isinstance(contact.value, ast.Party):
        return None
    return "party", f"{contact.value.kind} {contact.value.id.text.lower()}"


# ---------------------------------------------------------------- types


def type_of(flow: Flow, value: ast.Value, owner: Owner | None, seen: tuple[str, ...] = ()) -> Type | None:
    """The type of a value; None where it cannot be told."""
    match value:
        case ast.Text():
            return "text"
        case ast.Number() | ast.Add():
            return "number"
        case ast.Duration():
            return "duration"
        case ast.Truth():
            return "truth"
        case ast.Party():
            return "contact"
        case ast.Path():
            return _type_of_path(flow, value, owner, seen)


def _type_of_path(flow: Flow, path: ast.Path, owner: Owner | None, seen: tuple[str, ...]) -> Type | None:
    if not path.names:
        return None
    root, fields = path.names[0], path.names[1:]
    kind = flow.kind_of(root, owner)
    if fields and kind != "variable":
        return _type_of_field(root, fields[0], kind)
    match kind:
        case "contact":
            return "contact"
        case "let" | "setting":
            found = flow.find("names", root)
            assert found is not None
            assert isinstance(found.node, ast.Let | ast.Setting)
            return type_of(flow, found.node.value, None, seen)
        case "variable":
            return _type_of_variable(flow, root, fields, seen)
        case "built-in":
            return {"tone": "text", "attempt": "number", "caller": "contact", "called": "contact",
                    "participant": "contact"}.get(root)  # type: ignore[return-value]  # fmt: skip
        case "group" | "parameter" | "leg" | None:
            return None


def _type_of_field(root: str, field: str, kind: str | None) -> Type | None:
    if kind == "built-in":
        if field not in BUILT_IN[root]:
            return None
        return "number" if field in ("code", "subcode") else "text"
    if kind == "leg":
        return "text" if field in LEG_FIELDS else None
    return "text" if kind == "contact" and field in PARTY_FIELDS else None


def _type_of_variable(flow: Flow, name: str, fields: tuple[str, ...], seen: tuple[str, ...]) -> Type | None:
    """The one type that all steps give it; None if they differ, or if it is a member that nobody declared."""
    if name in seen:
        return None
    types: set[Type | None] = set()
    for at in flow.made[name]:
        word, step = at.word, at.step
        if word == "ask":
            types.add(_type_of_answer(flow, step, fields))
        elif fields:
            types.add(None)
        elif word in ("gather", "record"):
            types.add("text")
        elif step.value is not None:
            types.add(type_of(flow, step.value, at.owner, (*seen, name)))
    return types.pop() if len(types) == 1 else None


def _type_of_answer(flow: Flow, step: ast.Step, fields: tuple[str, ...]) -> Type | None:
    if not fields:
        return "answer"
    service = flow.service(step.service.text) if step.service else None
    for answer in service.answers if service else ():
        if answer.name.text == fields[0]:
            if len(fields) > 1:
                return "text" if answer.type.text == "contact" and fields[1] in PARTY_FIELDS else None
            kinds: dict[str, Type] = {
                "text": "text", "number": "number", "duration": "duration", "truth": "truth", "contact": "contact",
            }  # fmt: skip
            return kinds.get(answer.type.text)
    return None
