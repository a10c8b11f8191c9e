"""Texts of any length are masked in little time, and a cut leaves no half of what is masked."""

import io
import json
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowlang.telemetry.logs import logger
from flowlang.telemetry.masking import (
    DEEPEST,
    LEFT_OUT,
    MOST_FOUND,
    MOST_HIDDEN,
    MOST_ITEMS,
    MOST_LINE,
    MOST_NAME,
    MOST_TEXT,
    Hidden,
    Masker,
)
from tests.telemetry.test_masking import leaks

MASKER = Masker(b"a key")
BOUND_SECONDS = 0.1
T = TypeVar("T")
REPEATED = ("a", "a@", "-eyJ", "secret", "1", "a ", 'name="', "é", "\u0344", "://a", "[", "\x00")


def quickly(do: Callable[[], T], bound_seconds: float = BOUND_SECONDS) -> T:
    """What it gives. The best of a few tries counts, of this thread alone: that others use the machine does not."""
    best = float("inf")
    for _ in range(4):
        began = time.thread_time()
        result = do()
        best = min(best, time.thread_time() - began)
        if best < bound_seconds:
            return result
    raise AssertionError(f"{best * 1000:.0f} ms")


@pytest.mark.parametrize("repeated", REPEATED)
def test_a_megabyte_is_masked_at_once(repeated: str) -> None:
    text = repeated * (1_000_000 // len(repeated))
    for do in (
        lambda: MASKER.text(text), lambda: MASKER.field("reason", text), lambda: MASKER.field(text, text),
        lambda: MASKER.name(text), lambda: MASKER.field("call_id", text), lambda: MASKER.text("said", [text, text[1:]]),
        lambda: MASKER.field("about", [text] * 1_000), lambda: MASKER.field("about", {text: {text: text}}),
    ):  # fmt: skip
        shown = quickly(do)
        assert len(json.dumps(shown, ensure_ascii=False)) < MOST_LINE * 2


WORDS = st.sampled_from(["it said ", "a ", "no answer from ", "x=", "“", "url https://api.example/ ", "\n"])
SECRETS = (
    "Authorization: Bearer {}", "client_secret={}", '{{"password": "{} and {} again"}}', "https://who:{}@api.example/",
    "eyJ{}.eyJ{}.{}", "token: '{}", "x-api-key: {}", "https://api.example/hook?code={}",
)  # fmt: skip


@given(st.lists(WORDS, max_size=4), st.sampled_from(SECRETS), st.integers(1, 1_500), st.integers(0, MOST_TEXT))
@example([], SECRETS[2], 400, MOST_TEXT - 300)
def test_a_cut_leaves_no_half_of_a_secret(words: list[str], form: str, length: int, at: int) -> None:
    secret = ("s3cr3t" * length)[:length]
    before = "".join(words) + "blah " * MOST_TEXT
    text = before[: max(at - 10, 0)] + " " + form.format(*[secret] * 3) + " and so on" * 200
    shown = MASKER.text(text)
    assert length < 6 or not any(secret[from_ : from_ + 6] in shown for from_ in range(0, max(len(secret) - 6, 1), 4))


@given(
    st.integers(0, MOST_TEXT + 40),
    st.sampled_from(["+49 (30) 123-456 78", "+4930123456", "030 / 12 34 56", "%2B49%2030123456"]),
)
def test_a_cut_leaves_no_half_of_a_number(at: int, number: str) -> None:
    digits = "".join([sign for sign in number.replace("%2B", "").replace("%20", "") if sign.isdecimal()])
    shown = MASKER.text("blah " * (at // 5) + "blah "[: at % 5] + " " + number + " blah" * 500)
    assert not leaks(shown.partition("…")[0], digits)


@given(st.integers(0, MOST_TEXT + 40), st.integers(2, MOST_NAME * 2))
def test_a_cut_leaves_no_half_of_a_name(at: int, length: int) -> None:
    name = ("Robin Doe of Accounting, " * length)[:length].strip()
    shown = MASKER.text("blah " * (at // 5) + "blah "[: at % 5] + " " + name + " blah" * 1_000, [name])
    assert "Ro" not in shown


def test_a_text_that_is_cut_says_so() -> None:
    shown = MASKER.text("blah " * 10_000)
    assert shown.startswith("blah blah")
    assert shown.endswith("characters>")
    assert MOST_TEXT / 2 < len(shown) < MOST_TEXT
    assert MASKER.text("b" * 45_000) == "… <left out: 45000 characters>"


def test_thousands_of_people_are_masked_and_more_are_left_out() -> None:
    people = [f"Person Number{'x' * (number % 7)} {chr(97 + number % 26)}{number}" for number in range(MOST_HIDDEN)]
    shown = quickly(lambda: MASKER.text(f"{people[1]} and {people[4_999]} spoke", Hidden(people)))
    assert "Person" not in shown
    assert shown.endswith(" spoke")
    assert MASKER.text("Person spoke", [*people, "one more"]) == LEFT_OUT
    many = [f"n{chr(97 + number % 26)}{'x' * (number // 26)}" for number in range(MOST_FOUND + 1)]
    assert MASKER.text(" ".join(many), many) == LEFT_OUT


def test_names_are_found_in_any_capitals() -> None:
    """Whatever a pattern without regard to capitals finds, the quick look before it finds too."""
    for code in (*range(0x80, 0x3000), *range(0xA640, 0xAC00), *range(0xFB00, 0xFF60), *range(0x10400, 0x1E944)):
        sign = chr(code)
        for other in {sign.lower(), sign.upper(), sign.title(), sign.casefold()} - {sign}:
            if len(other) == 1 and re.fullmatch(sign, other, re.IGNORECASE):
                assert "eo" not in MASKER.text(f"eo{other}", [f"eo{sign}"]), hex(code)


def test_what_is_nested_is_bounded() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    shown = json.dumps(MASKER.field("about", deep))
    assert shown == "[" * DEEPEST + f'"{LEFT_OUT}"' + "]" * DEEPEST
    wide = MASKER.field("about", list(range(MOST_ITEMS + 5)))
    assert isinstance(wide, list)
    assert wide[-1] == "5 more"
    assert MASKER.field("status", 10**3_000) == LEFT_OUT


def test_a_line_is_bounded_and_keeps_its_call() -> None:
    stream = io.StringIO()
    log = logger(MASKER, stream, "json")
    more = {f"field_{number}": "word " * 1_000 for number in range(500)}
    log.warning("much", **more, call_id="57dab8b1-894c-409a-b240-bd8beae78896")
    line = json.loads(stream.getvalue())
    assert line["call_id"] == "57dab8b1-894c-409a-b240-bd8beae78896"
    assert line["event"] == "much"
    assert line["left_out"].endswith(" more")
    assert len(stream.getvalue()) < MOST_LINE * 2


def test_an_exception_with_a_long_text_is_logged_in_little_time() -> None:
    def deeper(left: int) -> None:
        if left:
            deeper(left - 1)
        raise ValueError("a" * 1_000_000)

    stream = io.StringIO()
    log = logger(MASKER, stream, "json")
    try:
        deeper(400)
    except ValueError:
        quickly(lambda: log.exception("broken"), BOUND_SECONDS * 2)
    text = stream.getvalue().splitlines()[-1]
    line = json.loads(text)
    assert "in deeper" in line["exception"]
    assert "ValueError" in line["exception"]
    assert len(text) < MOST_LINE * 2
