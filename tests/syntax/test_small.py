"""Bytes to text, and near words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.syntax.reading import NotText, read_source
from flowlang.syntax.suggest import distance, nearest


def test_a_byte_order_mark_and_foreign_line_ends_are_no_mistake() -> None:
    source, found = read_source("a.flow", b"\xef\xbb\xbfon answered:\r\n    stop\rlet x = 1\n")
    assert (source.path, source.text, found) == ("a.flow", "on answered:\n    stop\nlet x = 1\n", [])


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b"\xff\xfeo\x00n\x00", 1, 1),
        (b"\xfe\xff\x00o", 1, 1),
        (b"stop\n  \xfc", 2, 3),
        (b"\xc3", 1, 1),
        (b"a\xed\xa0\x80", 1, 2),
    ],
)
def test_what_is_no_utf_8_says_where(raw: bytes, line: int, column: int) -> None:
    with pytest.raises(NotText) as caught:
        read_source("a.flow", raw)
    assert (caught.value.path, caught.value.line, caught.value.column) == ("a.flow", line, column)
    assert str(caught.value).startswith(f"a.flow:{line}:{column}: ")
    assert "UTF-8" in caught.value.reason


@pytest.mark.parametrize(
    ("raw", "line", "column", "reason"),
    [
        (b"o\x00n\x00 \x00a\x00", 1, 1, "this looks like UTF-16; save the file as UTF-8"),
        (b"\x00o\x00n\x00 \x00a", 1, 1, "this looks like UTF-16; save the file as UTF-8"),
        (b"on answered:\n    st\x00p\n", 2, 7, "this is no text: it has a byte 0x00"),
        (b"\x7fELF\x02\x01\x00\x00\xff", 1, 7, "this is no text: it has a byte 0x00"),
    ],
)
def test_bytes_that_no_text_has(raw: bytes, line: int, column: int, reason: str) -> None:
    with pytest.raises(NotText) as caught:
        read_source("a.flow", raw)
    assert (caught.value.line, caught.value.column, caught.value.reason) == (line, column, reason)


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        source, _ = read_source("a.flow", raw)
    except NotText:
        return
    assert "\r" not in source.text


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("tranfser", "transfer"),
        ("Transfer", "transfer"),
        ("TRANSFR", "transfer"),
        ("paly", "play"),
        ("plya", "play"),
        ("pla", "play"),
        ("consutl", "consult"),
        ("forward", None),
        ("x", None),
        ("pl", None),
        ("play", None),
        ("saz", "say"),
        ("", None),
        ("transferring", None),
    ],
)
def test_near_words(word: str, near: str | None) -> None:
    assert nearest(word, ["transfer", "consult", "play", "say"]) == near


def test_the_nearest_wins_and_then_the_first() -> None:
    assert nearest("hal", ["hold", "hall"]) == "hall"
    assert nearest("bat", ["cat", "hat"]) == "cat"
    assert nearest("Desk", ["desk", "dusk"]) == "desk"


def slow(a: str, b: str) -> int:
    """The same distance, by trying everything."""
    if not a or not b:
        return len(a) + len(b)
    options = [slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0])]
    if len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0]:
        options.append(slow(a[2:], b[2:]) + 1)
    return min(options)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(1, 6))
def test_distance_is_the_number_of_slips(a: str, b: str, bound: int) -> None:
    assert distance(a, b, bound) == min(slow(a, b), bound)
