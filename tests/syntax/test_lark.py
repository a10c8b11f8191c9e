"""The grammar is a plain lark grammar: lark itself reads with it exactly what our own loop reads."""

import random
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, Token, UnexpectedInput
from lark.indenter import DedentError, Indenter

from flowlang.source import Source
from flowlang.syntax.machine import Machine, Probe
from flowlang.syntax.parser import the_tables
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import scan
from flowlang.syntax.tables import grammar_text

ROOT = Path(__file__).parents[2]
FLOWS = sorted((ROOT / "flows").glob("*.flow"))
SIGNS = ["heidi", "crm.vip", ":", ",", "(", ")", "=", "+", "20s", "3", '"a.wav"', "+4912", "500/7000"]
WORDS = [*the_tables().keywords, *SIGNS]


class Depth(Indenter):
    NL_type, INDENT_type, DEDENT_type, tab_len = "_NEWLINE", "_INDENT", "_DEDENT", 8
    OPEN_PAREN_types: list[str] = []  # noqa: RUF012 - lark's own shape
    CLOSE_PAREN_types: list[str] = []  # noqa: RUF012


@cache
def lark() -> Lark:
    return Lark(grammar_text(), parser="lalr", lexer="contextual", postlex=Depth(), start="file", keep_all_tokens=True)


def lark_takes(text: str) -> bool:
    try:
        tree = lark().parse(text + "\n")
    except (UnexpectedInput, DedentError):
        return False
    return not any(is_cut(token, text) for token in tree.scan_values(lambda value: isinstance(value, Token)))


def is_cut(token: Token, text: str) -> bool:
    """lark takes `tone` for `to` and a rest where only `to` can stand. The grammar's head says that words are whole."""
    end = token.end_pos or 0
    return token[-1:].isalnum() and text[end : end + 1].isalnum()


def we_take(text: str) -> bool | None:
    """None where the quick reader does not even make tokens of a text."""
    scanned = scan(text, the_tables())
    if scanned is None:
        return None
    machine = Machine(the_tables(), Report(Source("t.flow", text)))
    return machine.run(scanned.tokens) == len(scanned.tokens)


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_lark_reads_every_flow(path: Path) -> None:
    assert lark_takes(path.read_text(encoding="utf-8"))


def changed(text: str, seed: int) -> str:
    """A flow with one or two words put in, taken out or replaced."""
    rng = random.Random(seed)
    lines = text.split("\n")
    for _ in range(rng.randrange(1, 3)):
        number = rng.randrange(len(lines))
        parts = re.findall(r'\s+|"[^"]*"|[\w/+.-]+|[^\s\w]', lines[number])
        places = [n for n, part in enumerate(parts) if not part.isspace()]
        if not places or lines[number].lstrip().startswith("#"):
            continue
        place = rng.choice(places)
        match rng.randrange(3):
            case 0:
                parts[place] = rng.choice(WORDS)
            case 1:
                parts.insert(place, rng.choice(WORDS) + " ")
            case _:
                del parts[place]
        lines[number] = "".join(parts)
    return "\n".join(lines)


@given(path=st.sampled_from(FLOWS), seed=st.integers(0, 2**32))
def test_lark_and_we_agree_on_changed_flows(path: Path, seed: int) -> None:
    text = changed(path.read_text(encoding="utf-8"), seed)
    ours = we_take(text)
    assert ours is None or ours == lark_takes(text), text


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14), st.sampled_from(["", "on answered: "]))
def test_lark_and_we_agree_on_lines_of_random_words(words: list[str], head: str) -> None:
    text = head + " ".join(words)
    ours = we_take(text)
    assert ours is None or ours == lark_takes(text), text


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_the_probe_agrees_with_the_machine(path: Path) -> None:
    """Repair asks a probe first; it must never promise what the machine then refuses."""
    scanned = scan(path.read_text(encoding="utf-8"), the_tables())
    assert scanned is not None
    tables = the_tables()
    machine = Machine(tables, Report(Source("t.flow", path.read_text(encoding="utf-8"))))
    for token in scanned.tokens[:-1]:
        probe = Probe(tables, machine.stack)
        choices = probe.choices()
        assert machine.run([token]) == 1
        assert probe.advance([token]) == 1
        assert probe.stack == machine.stack
        word = tables.keywords.get(token[1])
        assert choices & {token[0], word}


def test_the_grammar_has_only_the_conflicts_it_speaks_of() -> None:
    """`now during` begins a comparison rather than naming a variable `now`: lark shifts, and nothing else is open."""
    probe = Probe(the_tables(), [the_tables().start])
    assert probe.takes("ON", "ANSWERED", "WHEN", "NOW", "DURING", "NAME", "COLON")
    assert probe.takes("ON", "ANSWERED", "WHEN", "NOW", "IS", "NUMBER", "COLON")
