"""What a pure part never does: touch the world, read a clock, draw a number, or give up on types."""

import ast
from collections.abc import Iterator

from tests.tidy.reading import Finding, PythonFile

BANNED_MODULES = {
    "time": "the time comes in with each fact",
    "uuid": "ids are counted in the session",
    "secrets": "ids are counted in the session",
    "os": "the environment and the disk belong to the edge",
    "shutil": "the disk belongs to the edge",
    "tempfile": "the disk belongs to the edge",
    "glob": "the disk belongs to the edge",
    "fileinput": "the disk belongs to the edge",
    "sqlite3": "the disk belongs to the edge",
    "logging": "say it in the trace; the edge logs it",
    "warnings": "say it in a diagnostic or the trace",
    "socket": "the network belongs to the edge",
    "ssl": "the network belongs to the edge",
    "select": "the network belongs to the edge",
    "http.client": "the network belongs to the edge",
    "http.server": "the network belongs to the edge",
    "urllib.request": "the network belongs to the edge",
    "subprocess": "other programs belong to the edge",
    "asyncio": "a pure part never waits",
    "threading": "a pure part never waits",
    "multiprocessing": "a pure part never waits",
    "concurrent": "a pure part never waits",
    "signal": "the process belongs to the edge",
    "importlib": "what is imported stands at the top of the file",
    "datetime.datetime.now": "the time comes in with each fact",
    "datetime.datetime.utcnow": "the time comes in with each fact",
    "datetime.datetime.today": "the time comes in with each fact",
    "datetime.date.today": "the time comes in with each fact",
    "sys.stdin": "reading belongs to the edge",
    "sys.stdout": "writing belongs to the edge",
    "sys.stderr": "writing belongs to the edge",
    "sys.argv": "reading belongs to the edge",
    "sys.exit": "the process belongs to the edge",
    "io.open": "the disk belongs to the edge",
    "pathlib.Path": "the disk belongs to the edge; a PurePath is fine",
    "pathlib.PosixPath": "the disk belongs to the edge; a PurePath is fine",
}
"""A dotted name and everything under it, with the reason."""

BANNED_BUILTINS = {
    "open": "the disk belongs to the edge",
    "input": "reading belongs to the edge",
    "print": "writing belongs to the edge",
    "breakpoint": "a debugger's leftover",
    "eval": "text is never run",
    "exec": "text is never run",
    "__import__": "what is imported stands at the top of the file",
    "id": "an address differs from run to run",
}
BANNED_METHODS = frozenset({"read_text", "read_bytes", "write_text", "write_bytes"})


def impure_calls(file: PythonFile) -> list[Finding]:
    """Every mention of a banned function, under whatever name it was imported; it may be called later."""
    names = _imported(file.tree)
    found: list[Finding] = []
    for node in _outermost(file.tree):
        reason = _impure(node, names)
        if reason:
            found.append(Finding(file.path, node.lineno, "pure", f"{reason[0]} in a pure part: {reason[1]}"))
    found += _unseeded(file, names)
    return sorted(found)


def any_annotations(file: PythonFile) -> list[Finding]:
    """Every `Any`: in an annotation, a cast or an alias; its import, if only a quoted annotation uses it."""
    names = _imported(file.tree)
    reason = "Any says nothing: name the type, or `object`"
    found: list[Finding] = []
    for node in _outermost(file.tree):
        if _dotted(node, names) in ("typing.Any", "typing_extensions.Any"):
            found.append(Finding(file.path, node.lineno, "any", reason))
    if found:
        return found
    return [
        Finding(file.path, node.lineno, "any", reason)
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module in ("typing", "typing_extensions")
        and any(alias.name == "Any" for alias in node.names)
    ]


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local names to the dotted names that they stand for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    top = alias.name.partition(".")[0]
                    names[alias.asname or top] = alias.name if alias.asname else top
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                for alias in aliases:
                    names[alias.asname or alias.name] = f"{module}.{alias.name}"
            case _:
                pass
    return names


def _outermost(tree: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    """Names and whole attribute chains: `a.b.c` once, not also `a.b` and `a`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Name | ast.Attribute):
            yield child
            inner: ast.AST = child
            while isinstance(inner, ast.Attribute):
                inner = inner.value
            if not isinstance(inner, ast.Name):
                yield from _outermost(ast.Expr(inner) if isinstance(inner, ast.expr) else inner)
        else:
            yield from _outermost(child)


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name that an expression stands for; empty where it does not start at an import."""
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attr):
            inner = _dotted(value, names)
            return f"{inner}.{attr}" if inner else ""
        case _:
            return ""


def _impure(node: ast.Name | ast.Attribute, names: dict[str, str]) -> tuple[str, str] | None:
    if isinstance(node, ast.Attribute) and node.attr in BANNED_METHODS:
        return node.attr, "the disk belongs to the edge"
    dotted = _dotted(node, names)
    if not dotted:
        if isinstance(node, ast.Name) and node.id in BANNED_BUILTINS and isinstance(node.ctx, ast.Load):
            return node.id, BANNED_BUILTINS[node.id]
        return None
    for banned, reason in BANNED_MODULES.items():
        if dotted == banned or dotted.startswith(banned + "."):
            return dotted, reason
    if dotted.startswith("random.") and dotted.split(".")[1] != "Random":
        return dotted, "draw from a seeded random.Random that is handed in"
    return None


def _unseeded(file: PythonFile, names: dict[str, str]) -> list[Finding]:
    return [
        Finding(file.path, node.lineno, "pure", "random.Random() without a seed in a pure part: hand the seed in")
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and _dotted(node.func, names) == "random.Random"
        and not node.args
        and not node.keywords
    ]
