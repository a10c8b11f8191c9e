"""Looking at many things side by side: order, time limits, what breaks; and how it is shown."""

import threading
import time
from collections.abc import Iterator

import pytest

from flowlang.tools.doctor_lines import Line, Probe, json_of, look_at_all, ok, skipped, text_of, wrong


def test_lines_come_in_the_order_of_the_probes_whoever_is_first() -> None:
    second_is_done = threading.Event()

    def first() -> list[Line]:
        assert second_is_done.wait(20)
        return [ok("first", "fine")]

    def second() -> list[Line]:
        second_is_done.set()
        return [ok("second", "fine"), skipped("third", "nothing")]

    lines = look_at_all([Probe("first", first), Probe("second", second)])
    assert [line.about for line in lines] == ["first", "second", "third"]


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_what_takes_too_long_is_left_behind(never: threading.Event) -> None:
    def stuck() -> list[Line]:
        never.wait(60)
        return []

    began = time.monotonic()
    lines = look_at_all(
        [Probe("stuck", stuck, 0.1), Probe("also stuck", stuck, 0.1), Probe("well", lambda: [ok("a", "b")])]
    )
    assert time.monotonic() - began < 5
    assert [(line.about, line.state) for line in lines] == [("stuck", "wrong"), ("also stuck", "wrong"), ("a", "ok")]
    assert "within 0.1 seconds" in lines[0].text


def test_what_breaks_does_not_hide_the_others() -> None:
    def broken() -> list[Line]:
        raise RuntimeError("no luck")

    one, other = look_at_all([Probe("broken", broken), Probe("well", lambda: [ok("well", "fine")])])
    assert (one.about, one.state) == ("broken", "wrong")
    assert "RuntimeError: no luck" in one.text
    assert other.state == "ok"


def test_how_lines_are_shown() -> None:
    lines = [ok("Python", "3.11.7"), wrong("token", "it is refused", "make a new secret"), skipped("voice", "not used")]
    assert text_of(lines) == (
        "ok     Python  3.11.7\n"
        "WRONG  token   it is refused\n"
        "               > make a new secret\n"
        "-      voice   not used\n"
        "\n"
        "1 thing is wrong\n"
    )
    assert text_of(lines[:1]).endswith("\nall is well\n")
    assert text_of([lines[1], lines[1]]).endswith("2 things are wrong\n")


def test_long_texts_are_broken() -> None:
    shown = text_of([wrong("x", "word " * 60, "cure " * 60)], 80)
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("> cure") == 1


def test_the_form_for_programs() -> None:
    document = json_of([wrong("token", "a", "b")])
    assert document["is_well"] is False
    assert document["lines"] == [{"about": "token", "state": "wrong", "text": "a", "cure": "b"}]
    assert json_of([skipped("a", "b")])["is_well"] is True
