"""Text to tokens, with the depth of lines turned into tokens as in Python.

This is the quick reader: it gives up at the first thing that is not plainly right, and `repair` then reads the text
again with care and says what is wrong.
"""

from __future__ import annotations

import re

from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import Word
from flowlang.syntax.tables import CONNECTING, Tables

Token = tuple[str, str, int, int]
"""Kind, text, start, end. A word of the language has the kind `NAME` unless it is a connecting word: whether it is
one of the language's here only the parser's state can tell."""

NEWLINE, INDENT, DEDENT, END, COMMA = "_NEWLINE", "_INDENT", "_DEDENT", "$END", "_COMMA"
DEPTH_MAX = 30
JOINTS_MAX = 60
"""How deep blocks may go, and how many `and`, `or`, `not`, brackets and sums one line may have. The tree is walked by
functions that call themselves, so its depth needs a bound."""

FLAT = ("hours", "group", "contact")
"""Declarations whose brackets and joints make no deep tree."""

JOINTS = frozenset(("AND", "OR", "NOT", "LPAR", "PLUS", "MINUS", "STAR", "SLASH"))
_TAB_IN_DEPTH = re.compile(r"^ *\t[ \t]*[^\s#]", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")


class Scanned(NamedTuple):
    """All tokens of a text that has nothing odd in it, and its comments."""

    tokens: list[Token]
    comments: list[Word]


def scan(text: str, tables: Tables) -> Scanned | None:
    """The tokens of a text; None where a character or the depth of a line is odd."""
    if text[_depth(text, 0) :][:1] not in ("", "\n", "#", text[:1]) or ("\t" in text and _TAB_IN_DEPTH.search(text)):
        return None
    match_at = re.compile(tables.scanner).match
    keywords = tables.keywords
    tokens: list[Token] = []
    comments: list[Word] = []
    depths = [0]
    at = end = joints = line = 0
    while match := match_at(text, at):
        kind = match.lastgroup or ""
        word = match[kind]
        start, at = match.span(kind)
        if kind == "NAME" or kind == "PATH":
            if not word.isascii():
                if not is_name(word):
                    return None
                word = composed(word)
        elif kind == NEWLINE:
            if "#" in word:
                comments += comments_in(word, start)
            if at < len(text) and not _turn(tokens, depths, len(word) - word.rfind("\n") - 1, end):
                return None
            joints, line = 0, len(tokens)
            continue
        elif kind == CONNECTING:
            kind = keywords[word]
        elif kind == COMMA:
            if len(word) > 1:
                comments += comments_in(word, start)
                if at + _depth(text, at) == len(text) or _depth(text, at) <= depths[-1]:
                    return None
            at_end = start + 1
            tokens.append((COMMA, ",", start, at_end))
            end = at_end
            continue
        elif kind == "COMMENT":
            comments.append(Word(word, Span(start, at)))
            continue
        if kind in JOINTS:
            joints += 1
            if joints > JOINTS_MAX and tokens[line][1] not in FLAT:
                return None
        tokens.append((kind, word, start, at))
        end = at
    if text[at:].strip(" \t"):
        return None
    if tokens:
        tokens.append((NEWLINE, "", end, end))
        tokens += [(DEDENT, "", end, end)] * (len(depths) - 1)
    tokens.append((END, "", end, end))
    return Scanned(tokens, comments)


def _turn(tokens: list[Token], depths: list[int], depth: int, end: int) -> bool:
    """Ends a line; the next one begins at a depth. False where that is a depth of no block around."""
    if tokens:
        tokens.append((NEWLINE, "", end, end))
    if depth > depths[-1]:
        depths.append(depth)
        tokens.append((INDENT, "", end, end))
        return len(depths) <= DEPTH_MAX + 1
    while depth < depths[-1]:
        depths.pop()
        tokens.append((DEDENT, "", end, end))
    return depth == depths[-1]


def _depth(text: str, start: int) -> int:
    """How many blanks stand at a place."""
    at = start
    while text.startswith(" ", at):
        at += 1
    return at - start


def comments_in(text: str, start: int) -> list[Word]:
    """The comments among line ends; `start` is where `text` begins in the file."""
    return [Word(m[0], Span(start + m.start(), start + m.end())) for m in _COMMENT.finditer(text)]


def is_name(word: str) -> bool:
    """Whether a word of a script beyond ASCII has only what names have: letters, marks, digits, `_`, `-`, joiners."""
    from unicodedata import category

    return all(c.isalnum() or c in "_-.\u200c\u200d" or category(c)[0] == "M" for c in word)


def composed(word: str) -> str:
    """A word with its letters and marks composed, so that the same name is the same text."""
    from unicodedata import normalize

    return normalize("NFC", word)
