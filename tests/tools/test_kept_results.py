"""What `check` keeps: the same answer while nothing has changed, a new one as soon as anything has."""

import subprocess
import sys
from pathlib import Path

import pytest

from flowlang import user_cache
from flowlang.analysis.check import Options, check_files
from flowlang.diagnostics import Diagnostic
from flowlang.tools import kept_results
from flowlang.tools.cli import main
from flowlang.tools.files import read, read_flow
from flowlang.tools.kept_results import Results

PEOPLE = 'flow 1 "People"\n\ncontact desk = +12025550123 "Desk"\n'
FLOW = 'flow 1 "Two files"\n\nuse "people.flow"\n\non answered: play "hello.wav" then transfer to desk\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A flow, a file that it uses, and a prompt that is missing; the cache is in a folder of its own."""
    monkeypatch.setenv("FLOWLANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.flow").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "main.flow").write_text(FLOW, encoding="utf-8")
    return tmp_path


def find(results: Results) -> list[Diagnostic]:
    sources = [read_flow("main.flow")]
    found = check_files(sources, results.read, Options(is_strict=True, explores=True))
    results.keep(sources, found)
    return found


def results(options: str = "strict") -> Results:
    return Results(["main.flow"], options, read)


def seen(found: list[Diagnostic] | None) -> list[tuple[object, ...]] | None:
    """Everything of findings but the facts, which are made anew when somebody wants them."""
    if found is None:
        return None
    return [
        (one.code, one.severity, one.source.path, one.source.text, one.span, one.message, one.help, one.label, one.call)
        for one in found
    ]


def test_the_second_time_gives_the_same(folder: Path) -> None:
    first = results()
    assert first.recall(read_flow) is None
    found = find(first)
    assert {one.code for one in found} >= {"prompt-not-wav", "only-the-safety-net"}
    assert seen(results().recall(read_flow)) == seen(found)


@pytest.mark.parametrize("change", ["flow", "used", "prompt", "options", "files", "version", "folder"])
def test_what_has_changed_is_looked_at_anew(folder: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find(results())
    match change:
        case "flow":
            (folder / "main.flow").write_text(FLOW.replace("hello", "hallo"), encoding="utf-8")
        case "used":
            (folder / "people.flow").write_text(PEOPLE.replace("123 ", "124 "), encoding="utf-8")
        case "prompt":
            (folder / "hello.wav").write_bytes(b"RIFF")
        case "version":
            monkeypatch.setattr(kept_results, "__version__", "9.9.9")
        case "folder":
            (folder / "elsewhere").mkdir()
            (folder / "elsewhere" / "main.flow").write_text(FLOW, encoding="utf-8")
            monkeypatch.chdir(folder / "elsewhere")
        case _:
            pass
    asked = results("not strict" if change == "options" else "strict")
    if change == "files":
        asked = Results(["main.flow", "people.flow"], "strict", read)
    assert asked.recall(read_flow) is None


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other"])
def test_what_is_damaged_is_not_believed(folder: Path, damage: str) -> None:
    find(results())
    (file,) = (folder / "cache" / "flowlang" / "results").glob("*.bin")
    data = bytearray(file.read_bytes())
    match damage:
        case "cut":
            data = data[: len(data) // 2]
        case "flip":
            data[len(data) // 2] ^= 1
        case "empty":
            data = bytearray()
        case _:
            user_cache.write(str(file), b"not what was kept")
            assert results().recall(read_flow) is None
            return
    file.write_bytes(data)
    assert results().recall(read_flow) is None


def test_old_results_are_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_results, "MOST_KEPT", 3)
    for number in range(6):
        find(results(str(number)))
    assert len(list((folder / "cache" / "flowlang" / "results").glob("*.bin"))) == 3
    assert results("5").recall(read_flow) is not None


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a_file").write_text("", encoding="utf-8")
    monkeypatch.setenv("FLOWLANG_CACHE", str(folder / "a_file"))
    assert main(["check", "main.flow"]) == main(["check", "main.flow", "--no-cache"]) == 1
    first, second = capsys.readouterr().out.split("main.flow:5:", 1)
    assert first == ""
    assert "prompt-not-wav" in second


def test_the_command_says_the_same_from_memory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for words in (["--no-cache"], [], [], ["--format", "json"], ["--format", "json", "--no-cache"]):
        assert main(["check", "--strict", "main.flow", *words]) == 1
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2]
    assert said[3] == said[4]


def test_nothing_of_the_checker_is_loaded_for_files_that_have_not_changed(folder: Path) -> None:
    program = (
        "import sys; from flowlang.tools.cli import main; main(['check', '--strict', 'main.flow']); "
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'lark' "
        "or name.startswith(('flowlang.analysis', 'flowlang.rules', 'flowlang.explorer', 'flowlang.compiler'))))"
    )
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder).stdout
        for _ in range(2)
    ]
    assert "flowlang.analysis.check" in said[0].splitlines()[-1]
    assert said[1].splitlines()[-1] == "[]"
