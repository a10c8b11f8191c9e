"""The files of a flow, read: what every check and the compiler start from."""

from collections.abc import Callable

from flowlang.diagnostics import Diagnostic
from flowlang.named_tuple import NamedTuple
from flowlang.source import Source, Unreadable
from flowlang.syntax import ast

Read = Callable[[str], bytes | Unreadable | None]
"""The bytes of a file by its path (as the main file's path is written, `use` resolved against the using file); None:
there is none."""


class Unit(NamedTuple):
    """One file. Number 0 is the file that is checked, the others are those it uses, each once."""

    number: int
    source: Source
    file: ast.File


class Missing(NamedTuple):
    """A `use` of a file that is not there, that cannot be read, or that is no text."""

    unit: Unit
    use: ast.Use
    reason: str = ""
    """What follows the name of a file that is there: "cannot be read: byte 0xfc is not UTF-8; …", "is a named pipe,
    not a file". Empty where there is none."""


class Circle(NamedTuple):
    """A `use` that closes a circle: `way` names the files from the one used back to this one."""

    unit: Unit
    use: ast.Use
    way: tuple[str, ...]


class Model(NamedTuple):
    """A flow and the files it uses. `diagnostics` are those of the syntax, of all files."""

    units: tuple[Unit, ...]
    missing: tuple[Missing, ...]
    circles: tuple[Circle, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def main(self) -> Unit:
        return self.units[0]
