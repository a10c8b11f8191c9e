"""Reads a flow file and the files it uses, each once. Pure: bytes come through `read`."""

from flowlang.analysis.model import Circle, Missing, Model, Read, Unit
from flowlang.diagnostics import Diagnostic
from flowlang.source import Source, Unreadable
from flowlang.syntax import ast
from flowlang.syntax.parser import parse
from flowlang.syntax.reading import NotText, read_source


def resolve(path: str, base: str) -> str:
    """A path as written in a file, relative to that file. Works on texts alone; `..` goes up."""
    if path.startswith("/"):
        return path
    parts = base.replace("\\", "/").split("/")[:-1]
    for part in path.replace("\\", "/").split("/"):
        if part == ".." and parts and parts[-1] not in ("..", ".", ""):
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def load(main: Source, read: Read) -> Model:
    """The model of a flow. `read` is called only for files that `use` names."""
    loader = _Loader(read)
    loader.add(main, ())
    return Model(tuple(loader.units), tuple(loader.missing), tuple(loader.circles), tuple(loader.diagnostics))


class _Loader:
    def __init__(self, read: Read) -> None:
        self.read = read
        self.units: list[Unit] = []
        self.missing: list[Missing] = []
        self.circles: list[Circle] = []
        self.diagnostics: list[Diagnostic] = []
        self.done: set[str] = set()

    def add(self, source: Source, above: tuple[str, ...]) -> None:
        parsed = parse(source)
        self.diagnostics += parsed.diagnostics
        unit = Unit(len(self.units), source, parsed.file)
        self.units.append(unit)
        self.done.add(source.path)
        way = (*above, source.path)
        for item in parsed.file.items:
            if isinstance(item, ast.Use):
                self._use(unit, item, way)

    def _use(self, unit: Unit, use: ast.Use, way: tuple[str, ...]) -> None:
        if not use.path.parts:
            return  # what could not be read was reported already
        path = resolve(use.path.plain, unit.source.path)
        if path in way:
            self.circles.append(Circle(unit, use, way[way.index(path) :]))
            return
        if path in self.done:
            return
        raw, reason = self.read(path), ""
        try:
            if isinstance(raw, Unreadable):
                reason = raw.reason
            elif raw is not None:
                self.add(read_source(path, raw)[0], way)
                return
        except NotText as error:
            reason = f"cannot be read: {error.reason}"
        self.done.add(path)
        self.missing.append(Missing(unit, use, reason))
