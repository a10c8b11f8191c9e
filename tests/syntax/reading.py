"""Short ways to read a flow in a test."""

from textwrap import dedent

from flowlang.diagnostics import Diagnostic
from flowlang.source import Source, Span
from flowlang.syntax import ast
from flowlang.syntax.parser import parse


def right(text: str) -> ast.File:
    """The tree of a flow that has nothing wrong in it."""
    parsed = parse(Source("test.flow", dedent(text)))
    assert not parsed.diagnostics, [(d.code, d.message) for d in parsed.diagnostics]
    return parsed.file


def wrong(text: str) -> tuple[ast.File, list[tuple[str, str]]]:
    """The tree of a flow with mistakes, and each mistake as its code and the words it is about."""
    source = Source("test.flow", dedent(text))
    parsed = parse(source)
    return parsed.file, [(d.code, source.text[d.span.start : d.span.end]) for d in parsed.diagnostics]


def found(text: str) -> list[Diagnostic]:
    return list(parse(Source("test.flow", dedent(text))).diagnostics)


def item(text: str) -> ast.Item:
    (only,) = right(text).items
    return only


def handler(text: str) -> ast.Handler:
    one = item(text)
    assert isinstance(one, ast.Handler)
    return one


def step(text: str) -> ast.Step:
    """The only step of a handler for `answered`."""
    one = handler(f"on answered: {text}\n").body.lines[0].steps[0]
    assert isinstance(one, ast.Step)
    return one


def steps(block: ast.Block | None) -> list[str]:
    """The words of the steps of a block, `when` for a branch."""
    assert block is not None
    return [one.word.text if isinstance(one, ast.Step) else "when" for line in block.lines for one in line.steps]


def condition(text: str) -> ast.Condition:
    one = handler(f"on answered when {text}: stop\n").condition
    assert one is not None
    return one


def at(text: str, words: str, start: int = 0) -> Span:
    """Where some words stand in a text."""
    first = text.index(words, start)
    return Span(first, first + len(words))
