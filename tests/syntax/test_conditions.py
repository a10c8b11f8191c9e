"""Conditions and their precedence, and texts with escapes and holes."""

import pytest

from flowlang.syntax import ast
from tests.syntax.reading import condition, found, step


def shape(one: ast.Condition | ast.Value) -> str:
    """A condition with all brackets written out."""
    match one:
        case ast.And():
            return f"({shape(one.left)} and {shape(one.right)})"
        case ast.Or():
            return f"({shape(one.left)} or {shape(one.right)})"
        case ast.Not():
            return f"(not {shape(one.condition)})"
        case ast.Compare():
            return f"[{shape(one.left)} {one.operator} {shape(one.right)}]"
        case ast.During():
            return f"{'outside' if one.outside else 'during'} {one.hours.text}"
        case ast.InGroup():
            return f"[{shape(one.left)} in {one.group.text}]"
        case ast.Exists():
            return f"[{shape(one.path)} exists]"
        case ast.Path():
            return ".".join(one.names)
        case ast.Truth():
            return "yes" if one.value else "no"
        case ast.Text():
            return repr(one.plain)
        case ast.Number():
            return str(one.value)
        case ast.Duration():
            return f"{one.ms}ms"
        case ast.Party():
            return one.id.text
        case ast.Add():
            return f"<{shape(one.left)} {one.operator} {shape(one.right)}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("yes", "yes"),
        ("crm.vip", "crm.vip"),
        ("a is 1", "[a is 1]"),
        ("a is not b.c", "[a is not b.c]"),
        ("a < 1", "[a < 1]"),
        ("a <= 1", "[a <= 1]"),
        ("a > 20s", "[a > 20000ms]"),
        ("a >= b + 1", "[a >= <b + 1>]"),
        ('a starts with "+49"', "[a starts with '+49']"),
        ('a contains "x"', "[a contains 'x']"),
        ("caller in vips", "[caller in vips]"),
        ("+4912 in vips", "[+4912 in vips]"),
        ("caller.number exists", "[caller.number exists]"),
        ("during office", "during office"),
        ("outside office", "outside office"),
        ("now during office", "during office"),
        ("now outside office", "outside office"),
        ("a is yes", "[a is yes]"),
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c", "((a and b) or c)"),
        ("(a or b) and c", "((a or b) and c)"),
        ("not a and b", "((not a) and b)"),
        ("not a is 1", "(not [a is 1])"),
        ("not (a and b)", "(not (a and b))"),
        ("not not a", "(not (not a))"),
        ("a and b and c", "((a and b) and c)"),
        ("a or during office and not b", "(a or (during office and (not b)))"),
        ("now is 1", "[now is 1]"),
        ("during is 1", "[during is 1]"),
        ("user is bot", "[user is bot]"),
    ],
)
def test_conditions(text: str, expected: str) -> None:
    assert shape(condition(text)) == expected


def text(written: str) -> ast.Text:
    one = step(f"log {written}").text
    assert one is not None
    return one


def parts(written: str) -> list[object]:
    return [part if isinstance(part, str) else part.names for part in text(written).parts]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('""', []),
        ('"plain # text"', ["plain # text"]),
        (r'"\"a\" \\ \n"', ['"a" \\ \n']),
        (r'"\{\}"', ["{}"]),
        ('"{caller.number}"', [("caller", "number")]),
        ('"a {x} b {y.z}"', ["a ", ("x",), " b ", ("y", "z")]),
        ('"{ tries }"', [("tries",)]),
        ('"{ñandú.é}"', [("ñandú", "é")]),
        (r'"\\{x}"', ["\\", ("x",)]),
    ],
)
def test_texts(written: str, expected: list[object]) -> None:
    assert parts(written) == expected


def test_a_hole_knows_where_its_name_stands() -> None:
    one = text('"to { caller.number }"')
    hole = one.parts[1]
    assert isinstance(hole, ast.Path)
    line = 'on answered: log "to { caller.number }"'
    assert line[hole.span.start : hole.span.end] == "caller.number"


def test_the_plain_form_writes_holes_back() -> None:
    assert text('"a {b.c}"').plain == "a {b.c}"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (r'"C:\prompts"', r"\p"),
        ('"{}"', "{}"),
        ('"{a b}"', "{a b}"),
        ('"{tries + 1}"', "{tries + 1}"),
        ('"{open"', "{"),
        ('"close}"', "}"),
        ('"{1}"', "{1}"),
    ],
)
def test_texts_with_a_mistake_inside(written: str, words: str) -> None:
    (one,) = found(f"on answered: log {written}\n")
    assert (one.code, one.source.text[one.span.start : one.span.end]) == ("syntax", words)
    assert one.help
