"""What conditions say about each other: whether one holds only where another does, and whether one can hold at all.

Sound, not complete: `True` is sure, `False` means "cannot tell". A condition is turned into alternatives, each a
set of literals; two literals are compared by what they say about the same name. A comparison with something that is
not set is false, so "not smaller" does not mean "at least".
"""

from collections.abc import Callable

from flowlang.named_tuple import NamedTuple
from flowlang.syntax import ast

MOST_ALTERNATIVES = 32
"""A condition that falls apart into more is not looked into: nobody writes one, and the work grows with the square."""

Fixed = tuple[str, int | str]
"""A value that never changes: its type, and the value itself (`number` 3, `text` "+49", `party` "user 550fae72…")."""


class World(NamedTuple):
    """What the declarations say. `fixed`: the value behind a name, None where it may change. `is_within`: hours in
    hours."""

    fixed: Callable[[ast.Path], Fixed | None]
    is_within: Callable[[str, str], bool]


class Literal(NamedTuple):
    """`about` `says` `value`, or the opposite. `about` is a name as written; `value` None where it is not fixed."""

    holds: bool
    about: str
    says: str
    value: Fixed | None
    text: str = ""


Alternative = tuple[Literal, ...]
NEVER: tuple[Alternative, ...] = ()
ALWAYS: tuple[Alternative, ...] = ((),)


def alternatives(condition: ast.Condition, world: World) -> tuple[Alternative, ...] | None:
    """A condition as alternatives of literals; `ALWAYS`, `NEVER`, or None: too many."""
    return _alternatives(condition, True, world)


def can_never_hold(found: tuple[Alternative, ...] | None, world: World) -> bool:
    """Whether every alternative contradicts itself. A condition holds wherever another does if it cannot be that the
    other one holds and it does not: `can_never_hold(both(narrow, negated(wide)))`."""
    return found is not None and all(_contradicts(one, world) for one in found)


def both(left: tuple[Alternative, ...] | None, right: tuple[Alternative, ...] | None) -> tuple[Alternative, ...] | None:
    """Both conditions together."""
    if left is None or right is None or len(left) * len(right) > MOST_ALTERNATIVES:
        return None
    return tuple([a + b for a in left for b in right])


def negated(condition: ast.Condition, world: World) -> tuple[Alternative, ...] | None:
    """The alternatives of the opposite."""
    return _alternatives(condition, False, world)


def during(hours: str, is_outside: bool) -> tuple[Alternative, ...]:
    """The alternatives of `during HOURS`."""
    return ((Literal(not is_outside, "now", "during", ("hours", hours)),),)


# ---------------------------------------------------------------- taking conditions apart


def _alternatives(condition: ast.Condition, wanted: bool, world: World) -> tuple[Alternative, ...] | None:
    match condition:
        case ast.Truth(value):
            return ALWAYS if value == wanted else NEVER
        case ast.Not(inner):
            return _alternatives(inner, not wanted, world)
        case ast.And(left, right) | ast.Or(left, right):
            a, b = _alternatives(left, wanted, world), _alternatives(right, wanted, world)
            if a is None or b is None:
                return None
            if isinstance(condition, ast.And) == wanted:
                return both(a, b)
            return a + b if len(a) + len(b) <= MOST_ALTERNATIVES else None
        case ast.Compare():
            return _comparison(condition, wanted, world)
        case ast.During(is_outside, hours):
            return during(hours.text, is_outside == wanted)
        case ast.InGroup(left, group):
            return ((Literal(wanted, text_of(left), "in", ("group", group.text)),),)
        case ast.Exists(path):
            return ((Literal(wanted, text_of(path), "exists", None),),)
        case ast.Path():
            return ((Literal(wanted, text_of(condition), "is", ("truth", 1)),),)


WORDS: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("call", "kind"): (("group",), ("peer",)),
    ("call", "direction"): (("incoming",), ("outgoing",)),
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "is": "is", "is not": "is not"}


def _comparison(compare: ast.Compare, wanted: bool, world: World) -> tuple[Alternative, ...]:
    left, right, says = compare.left, compare.right, str(compare.operator)
    a, b = fixed_value(left, world), fixed_value(right, world)
    if is_word_of(left, right):
        b = ("text", text_of(right))
    if a is not None and b is not None:
        return ALWAYS if _is_true(a, says, b) == wanted else NEVER
    if a is not None and says in _TURNED:
        left, right, b, says = right, left, a, _TURNED[says]
    return ((Literal(wanted, text_of(left), says, b, text_of(right)),),)


def is_word_of(left: ast.Value, right: ast.Value) -> bool:
    """Whether the right side is no name but a word that the left side may be: `call.kind is group`."""
    return isinstance(left, ast.Path) and isinstance(right, ast.Path) and right.names in WORDS.get(left.names, ())


def fixed_value(value: ast.Value, world: World) -> Fixed | None:
    """The value of a literal or of a name that never changes."""
    match value:
        case ast.Number(number):
            return "number", number
        case ast.Duration(ms):
            return "duration", ms
        case ast.Truth(truth):
            return "truth", int(truth)
        case ast.Text(parts):
            return ("text", value.plain) if all(isinstance(part, str) for part in parts) else None
        case ast.Party(kind, word):
            return "party", f"{kind} {word.text.lower()}"
        case ast.Path():
            return world.fixed(value)
        case ast.Add():
            return None


def text_of(value: ast.Value) -> str:
    """A value as written, without its place in the file."""
    match value:
        case ast.Path(names):
            return ".".join(names)
        case ast.Text():
            return f'"{value.plain}"'
        case ast.Add(left, operator, right):
            return f"{text_of(left)} {operator} {text_of(right)}"
        case ast.Party(kind, word):
            return f"{kind} {word.text}"
        case ast.Number(number) | ast.Duration(number):
            return str(number)
        case ast.Truth(truth):
            return "yes" if truth else "no"


# ---------------------------------------------------------------- comparing literals


def _contradicts(literals: Alternative, world: World) -> bool:
    return any(_excludes(one, other, world) for number, one in enumerate(literals) for other in literals[number + 1 :])


def _excludes(one: Literal, other: Literal, world: World) -> bool:
    opposite = other._replace(holds=not other.holds)
    turned = one._replace(holds=not one.holds)
    return _entails(one, opposite, world) or _entails(other, turned, world)


def _entails(one: Literal, other: Literal, world: World) -> bool:
    """Whether `other` holds wherever `one` does."""
    if one.about != other.about:
        return False
    if not one.holds:
        return not other.holds and _entails_positive(other._replace(holds=True), one._replace(holds=True), world)
    if other.holds:
        return _entails_positive(one, other, world)
    return _rules_out(one, other) or _rules_out(other, one)


def _entails_positive(one: Literal, other: Literal, world: World) -> bool:
    if one.says == other.says and one.value == other.value and one.text == other.text:
        return True
    if other.says == "exists":
        return _says_it_exists(one)
    if one.value is None or other.value is None:
        return False
    if one.says == other.says == "during":
        return world.is_within(str(one.value[1]), str(other.value[1]))
    if one.says == "is":
        return one.value[0] == other.value[0] and _is_true(one.value, other.says, other.value)
    if other.says == "is not":
        return _rules_out(one, other._replace(says="is"))
    if one.says == "starts with" and other.says in ("starts with", "contains"):
        return _is_true(one.value, other.says, other.value)
    if one.says == "contains" and other.says == "contains":
        return _is_true(one.value, "contains", other.value)
    return _is_narrower(one, other)


def _says_it_exists(one: Literal) -> bool:
    """Whether something is there and not empty: an empty text counts as nothing."""
    match one.says:
        case "<" | "<=" | ">" | ">=" | "in":
            return True
        case "is" | "starts with" | "contains":
            return one.value is not None and one.value != ("text", "")
        case _:
            return False


def _is_narrower(one: Literal, other: Literal) -> bool:
    """`n < 3` is narrower than `n < 5` and `n <= 2`."""
    if one.value is None or other.value is None or one.value[0] != other.value[0]:
        return False
    a, b = one.value[1], other.value[1]
    if not isinstance(a, int) or not isinstance(b, int):
        return False
    match one.says, other.says:
        case ("<", "<") | ("<=", "<=") | ("<", "<="):
            return a <= b or (one.says == "<" and other.says == "<=" and a - 1 <= b)
        case ("<=", "<"):
            return a < b
        case (">", ">") | (">=", ">=") | (">", ">="):
            return a >= b or (one.says == ">" and other.says == ">=" and a + 1 >= b)
        case (">=", ">"):
            return a > b
        case _:
            return False


def _rules_out(one: Literal, other: Literal) -> bool:
    """Whether two positive literals never hold together, seen from the first."""
    if one.value is None or other.value is None or one.value[0] != other.value[0]:
        return False
    if one.says == "is":
        return other.says != "in" and not _is_true(one.value, other.says, other.value)
    if one.says == "starts with" and other.says == "starts with":
        a, b = str(one.value[1]), str(other.value[1])
        return not a.startswith(b) and not b.startswith(a)
    a_, b_ = one.value[1], other.value[1]
    if one.says in ("<", "<=") and other.says in (">", ">=") and isinstance(a_, int) and isinstance(b_, int):
        least = b_ + 1 if other.says == ">" else b_
        most = a_ - 1 if one.says == "<" else a_
        return least > most
    return False


def _is_true(left: Fixed, says: str, right: Fixed) -> bool:
    """A comparison of two values that never change, as the engine makes it."""
    a, b = left[1], right[1]
    match says:
        case "is":
            return left == right
        case "is not":
            return left != right
        case "starts with":
            return str(a).startswith(str(b))
        case "contains":
            return str(b) in str(a)
        case _:
            pass
    if left[0] != right[0] or not isinstance(a, int) or not isinstance(b, int):
        return False
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}.get(says, False)
