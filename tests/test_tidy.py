"""The house tests itself: layers, purity, sizes, generated files, leftovers and words. The tables below are the rules.

Each finder is a function over source text in `tests/tidy/`, with its own tests in `tests/tidy/test_finders.py`.
"""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from flowlang.rules import GROUPS
from tests.tidy.generated import GENERATED, stale_files
from tests.tidy.imports import EVERYTHING, Layer, dead_modules, layer_breaches, part_of
from tests.tidy.purity import any_annotations, impure_calls
from tests.tidy.reading import Finding, PythonFile, files, python_files, report
from tests.tidy.shape import banned_words, left_behind, long_file, long_functions, notes_without_text

ROOT = Path(__file__).parents[1]


def _layer(ours: str = "", third_party: str = "", is_pure: bool = True) -> Layer:
    everything = ours == "*"
    known = EVERYTHING if everything else frozenset([*FOR_ALL, *ours.split()])
    return Layer(known, frozenset(third_party.split()), is_pure)


FOR_ALL: Final = ("named_tuple", "loopback", "printable")
LOOP = "call wire wire.decode plan steps engine source diagnostics hours"
MODEL = "source diagnostics syntax plan steps events call engine hours"
LAYERS: Final = {
    # part              may import of ours                              third party        pure
    "named_tuple":      _layer(),
    "loopback":         _layer(),
    "printable":        _layer(),
    "source":           _layer(),
    "call":             _layer(),
    "plan":             _layer("call"),
    "diagnostics":      _layer("source call"),
    "regions":          _layer(),
    "wav":              _layer(),
    "given":            _layer("call"),
    "numbering":        _layer(),
    "calendars":        _layer("hours", "icalendar dateutil"),
    "hours":            _layer("plan call regions calendars", "holidays"),
    "wire":             _layer("call"),
    "wire.decode":      _layer("call wire", "pydantic pydantic_core"),
    "syntax":           _layer("source diagnostics syntax.tables"),
    "syntax.tables":    _layer("user_cache", "lark", is_pure=False),
    "regular_file":     _layer(is_pure=False),
    "user_cache":       _layer("regular_file", is_pure=False),
    "steps":            _layer("call plan wire"),
    "events":           _layer("call plan"),
    "engine":           _layer("call plan steps events"),
    "explorer":         _layer("call plan steps engine diagnostics ladder"),
    "analysis":         _layer(MODEL),
    "analysis.check":   _layer(MODEL + " analysis rules compiler explorer"),
    "rules":            _layer(MODEL + " analysis regions numbering explorer ladder wav", "phonenumbers"),
    "compiler":         _layer(MODEL + " analysis"),
    "session_tags":     _layer(),
    "codec":            _layer("call plan steps session_tags"),
    "format":           _layer("source diagnostics syntax analysis plan steps events"),
    "simulator":        _layer(LOOP),
    "scenario":         _layer(LOOP + " simulator ladder", "ruamel"),
    "ladder":           _layer("call wire plan steps engine source diagnostics"),
    "replay":           _layer("call plan engine codec hours replay.stored"),
    "replay.stored":    _layer("replay store __init__", is_pure=False),
    "store":            _layer("regular_file", is_pure=False),
    "prompts":          _layer("regular_file source call plan runtime wav wire prompts.sound prompts.recordings",
                               "anyio starlette", is_pure=False),
    "prompts.sound":    _layer("wav", "numpy soxr"),
    "prompts.slips":    _layer("prompts wire", "anyio cryptography", is_pure=False),
    "prompts.download": _layer("prompts", "anyio httpx", is_pure=False),
    "prompts.recordings": _layer("call prompts prompts.slips prompts.download wav wire", "anyio httpx",
                                 is_pure=False),
    "prompts.voice_http": _layer("prompts", "anyio httpx", is_pure=False),
    "runtime":          _layer("call wire wire.decode plan steps engine store codec", "anyio jwt starlette",
                               is_pure=False),
    "runtime.open_hours": _layer("runtime hours calendars plan store", is_pure=False),
    "runtime.tokens":   _layer("runtime", "anyio msal requests", is_pure=False),
    "runtime.near_tokens": _layer("runtime runtime.tokens", "httpx", is_pure=False),
    "runtime.transport": _layer("runtime runtime.tokens call wire", "anyio httpx", is_pure=False),
    "settings":         _layer("regular_file call plan syntax", "pydantic pydantic_core ruamel", is_pure=False),
    "sim_server":       _layer("call simulator scenario wire wav __init__", "anyio cryptography httpx jwt starlette",
                               is_pure=False),
    "admin":            _layer("regular_file call plan steps engine store codec runtime ladder replay replay.stored "
                               "given",
                               "anyio fastapi pydantic starlette",
                               is_pure=False),
    "telemetry":        _layer("call plan store runtime telemetry.masking telemetry.otel",
                               "prometheus_client starlette structlog", is_pure=False),
    "telemetry.otel":   _layer("telemetry", "opentelemetry requests", is_pure=False),
    "telemetry.masking": _layer("call"),
    "console":          _layer("*", "anyio", is_pure=False),
    "tools":            _layer("*", "click rich anyio ruamel", is_pure=False),
    "tools.serve_bots": _layer("*", "anyio starlette", is_pure=False),
    "tools.serve_house": _layer("*", "anyio httpx starlette", is_pure=False),
    "tools.serve_sounds": _layer("*", "httpx starlette", is_pure=False),
    "tools.http_bounds": _layer("*", "httptools uvicorn", is_pure=False),
    "tools.serve_http": _layer("*", "anyio starlette uvicorn", is_pure=False),
    "tools.serve_run":  _layer("*", "anyio httpx", is_pure=False),
    "tools.serve_watch": _layer("*", "anyio watchfiles", is_pure=False),
    "tools.doctor_far": _layer("*", "httpx", is_pure=False),
    "__main__":         _layer("*", is_pure=False),
}  # fmt: skip
"""Who may import whom. The longest name that fits a module counts; a module in none is a finding.

A part may always import itself. Imports for type checking only, inside functions and by name count like all others.
"""


class Exemption(NamedTuple):
    """One thing that may break one rule in one file, and why. `about` stands in the finding's reason.

    An exemption that is no longer needed is a finding itself.
    """

    path: str
    kind: str
    about: str
    why: str

    def covers(self, finding: Finding) -> bool:
        return (finding.path, finding.kind) == (self.path, self.kind) and self.about in finding.reason


EXEMPTIONS: Final = (
    Exemption("flowlang/hours.py", "pure", "os.path", "looks for tables of zones, as the standard library does"),
    Exemption("flowlang/hours.py", "pure", "open in", "reads the head of a zone's table"),
    Exemption("flowlang/explorer/environment.py", "pure", "Path", "the model is a file of the package, read once"),
    Exemption("flowlang/explorer/environment.py", "pure", "read_text", "the model is a file of the package, read once"),
    Exemption("flowlang/engine/index.py", "pure", "id in", "finds a plan's tables; nothing depends on the number"),
    Exemption("flowlang/named_tuple.py", "pure", "exec", "makes functions of any number of fields, as `collections`"),
    Exemption("flowlang/rules/__init__.py", "pure", "import_module", "rules are loaded by their codes, those needed"),
    Exemption("flowlang/engine/step.py", "any", "Any", "a table from class to function: each takes its own fact"),
    Exemption("flowlang/simulator/values.py", "any", "Any", "JSON of others: every member is looked at"),
    Exemption("flowlang/tools/cli.py", "leftover", "print", "a command line prints"),
)

DEAD_ROOTS: Final = (
    "flowlang", "flowlang.tools.cli", "flowlang.__main__",
    *[f"flowlang.rules.{code.replace('-', '_')}" for _, codes in GROUPS for code in codes],
)  # fmt: skip
"""Where running starts: the package, the script of pyproject.toml, `python -m flowlang`; rules are loaded by their
codes."""

DEAD_ALLOWED: Final[dict[str, str]] = {
    "flowlang.explorer.allows": "holds facts against the model; tests do so with every simulated call",
    "flowlang.store.memory": "a store for tests and for programs that embed the service",
}
"""Modules that nothing in the package imports and that stay all the same, with the reason."""

WORDS: Final = {
    re.compile(r"/[w]ork/"): "a path of one machine",
    re.compile(r"(?<![\w./-])[s]hared/"): "a folder that is not in the project",
    re.compile(r"(?i)\bissues? #\d+"): "a number says nothing to a reader: say what was wrong",
    re.compile(r"\b[A]I\b"): "say what is meant",
    re.compile(r"(?i)\b(white|black)[l]ist"): "say allow list or deny list",
    re.compile(r"(?i)\b([s]eamless|[b]lazing|[c]utting-edge|[l]everag|[s]tate-of-the-art)"): "say what it does",
}
"""Patterns and reasons. A letter in brackets keeps a pattern from finding itself."""

WORDS_NOT_READ: Final = ("tests/wire/payloads/", "LICENSE", "flowlang/regions.py", "flowlang/numbering.py")
"""Text of other people, kept as it came; and a table of two-letter codes of regions."""


@cache
def package() -> tuple[PythonFile, ...]:
    return tuple(python_files(ROOT, "flowlang"))


def everything() -> list[PythonFile]:
    return [*package(), *(file for folder in ("tests", "bench", "flows") for file in python_files(ROOT, folder))]


def pure() -> list[PythonFile]:
    parts = {file: part_of(file.module, LAYERS) for file in package()}
    return [file for file, part in parts.items() if part is not None and LAYERS[part].is_pure]


def house_findings(kind: str) -> list[Finding]:
    """All findings of one kind in this project, before exemptions."""
    match kind:
        case "layer":
            return [finding for file in package() for finding in layer_breaches(file, LAYERS)]
        case "pure":
            return [finding for file in pure() for finding in impure_calls(file)]
        case "any":
            return [finding for file in pure() for finding in any_annotations(file)]
        case "long function":
            return [finding for file in everything() for finding in long_functions(file)]
        case "long file":
            return [finding for file in everything() for finding in long_file(file)]
        case "leftover":
            notes = [finding for file in everything() for finding in notes_without_text(file)]
            return notes + [finding for file in package() for finding in left_behind(file)]
        case "dead":
            return dead_modules(package(), DEAD_ROOTS, DEAD_ALLOWED)
        case "stale":
            return stale_files(ROOT, GENERATED)
        case "word":
            return [finding for path in files(ROOT) for finding in _words_of(path)]
        case _:
            raise ValueError(kind)


def _words_of(path: Path) -> list[Finding]:
    name = path.relative_to(ROOT).as_posix()
    if name.startswith(WORDS_NOT_READ):
        return []
    return banned_words(name, path.read_text(encoding="utf-8"), WORDS)


KINDS = ("layer", "pure", "any", "long function", "long file", "leftover", "dead", "stale", "word")


@pytest.mark.parametrize("kind", KINDS)
def test_the_house_is_tidy(kind: str) -> None:
    found = house_findings(kind)
    exempt = [one for one in EXEMPTIONS if one.kind == kind]
    left = [finding for finding in found if not any(one.covers(finding) for one in exempt)]
    assert not left, report(left)
    unused = [one for one in exempt if not any(one.covers(finding) for finding in found)]
    assert not unused, f"these exemptions are no longer needed: {unused}"


def test_exemptions_and_roots_name_what_exists() -> None:
    modules = {file.module for file in package()}
    assert {one.kind for one in EXEMPTIONS} <= set(KINDS)
    assert set(DEAD_ALLOWED) <= modules
    assert set(DEAD_ROOTS) <= modules


def test_the_package_is_really_read() -> None:
    """A finder that is given nothing finds nothing: make sure that it is given the project."""
    assert {"flowlang", "flowlang.plan", "flowlang.call.facts"} <= {file.module for file in package()}
    assert {"flowlang/plan.py"} <= {file.path for file in pure()}
    assert {"README.md", ".ci/run", "pyproject.toml"} <= {path.relative_to(ROOT).as_posix() for path in files(ROOT)}


# ---------------------------------------------------------------- what really gets loaded


LOADED = "import json, sys\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))"


def loaded_by(code: str) -> set[str]:
    """The names of all modules that a fresh interpreter has after running some code."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(code=code)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(re.findall(r'"([\w.]+)"', done.stdout.splitlines()[-1]))


def loaded_among(code: str, unwanted: tuple[str, ...]) -> list[str]:
    loaded = loaded_by(code)
    return [name for name in unwanted if name in loaded]


def test_what_is_loaded_is_seen() -> None:
    assert loaded_among("import lark", ("lark", "pydantic")) == ["lark"]


def test_the_engine_runs_without_the_parser() -> None:
    modules = [file.module for file in package() if file.module.startswith(("flowlang.engine", "flowlang.steps"))]
    assert "flowlang.engine.step" in modules
    code = "\n".join(f"import {module}" for module in modules)
    assert not loaded_among(
        code, ("lark", "flowlang.syntax", "flowlang.compiler", "pydantic", "httpx", "anyio", "rich")
    )


SLOW = ("pydantic", "httpx", "anyio", "rich", "holidays", "icalendar", "phonenumbers", "ruamel")
"""Each of these alone costs more than a check of a plain flow may take. The sample flow needs none of them."""


def test_importing_the_check_path_is_cheap() -> None:
    assert not loaded_among("import flowlang.tools.check", SLOW)


@pytest.mark.parametrize("command", ["check", "fmt", "graph"])
def test_a_designers_command_loads_nothing_slow(command: str) -> None:
    if f"flowlang.tools.{command}" not in {file.module for file in package()}:
        pytest.skip(f"there is no command {command} yet")
    ran = loaded_by(f"from flowlang.tools.cli import main\nassert main(['{command}', 'flows/consult.flow']) in (0, 1)")
    assert f"flowlang.tools.{command}" in ran
    assert not ran & set(SLOW)
