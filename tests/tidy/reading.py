"""What every finder takes and gives: a Python file as text and tree, and a finding with file, line and reason."""

import ast
from pathlib import Path
from typing import NamedTuple

SKIPPED_FOLDERS = frozenset({
    ".git", ".venv", "venv", "node_modules", "__pycache__", "dist", "build", "htmlcov",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis",
})  # fmt: skip
TEXT_ENDINGS = frozenset({
    ".py", ".md", ".toml", ".flow", ".lark", ".yaml", ".yml", ".json", ".txt", ".cfg", ".css", ".js", ".mjs", ".html",
    ".sh", "",
})  # fmt: skip


class Finding(NamedTuple):
    """Something untidy. `kind` groups findings, so that an exception can name one; `line` starts at 1."""

    path: str
    line: int
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class PythonFile(NamedTuple):
    """`path` is relative to the root, with slashes; `module` is its dotted name, a package's without `__init__`."""

    path: str
    module: str
    text: str
    tree: ast.Module


def module_name(path: str) -> str:
    """`flowlang/call/__init__.py` is `flowlang.call`."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_file(path: str, text: str) -> PythonFile:
    """A file from its text, as the finders' own tests give it."""
    return PythonFile(path, module_name(path), text, ast.parse(text, path))


def files(root: Path, folder: str = "", endings: frozenset[str] = TEXT_ENDINGS) -> list[Path]:
    """The project's own files under a folder, sorted; what tools leave behind is passed over."""
    found: list[Path] = []
    stack = [root / folder]
    while stack:
        here = stack.pop()
        if not here.is_dir():
            continue
        for entry in here.iterdir():
            if entry.is_dir():
                if entry.name not in SKIPPED_FOLDERS and not entry.name.endswith(".egg-info"):
                    stack.append(entry)
            elif entry.suffix in endings:
                found.append(entry)
    return sorted(found)


def python_files(root: Path, folder: str) -> list[PythonFile]:
    """All Python files under a folder of the project, parsed."""
    return [
        python_file(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in files(root, folder, frozenset({".py"}))
    ]


def report(findings: list[Finding]) -> str:
    """What a failing test shows: one finding a line."""
    return "\n".join(["", *map(str, sorted(findings))])
