"""Whatever stands in a file, a check ends with findings that lie in it, each once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.analysis.check import check_file
from flowlang.source import Source
from tests.rules.cases import CASES
from tests.rules.examples import read

WORDS = (
    "on answered:",
    "on incoming:",
    "on start:",
    "on ended:",
    "on tone 1:",
    "on failed:",
    "after 5m:",
    "stage a:",
    "on enter:",
    "routine r(x):",
    "if that fails:",
    "otherwise:",
    "when n < 3:",
    "else:",
    "transfer to a",
    "consult a as b for 20s",
    "transfer replacing b",
    "goto a",
    "do r(a)",
    "hang up",
    "hang up b",
    "stop",
    'play "a.wav"',
    "gather 4 digits as n",
    "ask s about n as x",
    "retry up to 2 times",
    "set n = n + 1",
    "let n = 0",
    "contact a = +12345678901",
    "group g = a, g",
    "on busy: stop",
    "answer",
    "reject",
    "call a",
    "invite a",
    'log "{n} {x.y}"',
    "hold caller",
    "transfer a to g",
    "hours h = mon 08:00-09:00 in UTC",
    "on answered during h when n is 3 and x.y exists:",
    "service s",
    'menu "m.wav":',
    "press 1:",
    "on timeout:",
    "do r()",
    "contact v = voicemail of v",
    'use "test.flow"',
    "record as n",
    "start f with n = x",
)


def look(text: str) -> None:
    source = Source("test.flow", text)
    found = check_file(source, read)
    keys = [(one.source.path, one.span.start, one.span.end, one.code) for one in found]
    assert keys == sorted(set(keys))
    for one in found:
        assert 0 <= one.span.start <= one.span.end <= len(one.source.text) + 1
        assert one.message
        assert not one.message.endswith(".")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_flows_with_a_line_taken_out_or_doubled(case: Path) -> None:
    lines = case.read_text(encoding="utf-8").splitlines(keepends=True)
    for number in range(len(lines)):
        look("".join(lines[:number] + lines[number + 1 :]))
        look("".join(lines[: number + 1] + lines[number:]))


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(WORDS)), max_size=14))
def test_lines_in_any_order(lines: list[tuple[int, str]]) -> None:
    look("".join(f"{'    ' * depth}{words}\n" for depth, words in lines))


def test_routines_in_routines_end() -> None:
    text = "".join(f"routine r{n}:\n    do r{n + 1}\n    do r{n + 1}\n" for n in range(24))
    look(f'{text}routine r24: log "x"\non answered: do r0 then hang up\n')


def test_arms_in_arms_end() -> None:
    begin = [f"{'        ' * n}    consult a as l{n}:\n{'        ' * n}        on busy:\n" for n in range(14)]
    end = [f"{'        ' * (n + 1)}    retry up to 2 times\n" for n in reversed(range(14))]
    look("contact a = +12345678901\non answered:\n" + "".join(begin + end))
