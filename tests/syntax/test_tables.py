"""The tables are kept per user, and a cache that is wrong in any way costs time, never an answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flowlang.source import Source
from flowlang.syntax import tables
from flowlang.syntax.build import builders
from flowlang.syntax.machine import Machine
from flowlang.syntax.parser import parse, the_tables
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import scan

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLOWLANG_CACHE", str(tmp_path / "deep" / "er"))
    return tmp_path / "deep" / "er" / "flowlang"


def kept(cache: Path) -> Path:
    (only,) = cache.iterdir()
    return only


def test_what_is_kept_is_what_was_made(cache: Path) -> None:
    made = tables.load()
    assert kept(cache).stat().st_size > 10_000
    assert tables.load() == made == the_tables()


def count_makes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    ready = the_tables()

    def make(grammar: str) -> tables.Tables:
        calls.append(grammar)
        return ready

    monkeypatch.setattr(tables, "make", make)
    return calls


def test_the_second_time_nothing_is_made(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = count_makes(monkeypatch)
    tables.load()
    tables.load()
    assert len(calls) == 1
    assert kept(cache).exists()


@pytest.mark.parametrize("damage", ["cut", "flip", "sum", "empty", "folder"])
def test_a_damaged_cache_is_made_anew(cache: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    calls = count_makes(monkeypatch)
    tables.load()
    file = kept(cache)
    data = bytearray(file.read_bytes())
    match damage:
        case "cut":
            file.write_bytes(data[: len(data) // 2])
        case "flip":
            data[len(data) // 2] ^= 0xFF
            file.write_bytes(data)
        case "sum":  # what follows is whole, yet it was not what was written
            data[3] ^= 0x01
            file.write_bytes(data)
        case "empty":
            file.write_bytes(b"")
        case _:
            file.unlink()
            file.mkdir()
    assert tables.load() == the_tables()
    assert len(calls) == 2


def test_another_grammar_is_another_table(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = count_makes(monkeypatch)
    tables.load()
    text = tables.grammar_text() + "// changed\n"
    monkeypatch.setattr(tables, "grammar_text", lambda: text)
    tables.load()
    assert calls[1] == text
    assert kept(cache).exists()


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FLOWLANG_CACHE", str(tmp_path / "file"))
    calls = count_makes(monkeypatch)
    assert tables.load() == the_tables()
    assert len(calls) == 1


def test_the_cache_has_a_place_on_every_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FLOWLANG_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for platform, folder in (("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")):
        monkeypatch.setattr(sys, "platform", platform)
        assert folder in tables._cache_file().replace(os.sep, "/")


def test_the_grammar_of_a_wheel_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flowlang" / "syntax").mkdir(parents=True)
    (tmp_path / "grammar").mkdir()
    (tmp_path / "grammar" / "flowlang.lark").write_text("top level")
    monkeypatch.setattr(tables, "__file__", str(tmp_path / "flowlang" / "syntax" / "tables.py"))
    assert tables.grammar_text() == "top level"
    (tmp_path / "flowlang" / "_grammar").mkdir()
    (tmp_path / "flowlang" / "_grammar" / "flowlang.lark").write_text("wheel")
    assert tables.grammar_text() == "wheel"


def test_a_warm_start_does_not_need_lark(cache: Path) -> None:
    code = (
        "import sys\n"
        "from flowlang.source import Source\n"
        "from flowlang.syntax.parser import parse\n"
        "parsed = parse(Source('t.flow', 'on answered: hang up'))\n"
        "print(len(parsed.file.items), 'lark' in sys.modules)\n"
    )
    answers = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert answers == ["1 True\n", "1 False\n"]


def test_every_rule_of_the_grammar_has_its_function() -> None:
    names = {rule.build for rule in the_tables().rules if rule.build}
    assert set(builders(names)) >= names
    with pytest.raises(KeyError):
        builders(["no_such_rule"])


def test_a_long_flow_is_read_in_linear_time() -> None:
    """Twice the text takes about twice the work: counted in finished rules, not in seconds."""
    counts = []
    for size in (200, 400):
        text = "".join(f'on tone {n % 10}: play "a.wav" then transfer to c{n}\n' for n in range(size))
        assert len(parse(Source("t.flow", text)).file.items) == size
        counts.append(work_of(text))
    assert counts[1] < counts[0] * 2.1


def work_of(text: str) -> int:
    """How many rules are finished while a text is read."""
    finished = 0

    class Counting(Machine):
        __slots__ = ()

        def _finish(self, number: int, ahead: int) -> int:
            nonlocal finished
            finished += 1
            return super()._finish(number, ahead)

    scanned = scan(text, the_tables())
    assert scanned is not None
    Counting(the_tables(), Report(Source("t.flow", text))).run(scanned.tokens)
    return finished
