"""The ladder, letter by letter: golden files beside this one, and what must hold at every width."""

from pathlib import Path

import pytest

from flowlang.call import commands
from flowlang.call.party import Party
from flowlang.call.trace import CODES, Trace
from flowlang.ladder.canvas import Look, Row, clip, width_of
from flowlang.ladder.draw import draw
from flowlang.ladder.story import Story
from flowlang.ladder.words import WORDS, act_words, sentence
from tests.ladder.stories import busy, called_twice, handed_over, many_legs, waits

GOLDEN = Path(__file__).parent / "golden"
STORIES = {"handed_over": handed_over, "busy": busy, "many_legs": many_legs}
LOOKS = {
    "80": Look(80, colour=False, unicode=True),
    "60_ascii": Look(60, colour=False, unicode=False),
    "120_colour": Look(120, colour=True, unicode=True),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", STORIES)
def test_golden(name: str, look: str) -> None:
    """To take a new picture on purpose, delete the file, run once, and read what was written."""
    drawn = "\n".join(draw(STORIES[name](), LOOKS[look])) + "\n"
    file = GOLDEN / f"{name}_{look}.txt"
    if not file.exists():
        file.write_text(drawn, encoding="utf-8")
        pytest.fail(f"{file.name} was written; read it, then run again")
    assert drawn == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [20, 60, 61, 79, 80, 81, 100, 132, 160, 300])
@pytest.mark.parametrize("name", STORIES)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    lines = draw(STORIES[name](), Look(width))
    assert max(width_of(line) for line in lines) <= max(60, min(width, 160))
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("name", STORIES)
def test_ascii_is_ascii(name: str) -> None:
    assert "\n".join(draw(STORIES[name](), Look(80, unicode=False))).isascii()


@pytest.mark.parametrize("name", STORIES)
def test_colours_change_nothing_but_colours(name: str) -> None:
    import re

    coloured = draw(STORIES[name](), Look(100, colour=True))
    plain = draw(STORIES[name](), Look(100))
    assert [re.sub(r"\x1b\[\d*m", "", line).rstrip() for line in coloured] == plain
    assert all(line.count("\x1b[0m") == len(re.findall(r"\x1b\[[1-9]\d*m", line)) for line in coloured)


def test_what_fails_is_told_with_its_codes_at_every_width() -> None:
    for width in (60, 80, 120, 160):
        text = "\n".join(draw(busy(), Look(width)))
        assert "486/0" in text
        assert "403/7505" in text


def test_the_lines_of_the_flow_stand_beside_what_they_caused() -> None:
    lines = draw(handed_over(), Look(120))
    assert any("call 201" in line and '7  consult heidi for 18s playing "prompts/hold.wav"' in line for line in lines)
    assert any("transfer 202" in line and "8  transfer replacing consult" in line for line in lines)


def test_times_are_written_once() -> None:
    lines = draw(handed_over(), Look(80))
    assert sum(line.lstrip().startswith("0.42") for line in lines) == 1


def test_an_empty_call_is_drawn_too() -> None:
    story: Story = handed_over()._replace(entries=(), exchanges=(), legs=(), primary=-1)
    assert draw(story, Look(80))


def test_every_try_to_place_the_call_stands_in_the_lane_of_the_caller() -> None:
    lines = draw(called_twice(), Look(80))
    assert lines[1].split() == ["+12025550199", "consult.flow"]
    first, second = [line for line in lines if "call 201" in line]
    assert first.index("┬") == second.index("┬") == 10
    assert any(line[10] == "┴" and "ended 486/0" in line for line in lines)
    assert lines[2].startswith("    0.00   ")  # nobody is there yet


def test_a_line_that_waits_stands_where_it_begins() -> None:
    lines = [line.split() for line in draw(waits(), Look(80))]
    assert next(line[:5] for line in lines if "10" in line) == ["1.00", "│", "│", "10", "play"]
    assert not any("key" in line and "10" in line for line in lines)


def test_a_caller_without_a_number_is_anonymous() -> None:
    story = handed_over()
    legs = (story.legs[0]._replace(party=Party("anonymous", "")), *story.legs[1:])
    assert "anonymous" in draw(story._replace(legs=legs), Look(80))[1]


def test_spoken_texts_are_said() -> None:
    assert act_words(commands.Play((commands.Prompt("speech", "Hello"),), "1")) == 'say "Hello"'
    assert act_words(commands.Play((commands.Prompt("file", "a/b.wav"),), "1")) == "play b.wav"


# ---------------------------------------------------------------- words


def test_every_code_of_a_trace_has_words() -> None:
    assert WORDS.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_words_stand_any_facts(code: str) -> None:
    for facts in ((), ("a",), ("a", "b"), (1, 2, "c"), ("word", 486, 0, "busy")):
        assert sentence(Trace(code, -1, -1, facts)) or (code == "step" and not facts)


def test_sentences() -> None:
    assert sentence(Trace("failed", 1, -1, ("consult", 486, 0, "engaged"))) == "consult failed: 486/0 busy"
    assert sentence(Trace("failed", 1, -1, ("transfer", 0, 0, "no outcome"))) == "transfer failed: no outcome"
    assert sentence(Trace("leg-over", -1, 0)) == "the call is over"
    assert sentence(Trace("timer", -1, 0, (1500, "after"))) == "a timer is set: 1.5 s, after"
    assert sentence(Trace("log", -1, 0, ("{curly}",))) == "log: {curly}"


# ---------------------------------------------------------------- the canvas


@pytest.mark.parametrize(
    ("text", "width", "clipped"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("a\tb\x1b[1m", 10, "a b\\x1b[1m"), ("abc", 0, "")],
)
def test_clip(text: str, width: int, clipped: str) -> None:
    assert clip(text, width) == clipped


def test_a_row_keeps_columns_under_wide_letters() -> None:
    row = Row(8)
    row.put(0, "日a\u0301b")
    row.put(6, "xyz")
    assert row.text(Look()) == "日a\u0301b  xy"
