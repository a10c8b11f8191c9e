"""What conditions say about each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.rules.logic import World, alternatives, both, can_never_hold, negated
from flowlang.source import Source
from flowlang.syntax import ast
from flowlang.syntax.parser import parse

WORLD = World(lambda _path: None, lambda inner, outer: (inner, outer) == ("lunch", "office"))


def condition_of(text: str) -> ast.Condition:
    parsed = parse(Source("test.flow", f"on answered when {text}: stop\n"))
    assert not parsed.diagnostics, parsed.diagnostics
    handler = parsed.file.items[0]
    assert isinstance(handler, ast.Handler)
    assert handler.condition is not None
    return handler.condition


def covers(wide: str, narrow: str) -> bool:
    return can_never_hold(both(alternatives(condition_of(narrow), WORLD), negated(condition_of(wide), WORLD)), WORLD)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("n < 5", "n < 3"),
        ("n <= 2", "n < 3"),
        ("n < 5", "n is 4"),
        ("n >= 3", "n > 3"),
        ("n > 2", "n >= 3"),
        ("5 > n", "n < 3"),
        ("n exists", "n < 3"),
        ("not n > 3", "n < 3"),
        ('t starts with "+4"', 't starts with "+49"'),
        ('t contains "4"', 't starts with "+49"'),
        ('t is not "x"', 't is "y"'),
        ('not t starts with "+1"', 't starts with "+49"'),
        ("t in vips", "t in vips and n < 3"),
        ("t in vips or n < 3", "n < 2"),
        ("during office", "during lunch"),
        ("outside lunch", "outside office"),
        ("during office or outside office", "n < 3"),
        ("n < 3 or n >= 3 or not n exists", "n is 7"),
        ("call.kind is not group", "call.kind is peer"),
        ("vip", "vip and n < 3"),
        ("vip is yes", "vip"),
        ("yes", "n < 3"),
        ("n < 3", "no"),
    ],
)
def test_one_covers_the_other(wide: str, narrow: str) -> None:
    assert covers(wide, narrow)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("n < 3", "n < 5"),
        ("n >= 3", "not n < 3"),  # not set: the right side holds, the left one does not
        ("n < 3", "m < 3"),
        ('t starts with "+49"', 't starts with "+4"'),
        ('t is "x"', 't contains "x"'),
        ("during lunch", "during office"),
        ("t in vips", "t in staff"),
        ("n < 3", "n < 3 or m < 3"),
        ("n < m", "n < 3"),
        ("n exists", "not n exists"),
    ],
)
def test_one_does_not_cover_the_other(wide: str, narrow: str) -> None:
    assert not covers(wide, narrow)


@pytest.mark.parametrize(
    "text",
    [
        "n < 3 and n > 5",
        "n < 3 and n >= 3",
        "n is 3 and n is 4",
        "n is 3 and n is not 3",
        't is "a" and t starts with "b"',
        't starts with "+49" and t starts with "+1"',
        "n exists and not n exists",
        "n < 3 and not n exists",
        "during office and outside office",
        "during lunch and outside office",
        "3 > 5",
        "no",
        "vip and not vip",
    ],
)
def test_what_can_never_hold(text: str) -> None:
    assert can_never_hold(alternatives(condition_of(text), WORLD), WORLD)


@pytest.mark.parametrize("text", ["n < 3 and n > 1", "n < 3 and m > 5", 't starts with "a" and t contains "b"', "yes"])
def test_what_can(text: str) -> None:
    assert not can_never_hold(alternatives(condition_of(text), WORLD), WORLD)


# ---------------------------------------------------------------- against trying it out

Known = dict[str, int | str | None]
ATOMS = st.one_of(
    st.builds("n {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "is", "is not"]), st.integers(0, 4)),
    st.builds(
        't {} "{}"'.format, st.sampled_from(["is", "is not", "starts with", "contains"]), st.text("ab", max_size=2)
    ),
    st.sampled_from(["n exists", "t exists", "yes", "no"]),
)
CONDITIONS = st.recursive(
    ATOMS.map(condition_of),
    lambda inner: st.one_of(
        inner.map(lambda one: ast.Not(one, one.span)),
        st.tuples(inner, inner).map(lambda two: ast.And(*two, two[0].span)),
        st.tuples(inner, inner).map(lambda two: ast.Or(*two, two[0].span)),
    ),
    max_leaves=4,
)
EVERYTHING: list[Known] = [
    {"n": n, "t": t} for n in (None, 0, 1, 2, 3, 4, 5) for t in (None, "", "a", "b", "ab", "ba", "aa", "bb", "aba")
]


def holds(condition: ast.Condition, known: Known) -> bool:
    """Conditions as the language page says: a comparison with something that is not set is no."""
    match condition:
        case ast.Truth(value):
            return value
        case ast.Not(inner):
            return not holds(inner, known)
        case ast.And(left, right):
            return holds(left, known) and holds(right, known)
        case ast.Or(left, right):
            return holds(left, known) or holds(right, known)
        case ast.Exists(path):
            return known[path.names[0]] not in (None, "")
        case ast.Compare(operator, ast.Path(names), right_value):
            left_, right_ = known[names[0]], right_value.value if isinstance(right_value, ast.Number) else None
            if isinstance(right_value, ast.Text):
                right_ = right_value.plain  # type: ignore[assignment]
            if left_ is None:
                return False
            return bool(
                {
                    "is": left_ == right_,
                    "is not": left_ != right_,
                    "starts with": str(left_).startswith(str(right_)),
                    "contains": str(right_) in str(left_),
                }.get(operator)
                if operator in ("is", "is not", "starts with", "contains")
                else eval(f"{left_} {operator} {right_}")
            )
    raise AssertionError(condition)


@given(CONDITIONS)
def test_what_is_said_never_to_hold_never_does(condition: ast.Condition) -> None:
    if can_never_hold(alternatives(condition, WORLD), WORLD):
        assert not any(holds(condition, known) for known in EVERYTHING)


@given(CONDITIONS, CONDITIONS)
def test_what_is_said_to_cover_does(wide: ast.Condition, narrow: ast.Condition) -> None:
    if can_never_hold(both(alternatives(narrow, WORLD), negated(wide, WORLD)), WORLD):
        assert all(holds(wide, known) for known in EVERYTHING if holds(narrow, known))
