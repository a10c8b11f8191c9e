"""What a designer reads for each mistake: flows beside the exact text that they give.

`UPDATE_CASES=1 pytest tests/syntax/test_cases.py` writes the texts anew; read each one aloud before it is kept.
"""

import os
from pathlib import Path

import pytest

from flowlang.syntax.parser import parse
from flowlang.syntax.reading import read_source
from flowlang.tools.render import render_text

CASES = Path(__file__).parents[1] / "cases" / "syntax"
FLOWS = sorted(CASES.glob("*.flow"))
JARGON = (
    "token", "parse", "grammar", "expression", "statement", "identifier expected", "unexpected", "invalid", "illegal",
    "syntax error", "NAME", "COLON", "_", "EOF", "None",
)  # fmt: skip
"""Words that say something about this program and nothing about a call."""


def rendered(path: Path) -> str:
    source, found = read_source(path.name, path.read_bytes())
    return render_text([*found, *parse(source).diagnostics], unicode=False, width=100)


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_the_text_of_a_mistake(path: Path) -> None:
    text = rendered(path)
    expected = path.with_suffix(".txt")
    if os.environ.get("UPDATE_CASES"):
        expected.write_text(text, encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_messages_are_in_plain_words(path: Path) -> None:
    source, _ = read_source(path.name, path.read_bytes())
    for one in parse(source).diagnostics:
        words = one.message
        for quoted in (source.text[one.span.start : one.span.end], *_quoted(words)):
            words = words.replace(quoted, "")
        assert not any(word in words for word in JARGON), one.message
        assert not one.message.endswith("."), one.message
        assert not one.help.endswith("."), one.help
        assert len(one.message) < 130, one.message
        assert one.help or "there should be" in one.message or "is no" in one.message, one.message


def _quoted(words: str) -> list[str]:
    return [f"`{part}`" for part in words.split("`")[1::2]]


def test_there_are_enough_cases_and_none_without_a_text() -> None:
    assert len(FLOWS) >= 45
    assert {path.stem for path in CASES.glob("*.txt")} == {path.stem for path in FLOWS}


CATALOGUE = {
    "tab-in-indent", "missing-colon", "unclosed-text", "curly-quotes", "ragged-indent", "arm-outside-its-step",
    "handler-inside-handler", "key-eaten-by-comment", "steps-without-then", "unit-missing", "empty-block",
    "unknown-language-version", "address-in-flow", "several-steps-with-arms", "late-flow-line", "unknown-event-word",
    "unknown-step-word", "clause-twice", "reserved-word", "impossible-hours", "syntax",
}  # fmt: skip


def test_every_code_of_this_group_has_a_case() -> None:
    codes = {one.code for path in FLOWS for one in parse(read_source(path.name, path.read_bytes())[0]).diagnostics}
    assert codes == CATALOGUE
