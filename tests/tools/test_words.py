"""`flowlang words`"""

import pytest

from flowlang.events import WORDS as EVENTS
from flowlang.steps import WORDS as STEPS
from flowlang.tools.cli import main

WORDS = [word.word for word in STEPS] + [word.word for word in EVENTS]


def test_every_word_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words"]) == 0
    told = capsys.readouterr().out
    for word in WORDS:
        assert f"  {word} " in told


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_its_page(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words", *word.split()]) == 0
    told = capsys.readouterr().out
    assert f": {word}\n" in told
    assert "written" in told


def test_an_unknown_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words", "tranfser"]) == 2
    assert "transfer" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["do", "contact", "if that fails", "otherwise", "busy"])
def test_a_word_of_another_kind(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words", *word.split()]) == 2
    assert "docs/reference/language.md tells about it" in capsys.readouterr().err
