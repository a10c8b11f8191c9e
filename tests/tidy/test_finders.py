"""Each finder finds a planted breach, names its line, and leaves what is right alone."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tidy.generated import Generated, stale_files, write
from tests.tidy.imports import EVERYTHING, Layer, dead_modules, layer_breaches, part_of
from tests.tidy.purity import any_annotations, impure_calls
from tests.tidy.reading import Finding, files, module_name, python_file
from tests.tidy.shape import banned_words, left_behind, long_file, long_functions, notes_without_text

NOTHING: frozenset[str] = frozenset()
LAYERS = {
    "call": Layer(NOTHING, NOTHING, is_pure=True),
    "wire": Layer(frozenset({"call"}), NOTHING, is_pure=True),
    "wire.decode": Layer(frozenset({"call", "wire"}), frozenset({"pydantic"}), is_pure=True),
    "syntax": Layer(NOTHING, frozenset({"lark"}), is_pure=True),
    "engine": Layer(frozenset({"call", "wire"}), NOTHING, is_pure=True),
    "tools": Layer(EVERYTHING, frozenset({"click"}), is_pure=False),
}


def lines(found: list[Finding]) -> list[int]:
    return [finding.line for finding in found]


# ---------------------------------------------------------------- layers


class Breach(NamedTuple):
    path: str
    text: str
    reason: str


STEP = "flowlang/engine/step.py"
BREACHES = {
    "another part": Breach(STEP, "import flowlang.syntax", "may not import syntax"),
    "from another part": Breach(STEP, "from flowlang.syntax.ast import A", "may not import syntax"),
    "from the package": Breach(STEP, "from flowlang import call, syntax", "may not import syntax"),
    "for type checking": Breach(STEP, "if TYPE_CHECKING:\n    from flowlang import syntax", "may not import syntax"),
    "in a function": Breach(STEP, "def f():\n    from flowlang import syntax", "may not import syntax"),
    "relative": Breach(STEP, "from ..syntax import ast", "may not import syntax"),
    "relative in a package": Breach("flowlang/engine/__init__.py", "from ..syntax import ast", "may not import syntax"),
    "by name": Breach(STEP, "importlib.import_module('flowlang.syntax')", "may not import syntax"),
    "the part inside a part": Breach(
        "flowlang/wire/a.py", "from flowlang.wire import decode", "may not import wire.decode"
    ),
    "someone else's package": Breach(STEP, "import lark", "may not import lark"),
    "someone else's in tools": Breach("flowlang/tools/cli.py", "from lark import Lark", "may not import lark"),
    "an unlisted part": Breach("flowlang/magic.py", "x = 1", "in no layer"),
    "the package itself": Breach("flowlang/__init__.py", "from flowlang.call import x", "may not import call"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_of_layers_is_found(name: str) -> None:
    breach = BREACHES[name]
    found = layer_breaches(python_file(breach.path, breach.text), LAYERS)
    assert len(found) == 1
    assert breach.reason in found[0].reason
    assert found[0].line == breach.text.count("\n") + 1
    assert str(found[0]).startswith(f"{breach.path}:{found[0].line}: ")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (STEP, "import re\nfrom flowlang.call import facts\nfrom flowlang.engine import learn"),
        (STEP, "from . import learn\nfrom .learn import x\nfrom ..call import facts"),
        (STEP, "from flowlang import __version__"),
        ("flowlang/wire/decode.py", "import pydantic\nfrom flowlang.wire import http"),
        ("flowlang/wire/encode.py", "from flowlang.wire.http import x"),
        ("flowlang/tools/cli.py", "import click\nfrom flowlang.syntax import ast"),
        ("flowlang/__init__.py", "__version__ = '1'"),
    ],
)
def test_what_the_table_allows_is_no_breach(path: str, text: str) -> None:
    assert layer_breaches(python_file(path, text), LAYERS) == []


def test_the_longest_part_counts() -> None:
    assert part_of("flowlang.wire.decode.calls", LAYERS) == "wire.decode"
    assert part_of("flowlang.wire.decoder", LAYERS) == "wire"
    assert part_of("flowlang.wired", LAYERS) is None


# ---------------------------------------------------------------- dead modules


def test_a_module_that_nothing_reaches_is_dead() -> None:
    package = [
        python_file("flowlang/__init__.py", ""),
        python_file("flowlang/cli.py", "LATE = 'flowlang.late:main'\nimport flowlang.used"),
        python_file("flowlang/late.py", ""),
        python_file("flowlang/used.py", "def f():\n    from flowlang.deep import inner"),
        python_file("flowlang/deep/__init__.py", "from flowlang.deep import also"),
        python_file("flowlang/deep/inner.py", ""),
        python_file("flowlang/deep/also.py", ""),
        python_file("flowlang/dead.py", "import flowlang.island"),
        python_file("flowlang/island.py", "import flowlang.dead"),
    ]
    found = dead_modules(package, ["flowlang.cli"])
    assert [finding.path for finding in found] == ["flowlang/dead.py", "flowlang/island.py"]
    assert dead_modules(package, ["flowlang.cli"], {"flowlang.dead": "kept for users"}) == []


def test_module_names() -> None:
    assert module_name("flowlang/call/__init__.py") == "flowlang.call"
    assert module_name("flowlang/call/facts.py") == "flowlang.call.facts"


# ---------------------------------------------------------------- purity

IMPURE = {
    "open": "x = open('a')",
    "open handed on": "x = map(open, names)",
    "input": "x = input()",
    "print": "print(1)",
    "eval": "eval('1')",
    "time": "import time\nx = time.monotonic()",
    "time under another name": "import time as t\nx = t.time",
    "time by its function": "from time import sleep as nap\nnap(1)",
    "now": "from datetime import datetime\nx = datetime.now()",
    "now, the long way": "import datetime\nx = datetime.datetime.utcnow()",
    "today": "from datetime import date\nx = date.today()",
    "random": "import random\nx = random.choice([1])",
    "random by its function": "from random import randint\nx = randint(1, 2)",
    "no seed": "import random\nx = random.Random()",
    "no seed, by its name": "from random import Random\nx = Random()",
    "system random": "import random\nx = random.SystemRandom(1)",
    "uuid": "import uuid\nx = uuid.uuid4().hex",
    "os": "import os\nx = os.environ['A']",
    "os.path": "from os import path\nx = path.exists('a')",
    "os.path imported whole": "import os.path\nx = os.path.exists('a')",
    "logging": "import logging\nlog = logging.getLogger()",
    "socket": "import socket\nx = socket.socket()",
    "path": "from pathlib import Path\nx = Path('a')",
    "path's text": "def f(p):\n    return p.read_text()",
    "a call in a chain": "import uuid\nx = str(uuid.uuid4()).split('-')[0].upper()",
    "standard output": "import sys\nsys.stdout.write('a')",
    "import by name": "import importlib\nx = importlib.import_module('json')",
    "address": "x = id(y)",
    "in an annotation's default": "import time\ndef f(clock=time.time): ...",
}


@pytest.mark.parametrize("name", IMPURE)
def test_an_impure_call_is_found_once(name: str) -> None:
    text = IMPURE[name]
    found = impure_calls(python_file("flowlang/plan.py", text))
    assert lines(found) == [text.count("\n") + 1]
    assert "in a pure part" in found[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime, timedelta\nx = datetime.fromtimestamp(1, None) + timedelta(1)",
        "import random\ndef f(r: random.Random) -> None: ...\nx = random.Random(7)\ny = random.Random(seed)",
        "from pathlib import PurePosixPath\nx = PurePosixPath('a')",
        "def f(hours, plan):\n    plan.open(hours)\n    hours.time\n    return plan.id",
        "class A:\n    def print(self): ...\n    id: int = 3",
        "def f(session, time):\n    return time.sleep(session.os.x)",
        "import sys\nx = sys.maxsize",
        "text = 'open(1) and time.time()'",
    ],
)
def test_what_only_looks_impure_is_left_alone(text: str) -> None:
    assert impure_calls(python_file("flowlang/plan.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "from typing import Any\nx: Any = 1",
        "import typing as t\ndef f(a: dict[str, t.Any]) -> None: ...",
        "from typing import Any as Whatever\nx = cast(Whatever, 1)",
    ],
)
def test_any_is_found(text: str) -> None:
    assert lines(any_annotations(python_file("flowlang/plan.py", text))) == [2]


def test_any_in_a_quoted_annotation_is_found_at_its_import() -> None:
    text = "import re\nfrom typing import Any\nx: 'list[Any]' = []"
    assert lines(any_annotations(python_file("flowlang/plan.py", text))) == [2]


def test_the_function_any_is_no_type() -> None:
    assert any_annotations(python_file("flowlang/plan.py", "from typing import Final\nx: Final = any([1])")) == []


# ---------------------------------------------------------------- sizes and leftovers


def function_of(count: int, head: str = "def f():") -> str:
    return head + "\n" + "    x = 1\n" * (count - 1)


def test_a_function_over_the_limit_is_found() -> None:
    text = "# first\n" + function_of(71)
    found = long_functions(python_file("flowlang/plan.py", text))
    assert lines(found) == [2]
    assert "function f has 71 lines" in found[0].reason
    assert lines(long_functions(python_file("flowlang/plan.py", function_of(71, "async def f():")))) == [1]


def test_a_function_at_the_limit_is_fine() -> None:
    assert long_functions(python_file("flowlang/plan.py", "@cache\n" + function_of(70))) == []


def test_a_file_over_the_limit_is_found() -> None:
    assert lines(long_file(python_file("flowlang/plan.py", "x = 1\n" * 601))) == [601]
    assert lines(long_file(python_file("flowlang/plan.py", "x = 1\n" * 600 + "y = 1"))) == [601]
    assert long_file(python_file("flowlang/plan.py", "x = 1\n" * 600)) == []


@pytest.mark.parametrize(
    "note", ["# TODO", "# TODO: later", "x = 1  # FIXME this", "# XXX:", "# TODO(me) do all of it now"]
)
def test_a_note_without_text_is_found(note: str) -> None:
    assert lines(notes_without_text(python_file("flowlang/plan.py", f"y = 2\n{note}\n"))) == [2]


@pytest.mark.parametrize(
    "text", ["# TODO: names of phones are not yet read", "x = 'TODO'", "# todos are kept elsewhere"]
)
def test_a_note_that_says_what_is_fine(text: str) -> None:
    assert notes_without_text(python_file("flowlang/plan.py", text + "\n")) == []


@pytest.mark.parametrize(
    "text", ["print(1)", "breakpoint()", "import pdb", "raise NotImplementedError", "raise NotImplementedError('soon')"]
)
def test_a_leftover_is_found(text: str) -> None:
    assert lines(left_behind(python_file("flowlang/plan.py", f"x = 1\n{text}\n"))) == [2]


def test_what_is_no_leftover() -> None:
    assert left_behind(python_file("flowlang/plan.py", "log.print(1)\nx = 'print('\nraise ValueError('x')")) == []


# ---------------------------------------------------------------- words

WORDS = {re.compile(r"\bfoo\b"): "say bar"}


def test_a_banned_word_is_found_on_its_line() -> None:
    found = banned_words("README.md", "food\nbar\na foo\n", WORDS)
    assert lines(found) == [3]
    assert str(found[0]) == "README.md:3: `foo`: say bar"


def test_an_unfinished_merge_is_found() -> None:
    assert lines(banned_words("README.md", "a\n" + "<" * 7 + " HEAD\n", WORDS)) == [2]


def test_the_projects_own_words_work() -> None:
    from tests.test_tidy import WORDS as OURS

    cut = ("see /wo~rk/main", "in sha~red/design", "as in issue ~#12", "made by A~I", "a white~list", "seam~lessly")
    planted = [text.replace("~", "") for text in cut]
    assert [len(banned_words("x.md", text, OURS)) for text in planted] == [1] * len(planted)
    assert banned_words("x.md", "a homework/ folder, lib/shared/x, the RAIL, step #12", OURS) == []


# ---------------------------------------------------------------- generated files


def test_a_stale_file_is_found_and_written_anew(tmp_path: Path) -> None:
    registry = [Generated(lambda: "one\ntwo\n", "docs/a.md"), Generated(lambda: "same\n", "b.md")]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("one\n2\n")
    (tmp_path / "b.md").write_text("same\n")
    found = stale_files(tmp_path, registry)
    assert [(finding.path, finding.line) for finding in found] == [("docs/a.md", 2)]
    assert "tests.tidy.generated" in found[0].reason
    assert write(tmp_path, registry) == ["docs/a.md"]
    assert stale_files(tmp_path, registry) == []


def test_a_missing_generated_file_is_found_and_written(tmp_path: Path) -> None:
    registry = [Generated(lambda: "one\n", "deep/a.md")]
    assert [finding.path for finding in stale_files(tmp_path, registry)] == ["deep/a.md"]
    write(tmp_path, registry)
    assert (tmp_path / "deep/a.md").read_text() == "one\n"


def test_a_longer_file_differs_after_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\n")
    assert lines(stale_files(tmp_path, [Generated(lambda: "one\ntwo", "a.md")])) == [2]
    (tmp_path / "a.md").write_text("one")
    assert lines(stale_files(tmp_path, [Generated(lambda: "one\ntwo", "a.md")])) == [2]


# ---------------------------------------------------------------- which files are read


def test_what_tools_leave_behind_is_passed_over(tmp_path: Path) -> None:
    for name in ("a.py", ".venv/b.py", "x/__pycache__/c.py", "x/d.py", "x/e.wav", ".ci/run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.relative_to(tmp_path).as_posix() for path in files(tmp_path)] == [".ci/run", "a.py", "x/d.py"]
