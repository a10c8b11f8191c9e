"""Whatever a person writes: nothing raises, nothing is silent, the tree stands, every mark lies in the text."""

import random
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.source import Source
from flowlang.syntax import ast
from flowlang.syntax.machine import Machine
from flowlang.syntax.parser import Parsed, parse, the_tables
from flowlang.syntax.repair import MISTAKES_MAX, Repair
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import scan
from flowlang.tools.render import render_json, render_text

FLOWS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[2] / "flows").glob("*.flow"))]
CASES = [
    path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[1] / "cases" / "syntax").glob("*.flow"))
]
WORDS = [
    *the_tables().keywords, "=", ":", ",", "(", ")", "<", "<=", "+", "-", "*", "/", "==", "!=", ";", "@", "#", "heidi",
    '"a.wav"', '"x', "“a”", "'b'", "20s", "5m", "20", "3", "+4912", "500/7000", "4xx", "*/7700", "mon-fri", "\\", "{",
    "08:00-18:00", "caller.number", "Europe/Berlin", "550fae72-d251-43ec-868c-373732c2704f", "\n", "\n    ", "}", ".",
    "\n        ", "\n  ", "\n\t", "\x00", "\ud800", "é", "นี่", "\u200b", "\u00a0",
]  # fmt: skip


SOMETHING = re.compile(r"^[^\S\n]*[^\s#\u200b\u2060\ufeff]", re.MULTILINE)
"""A line that is neither blank, in any sense, nor a comment."""


def is_read_at_once(text: str) -> bool:
    scanned = scan(text, the_tables())
    if scanned is None:
        return False
    machine = Machine(the_tables(), Report(Source("t.flow", text)))
    return machine.run(scanned.tokens) == len(scanned.tokens)


def check(text: str) -> Parsed:
    """What holds for every text."""
    source = Source("t.flow", text)
    parsed = parse(source)
    assert isinstance(parsed.file, ast.File)
    assert parsed.diagnostics or is_read_at_once(text) or not SOMETHING.search(text), text
    assert len(parsed.diagnostics) <= MISTAKES_MAX + 2
    for one in parsed.diagnostics:
        assert 0 <= one.span.start <= one.span.end <= len(text)
        assert one.message
    assert render_text(parsed.diagnostics, color=True, width=80).count("error[") == len(parsed.diagnostics)
    render_json(parsed.diagnostics)
    return parsed


@given(st.text())
def test_any_text(text: str) -> None:
    check(text)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_with_lone_surrogates(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_words_of_the_language(words: list[str]) -> None:
    check(" ".join(words))


@given(st.sampled_from(FLOWS + CASES), st.integers(0, 2**32))
def test_any_change_of_a_flow(text: str, seed: int) -> None:
    check(changed(text, random.Random(seed)))


def changed(text: str, rng: random.Random) -> str:
    """A flow after some slips: characters, words and lines lost, doubled, moved."""
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(text) + 1)
        match rng.randrange(5):
            case 0:
                text = text[:at] + text[at + rng.randrange(1, 12) :]
            case 1:
                text = text[:at] + rng.choice(WORDS) + text[at:]
            case 2:
                text = text[:at] + f" {rng.choice(WORDS)} " + text[at:]
            case 3:
                lines = text.split("\n")
                line = rng.randrange(len(lines))
                lines[line] = " " * rng.randrange(9) + lines[line].strip()
                text = "\n".join(lines)
            case _:
                lines = text.split("\n")
                lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
                text = "\n".join(lines)
    return text


@pytest.mark.parametrize("text", FLOWS)
def test_the_careful_reader_reads_right_flows_alike(text: str) -> None:
    report = Report(Source("t.flow", text))
    items, comments = Repair(report, the_tables()).read()
    quick = parse(Source("t.flow", text)).file
    assert not report.found
    assert (items, tuple(comments)) == (quick.items, quick.comments)


def test_one_slip_gives_one_message_nearly_always() -> None:
    """Of many single slips in the sample flows, few are told twice and almost none more often."""
    rng = random.Random(7)
    counts = []
    for _ in range(600):
        text = rng.choice(FLOWS)
        words = [m for m in re.finditer(r'"[^"\n]*"|[\w/+.-]+|[^\s\w]', text) if not in_comment(text, m.start())]
        word = rng.choice(words)
        other = rng.choice(words)[0] if rng.random() < 0.3 else ""
        counts.append(len(parse(Source("t.flow", text[: word.start()] + other + text[word.end() :])).diagnostics))
    assert sum(count <= 1 for count in counts) > 0.88 * len(counts)
    assert sum(count <= 2 for count in counts) > 0.985 * len(counts)
    assert max(counts) <= 4


def in_comment(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return "#" in line


# ---------------------------------------------------------------- extremes


def test_deep_blocks_are_bounded() -> None:
    text = "on answered:\n" + "".join("  " * (n + 1) + "when a:\n" for n in range(3000)) + "  " * 3001 + "stop\n"
    parsed = check(text)
    assert [one.code for one in parsed.diagnostics] == ["syntax"]
    assert "deep" in parsed.diagnostics[0].message
    assert depth(parsed.file) < 400


@pytest.mark.parametrize(
    "condition",
    [
        "not " * 5000 + "a",
        "(" * 5000 + "a" + ")" * 5000,
        " and ".join(["a"] * 5000),
        " or ".join(["a is b + 1"] * 2000),
    ],
)
def test_deep_conditions_are_bounded(condition: str) -> None:
    parsed = check(f"on answered when {condition}: stop\non ended: stop\n")
    assert [one.code for one in parsed.diagnostics] == ["syntax"]
    assert len(parsed.file.items) == 1
    assert depth(parsed.file) < 400


def test_long_sums_are_bounded() -> None:
    parsed = check("let x = 1" + " + 1" * 5000 + "\n")
    assert [one.code for one in parsed.diagnostics] == ["syntax"]


def depth(tree: object) -> int:
    """How deep a tree is; it must not need more calls than this recursion has."""
    level: list[object] = [tree]
    count = 0
    while level:
        count += 1
        level = [part for node in level if isinstance(node, tuple) for part in node]
    return count


@pytest.mark.parametrize(
    "text",
    [
        "group g = " + ", ".join(f"c{n}" for n in range(5000)) + "\n",
        "on answered: " + " then ".join(['play "a.wav"'] * 5000) + "\n",
        "hours h = mon 08:00-09:00 in UTC" + " and closed 24 dec" * 500 + "\n",
        "group g = " + ", ".join(f"c{n} (language de-de)" for n in range(500)) + "\n",
        "log" + ' "' + "x" * 1_000_000 + '"',
        "# " + "x" * 1_000_000,
    ],
)
def test_long_lines(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "play " * 20_000,
        "then " * 20_000,
        "on answered: " + "tranfser to a then " * 3_000,
        ": " * 20_000,
        '"' * 20_000,
        "\x00" * 20_000,
        "a\n" * 20_000,
        "  a\n a\n" * 5_000,
        "(" * 20_000,
        "é" * 100_000,
        "+1" * 20_000,
        "contact a = " + "@" * 10_000,
    ],
)
def test_long_nonsense_is_given_up_quickly(text: str) -> None:
    """The work is counted: no more than so many looks at the tables for each character."""
    looks = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal looks
        looks += event == "call"

    sys.setprofile(count)
    try:
        parsed = parse(Source("t.flow", text))
    finally:
        sys.setprofile(None)
    assert parsed.diagnostics
    assert len(parsed.diagnostics) <= MISTAKES_MAX + 2
    assert looks < 400_000 + 60 * len(text)


def test_nothing_but_an_odd_character() -> None:
    for text in ("\x00", "\ud800", "'", "“", '"', "\\", ":", ",", "+", "-", "=", "(", ")", "٣", "½"):
        assert check(text).diagnostics, repr(text)
