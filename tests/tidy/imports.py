"""Who imports whom: breaches of the layers, and modules that nothing reaches."""

import ast
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.tidy.reading import Finding, PythonFile

OURS = "flowlang"
EVERYTHING = frozenset({"*"})


class Layer(NamedTuple):
    """What one part may import. `ours`: other parts, by the names of the table; its own modules it may always.

    `third_party`: top-level names of other people's packages. `is_pure`: it decides and never touches the world.
    """

    ours: frozenset[str]
    third_party: frozenset[str]
    is_pure: bool


class Import(NamedTuple):
    """`names`: the dotted names it may mean; `from a import b` can mean the module `a.b` or the name `b` in `a`."""

    line: int
    module: str
    names: tuple[str, ...]


def part_of(module: str, parts: Iterable[str]) -> str | None:
    """The longest part that holds a module: `flowlang.wire.decode` is in `wire.decode`, not in `wire`."""
    inside = module.removeprefix(OURS).removeprefix(".")
    holding = [part for part in parts if inside == part or inside.startswith(part + ".")]
    return max(holding, key=len, default=None)


def imports(file: PythonFile) -> list[Import]:
    """Every import in a file, wherever it stands: at the top, in a function, or for type checking only."""
    found: list[Import] = []
    for node in ast.walk(file.tree):
        match node:
            case ast.Import(names=names):
                found += [Import(node.lineno, alias.name, ()) for alias in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                base = _absolute(file, module or "", level)
                found.append(Import(node.lineno, base, tuple(alias.name for alias in names)))
            case ast.Call(args=[ast.Constant(value=str(target)), *_]) if _imports_by_name(node.func):
                found.append(Import(node.lineno, target, ()))
            case _:
                pass
    return found


def _absolute(file: PythonFile, module: str, level: int) -> str:
    if level == 0:
        return module
    package = file.module.split(".")
    if not file.path.endswith("__init__.py"):
        package = package[:-1]
    package = package[: len(package) - level + 1]
    return ".".join([*package, module] if module else package)


def _imports_by_name(function: ast.expr) -> bool:
    match function:
        case ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"):
            return True
        case _:
            return False


def layer_breaches(file: PythonFile, layers: Mapping[str, Layer]) -> list[Finding]:
    """Imports that the table of layers does not allow, and modules that the table does not know."""
    if file.module == OURS:
        part, layer = "", Layer(frozenset(), frozenset(), is_pure=True)
    else:
        known = part_of(file.module, layers)
        if known is None:
            return [Finding(file.path, 1, "layer", f"{file.module} is in no layer: add it to the table of layers")]
        part, layer = known, layers[known]
    found: list[Finding] = []
    for item in imports(file):
        reasons = [_breach(part, layer, name, layers) for name in _meant(item)]
        found += [Finding(file.path, item.line, "layer", reason) for reason in dict.fromkeys(reasons) if reason]
    return found


def _meant(item: Import) -> list[str]:
    return [f"{item.module}.{name}" for name in item.names] if item.names else [item.module]


def _breach(part: str, layer: Layer, name: str, layers: Mapping[str, Layer]) -> str:
    top = name.partition(".")[0]
    if top == OURS:
        target = part_of(name, layers)
        if target is None or target == part or layer.ours == EVERYTHING or target in layer.ours:
            return ""
        return f"{part or OURS} may not import {target}: the table of layers does not list it"
    if top in sys.stdlib_module_names or top in layer.third_party or layer.third_party == EVERYTHING:
        return ""
    allowed = ", ".join(sorted(layer.third_party)) or "the standard library only"
    return f"{part or OURS} may not import {top}: it may use {allowed}"


def dead_modules(
    package: Iterable[PythonFile], roots: Iterable[str], allowed: Mapping[str, str] | None = None
) -> list[Finding]:
    """Modules that no chain of imports from a root reaches.

    A text that is a module's whole dotted name, alone or before a colon, counts as an import: so a command line can
    name what it loads late. `allowed`: modules that may stay, and why.
    """
    by_name = {file.module: file for file in package}
    reached: set[str] = set()
    waiting = [name for name in (*roots, *(allowed or {})) if name in by_name]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += [other for other in _names_in(by_name[name]) if other in by_name]
        above = name.rpartition(".")[0]
        if above in by_name:
            waiting.append(above)
    return [
        Finding(file.path, 1, "dead", f"nothing that runs imports {name}: use it or delete it")
        for name, file in by_name.items()
        if name not in reached
    ]


def _names_in(file: PythonFile) -> set[str]:
    names: set[str] = set()
    for item in imports(file):
        names |= {item.module, *(f"{item.module}.{name}" for name in item.names)}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(OURS + "."):
            names.add(node.value.partition(":")[0])
    return names
