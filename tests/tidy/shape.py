"""Sizes, leftovers and words: what can be seen in the text of a file."""

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from re import Pattern

from tests.tidy.reading import Finding, PythonFile

FUNCTION_LINES = 70  # one screen: what is longer mixes deciding with doing
FILE_LINES = 600

_NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(.*)")
_NOTE_TEXT = re.compile(r":\s+\S+(\s+\S+){2,}")
_CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7}) ", re.MULTILINE)


def long_functions(file: PythonFile, longest: int = FUNCTION_LINES) -> list[Finding]:
    """Functions over the limit, counted from `def` to the last line."""
    found: list[Finding] = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > longest:
                reason = f"function {node.name} has {lines} lines, {longest} at most: split it"
                found.append(Finding(file.path, node.lineno, "long function", reason))
    return found


def long_file(file: PythonFile, longest: int = FILE_LINES) -> list[Finding]:
    """A file over the limit."""
    lines = file.text.count("\n") + (not file.text.endswith("\n"))
    if lines <= longest:
        return []
    return [Finding(file.path, longest + 1, "long file", f"{lines} lines, {longest} at most: split it")]


def notes_without_text(file: PythonFile) -> list[Finding]:
    """A note to do something that does not say what: `TODO: ` and at least three words are asked for."""
    found: list[Finding] = []
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        note = _NOTE.search(token.string)
        if note and not _NOTE_TEXT.match(note[2]):
            reason = f"{note[1]} without a text: write `{note[1]}: what is missing, and why it can wait`"
            found.append(Finding(file.path, token.start[0], "leftover", reason))
    return found


def left_behind(file: PythonFile) -> list[Finding]:
    """Prints, debuggers and functions that only say that they are not written."""
    found: list[Finding] = []
    for node in ast.walk(file.tree):
        match node:
            case ast.Call(func=ast.Name(id="print" | "breakpoint" as name)):
                found.append(Finding(file.path, node.lineno, "leftover", f"{name}( is left over from debugging"))
            case ast.Import(names=[ast.alias(name="pdb" | "ipdb"), *_]):
                found.append(Finding(file.path, node.lineno, "leftover", "a debugger is left over"))
            case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
                found.append(Finding(file.path, node.lineno, "leftover", "a stub: write it or take it away"))
            case _:
                pass
    return found


def banned_words(path: str, text: str, words: Mapping[Pattern[str], str]) -> list[Finding]:
    """Words that no file of the project should hold; each pattern comes with its reason."""
    found: list[Finding] = []
    for pattern, reason in words.items():
        for hit in pattern.finditer(text):
            line = text.count("\n", 0, hit.start()) + 1
            found.append(Finding(path, line, "word", f"`{hit[0].strip()}`: {reason}"))
    for hit in _CONFLICT.finditer(text):
        found.append(Finding(path, text.count("\n", 0, hit.start()) + 1, "word", "an unfinished merge"))
    return sorted(found)
