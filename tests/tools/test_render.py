"""Diagnostics on a screen and as JSON."""

import json
import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.diagnostics import Diagnostic, Note, Severity
from flowlang.source import Source, Span
from flowlang.tools.render import render_json, render_text


def at(source: Source, words: str) -> Span:
    start = source.text.index(words)
    return Span(start, start + len(words))


def one(text: str, words: str, severity: Severity = Severity.ERROR, cure: str = "do this") -> Diagnostic:
    source = Source("flows/x.flow", text)
    return Diagnostic("some-code", severity, source, at(source, words), "what is wrong", cure)


def test_the_form() -> None:
    diagnostic = one("a\n" * 11 + "    consult heidi for 20s\n", "consult heidi for 20s")
    assert render_text([diagnostic], unicode=False) == dedent(
        """\
        flows/x.flow:12:5: error[some-code]: what is wrong
           |
        12 |     consult heidi for 20s
           |     ^^^^^^^^^^^^^^^^^^^^^
           = help: do this

        """
    )


def test_nothing_gives_nothing_and_several_are_parted_by_a_blank_line() -> None:
    assert render_text([]) == ""
    two = [one("a b", "a"), one("a b", "b", Severity.WARNING, "")]
    text = render_text(two, unicode=False)
    assert text.count("\n\n") == 2
    assert "flows/x.flow:1:3: warning[some-code]: what is wrong\n" in text
    assert text.count("help:") == 1


def test_the_place_is_where_an_editor_finds_it() -> None:
    first = render_text([one("\tplay é x", "x")]).split("\n")[0]
    assert first.startswith("flows/x.flow:1:9: ")


def marked(text: str, words: str, width: int = 100) -> tuple[str, str]:
    """The shown line, and what of it stands above the marks, both by screen columns."""
    lines = render_text([one(text, words)], unicode=True, width=width).split("\n")
    number = next(n for n, line in enumerate(lines) if "^" in line)
    return lines[number - 1], lines[number]


def columns(text: str) -> int:
    """How wide a text is on a screen, told apart from the renderer's own way for the characters used here."""
    return sum(
        2 if "\u1100" <= c <= "\uffdc" and c != "\u2502" else 0 if c in "\u0301\u0e19\u0e35" else 1 for c in text
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("    play x", "play"),
        ("\tplay x", "play"),
        ("play\tx", "x"),
        ("受付 play x", "play"),
        ("受付 play x", "受付"),
        ("cafe\u0301 play x", "play"),
        ("play 日本語 now", "now"),
    ],
)
def test_marks_stand_below_the_words(text: str, words: str) -> None:
    shown, marks = marked(text, words)
    before = shown[: shown.index(words)]
    assert columns(marks[: marks.index("^")]) == columns(before)
    assert marks.count("^") == columns(words)


def test_a_tab_is_shown_as_four_columns() -> None:
    shown, _ = marked("\tplay x", "play")
    assert shown == "1 │     play x"


def test_nothing_to_mark_still_has_a_mark() -> None:
    source = Source("x.flow", "play\n")
    diagnostic = Diagnostic("c", Severity.ERROR, source, Span(4, 4), "m")
    assert render_text([diagnostic], unicode=False) == "x.flow:1:5: error[c]: m\n  |\n1 | play\n  |     ^\n\n"


def test_a_span_of_several_lines_shows_the_first_and_the_last() -> None:
    text = "on answered:\n    play a\n    play b\n    hang up\n"
    diagnostic = one(text, "answered:\n    play a\n    play b\n    hang up")
    assert render_text([diagnostic], unicode=False) == dedent(
        """\
        flows/x.flow:1:4: error[some-code]: what is wrong
          |
        1 | on answered:
          |    ^^^^^^^^^
        ...
        4 |     hang up
          |     ^^^^^^^
          = help: do this

        """
    )


def test_notes_have_their_own_place_in_their_own_file() -> None:
    people = Source("people.flow", "\n\ncontact desk = +4912\n")
    flow = Source("x.flow", "contact desk = +4913\n")
    diagnostic = Diagnostic(
        "name-declared-twice", Severity.ERROR, flow, at(flow, "desk"), "`desk` is declared twice", "",
        (Note(people, at(people, "desk"), "the first one is here"),),
    )  # fmt: skip
    assert render_text([diagnostic], unicode=False) == dedent(
        """\
        x.flow:1:9: error[name-declared-twice]: `desk` is declared twice
          |
        1 | contact desk = +4913
          |         ^^^^
          = note: the first one is here: people.flow:3:9
          |
        3 | contact desk = +4912
          |         ----

        """
    )


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_long_lines_are_cut_around_the_place(width: int, place: str) -> None:
    text = "first " + "x" * 150 + " middle " + "y" * 150 + " last"
    shown, marks = marked(text, place, width)
    assert len(shown) <= width
    assert "…" in shown
    start = marks.index("^")
    assert shown[start : start + len(place)] == place
    assert marks.count("^") == len(place)


def test_a_mark_longer_than_the_screen_is_cut() -> None:
    shown, marks = marked("play " + "x" * 500, "x" * 500, 60)
    assert len(shown) <= 60
    assert len(marks) <= 60


def test_color_changes_nothing_but_color() -> None:
    diagnostics = [one("a b", "a"), one("a b", "b", Severity.WARNING), one("a b", "b", Severity.INFO)]
    plain = render_text(diagnostics)
    colored = render_text(diagnostics, color=True)
    assert "\x1b[1;31merror[some-code]\x1b[0m" in colored
    assert "\x1b[1;33mwarning" in colored
    assert "\x1b[1;34minfo" in colored
    assert re.sub(r" +\n", "\n", re.sub(r"\x1b\[[0-9;]*m", "", colored)) == plain


def test_a_plain_screen_gets_plain_letters() -> None:
    text = render_text([one("play “é” x", "x")], unicode=False)
    assert text.isascii()
    assert text.split("\n")[3].index("^") == text.split("\n")[2].index(" x") + 1


def test_no_control_character_reaches_the_screen() -> None:
    source = Source("x\x1b[2J.flow", "play \x1b[31m\x07 \ud800 y\n")
    diagnostic = Diagnostic("c", Severity.ERROR, source, at(source, "y"), "about \x1b[0m it", "\x07")
    text = render_text([diagnostic])
    assert not set("\x1b\x07\ud800") & set(text)
    text.encode("utf-8")


@given(st.text(), st.integers(0, 60), st.integers(0, 60), st.booleans(), st.booleans(), st.integers(0, 120))
def test_any_text_and_any_span(text: str, a: int, b: int, color: bool, unicode: bool, width: int) -> None:
    source = Source("t.flow", text)
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    diagnostic = Diagnostic(
        "c", Severity.ERROR, source, Span(start, end), "m", "h", (Note(source, Span(start, start), "n"),)
    )
    rendered = render_text([diagnostic], color, unicode, width)
    assert rendered.endswith("help: h\n\n")
    assert "^" in rendered
    json.dumps(render_json([diagnostic]))


# ---------------------------------------------------------------- JSON


def test_json_has_everything() -> None:
    source = Source("x.flow", "on answered:\n    play\n    hang up\n")
    note = Note(source, at(source, "answered"), "here")
    diagnostic = Diagnostic("c", Severity.WARNING, source, at(source, "play\n    hang"), "m", "h", (note,))
    assert render_json([diagnostic]) == {
        "version": 1,
        "diagnostics": [
            {
                "file": "x.flow",
                "line": 2,
                "column": 5,
                "end_line": 3,
                "end_column": 9,
                "severity": "warning",
                "code": "c",
                "message": "m",
                "help": "h",
                "notes": [
                    {"file": "x.flow", "line": 1, "column": 4, "end_line": 1, "end_column": 12, "message": "here"}
                ],
            }
        ],
    }
    assert render_json([]) == {"version": 1, "diagnostics": []}
