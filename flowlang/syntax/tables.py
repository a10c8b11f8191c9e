"""From `grammar/flowlang.lark` to the tables that the parser runs on.

lark reads the grammar and works out the LALR(1) tables, which takes a quarter of a second. So the tables are kept in a
per-user cache folder as plain numbers and texts, together with the grammar they were made from: another grammar is
another text, and they are made anew. lark itself costs more to import than a whole check should take, so it is only
imported for that. A folder that cannot be read or written costs time, never a wrong answer.
"""

from __future__ import annotations

import marshal
import os
import re
import sys
from typing import TYPE_CHECKING

from flowlang import user_cache
from flowlang.named_tuple import NamedTuple

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule as LarkRule

FORMAT = 2
"""To be counted up whenever the shape of what is kept changes."""


class Rule(NamedTuple):
    """One way to build one thing. On the stack lie `size` parts of an `origin`.

    `build`: the function that makes its value; empty where the value is that of its one part, and `COLLECT` where
    the parts are collected in a list. `take`: what the function is given: the number of a part; `NOTHING` for an
    optional part
    that is not there; `SPREAD - n` for part n, which is a list, with its members one by one. None: all parts.
    """

    size: int
    origin: str
    build: str
    take: tuple[int, ...] | None


NOTHING = -1
SPREAD = -2
COLLECT = "+"
CONNECTING = "CONNECTING"
"""The group of the scanner that finds the connecting words."""


class Tables(NamedTuple):
    """`actions`: for each state what to do on a token or after a rule: a state to go to, or `~n` to finish rule n.

    `keywords`: words of the language and their tokens; `reserved` of them can never be names. `scanner`: a regular
    expression with a group for each other token, in the order to be tried.
    """

    actions: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    keywords: dict[str, str]
    reserved: frozenset[str]
    scanner: str
    start: int
    end: int


def grammar_text() -> str:
    """The grammar: inside the package where that was built into a wheel, else beside it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.path.join(package, "_grammar", "flowlang.lark")
    if not os.path.exists(path):
        path = os.path.join(os.path.dirname(package), "grammar", "flowlang.lark")
    with open(path, encoding="utf-8") as file:
        return file.read()


def load() -> Tables:
    """The tables of this grammar, from the cache where it has them."""
    grammar = grammar_text()
    path = _cache_file()
    kept = _read(path, grammar)
    if kept is not None:
        return kept
    tables = make(grammar)
    _write(path, grammar, tables)
    return tables


# ---------------------------------------------------------------- the cache


def _cache_file() -> str:
    """Where the tables are kept."""
    return os.path.join(user_cache.folder(), f"grammar-{sys.implementation.cache_tag}-{FORMAT}.bin")


def _read(path: str, grammar: str) -> Tables | None:
    """What is kept, if it is whole and belongs to this grammar."""
    data = user_cache.read(path)
    if data is None:
        return None
    try:
        kept_grammar, actions, rules, keywords, reserved, scanner, start, end = marshal.loads(data)  # noqa: S302
    except (ValueError, TypeError, EOFError):
        return None
    if kept_grammar != grammar:
        return None
    return Tables(actions, tuple(map(Rule._make, rules)), keywords, reserved, scanner, start, end)


def _write(path: str, grammar: str, tables: Tables) -> None:
    rules = tuple(tuple(rule) for rule in tables.rules)
    user_cache.write(path, marshal.dumps((grammar, tables.actions, rules, *tables[2:])))


# ---------------------------------------------------------------- from lark's tables to ours


def make(grammar: str) -> Tables:
    """Lets lark read a grammar. Raises lark's `GrammarError` for one with a mistake."""
    from lark import Lark
    from lark.indenter import Indenter
    from lark.parsers.lalr_analysis import Shift

    class Depth(Indenter):
        NL_type, INDENT_type, DEDENT_type, tab_len = "_NEWLINE", "_INDENT", "_DEDENT", 8
        OPEN_PAREN_types: list[str] = []  # noqa: RUF012 - lark's own shape
        CLOSE_PAREN_types: list[str] = []  # noqa: RUF012

    lark = Lark(grammar, parser="lalr", lexer="contextual", postlex=Depth(), start="file", maybe_placeholders=True)
    table = lark.parser.parser._parse_table
    numbers = {rule: n for n, rule in enumerate(lark.rules)}
    states = _in_order(table.states, table.start_states["file"])
    actions = tuple(
        {name: states[to] if do is Shift else ~numbers[to] for name, (do, to) in sorted(table.states[state].items())}
        for state in states
    )
    keywords, reserved = _keywords(lark)
    return Tables(
        actions=actions,
        rules=tuple(_rule(rule) for rule in lark.rules),
        keywords=keywords,
        reserved=reserved,
        scanner=_scanner(lark, reserved),
        start=states[table.start_states["file"]],
        end=states[table.end_states["file"]],
    )


def _in_order(rows: dict[int, dict[str, tuple[object, int]]], start: int) -> dict[int, int]:
    """New numbers for lark's states, in the order in which they are reached: lark's own change from run to run."""
    order = {start: 0}
    for state in (waiting := [start]):
        for _, (_, to) in sorted(rows[state].items()):
            if to in rows and to not in order:
                order[to] = len(order)
                waiting.append(to)
    return order


def _keywords(lark: Lark) -> tuple[dict[str, str], frozenset[str]]:
    """The words that the grammar spells out; those that a NAME cannot be are the connecting words."""
    patterns = {terminal.name: terminal.pattern for terminal in lark.terminals}
    name = re.compile(patterns["NAME"].to_regexp())
    words = {pattern.value: token for token, pattern in patterns.items() if pattern.type == "str"}
    keywords = {word: token for word, token in words.items() if word.isalpha()}
    return keywords, frozenset(word for word in keywords if not name.fullmatch(word))


def _scanner(lark: Lark, reserved: frozenset[str]) -> str:
    """One expression that finds the next token after any blanks. Long signs come before short ones."""
    shapes = [terminal for terminal in lark.terminals if terminal.pattern.type == "re"]
    shapes = [terminal for terminal in shapes if not terminal.name.startswith("__IGNORE")]
    shapes.sort(key=lambda terminal: -terminal.priority)
    signs = [t for t in lark.terminals if t.pattern.type == "str" and not t.pattern.value.isalpha()]
    signs.sort(key=lambda terminal: -len(terminal.pattern.value))
    groups = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in shapes + signs]
    connecting = "|".join(sorted(reserved))
    return rf"[ \t]*(?:(?P<{CONNECTING}>(?:{connecting})(?![\w-]))|{'|'.join(groups)})"


def _rule(rule: LarkRule) -> Rule:
    """What lark would do with the parts of a rule, said in numbers: see lark's `parse_tree_builder`."""
    from lark.grammar import Terminal

    options = rule.options
    missing = options.empty_indices or (False,) * len(rule.expansion)
    take: list[int] = []
    part = 0
    for is_missing in missing:
        if is_missing:
            take.append(NOTHING)
            continue
        symbol = rule.expansion[part]
        if not symbol.is_term and symbol.name.startswith("_"):
            take.append(SPREAD - part)
        elif not (isinstance(symbol, Terminal) and symbol.filter_out):
            take.append(part)
        part += 1
    origin = str(rule.origin.name)
    build = rule.alias or origin
    if origin.startswith("_"):
        build = COLLECT
    elif options.expand1 and not rule.alias and len(take) == 1 and take[0] >= 0:
        build = ""
    whole = take == list(range(len(rule.expansion)))
    return Rule(len(rule.expansion), origin, str(build), None if whole else tuple(take))
