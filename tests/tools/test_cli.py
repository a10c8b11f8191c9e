"""The command line as a person meets it: what is written, and the exit codes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flowlang import __version__
from flowlang.call.trace import CODES
from flowlang.tools import azure, check, codes, doctor, hours, permissions, replay, run, serve, start, versions
from flowlang.tools.cli import main

ROOT = Path(__file__).parents[2]
HEAD = 'contact anna = +12025550123 "Anna"\n'
GOOD = HEAD + "on answered:\n    transfer to anna:\n        otherwise: hang up\non failed: hang up\n"
WARNS = "on answered: consult +12345678901 then transfer replacing consult\n"
WRONG = HEAD + "on answered:\n    transfer to ana\non failed: hang up\n"
ASKS = "service crm answers tier text, vip yes/no\non answered:\n    ask crm\n    hang up\non failed: hang up\n"
STRANDS = 'on answered: log "hello"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", GOOD), ("warns", WARNS), ("wrong", WRONG), ("strands", STRANDS)):
        (tmp_path / f"{name}.flow").write_text(text, encoding="utf-8")
    return tmp_path


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flowlang {__version__}\n"
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "flowlang check flows/" in text
    assert "flowlang run flows/consult.flow" in text
    assert main([]) == 2
    assert capsys.readouterr().err == text


@pytest.mark.parametrize("command", [check.COMMAND, run.COMMAND, codes.COMMAND, permissions.COMMAND])
def test_help_of_a_command(command, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command.name, "--help"]) == 0
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines()) <= 90
    assert "Examples:" in text
    assert "Exit codes:" in text


def test_python_m_flowlang() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowlang", "--version"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"flowlang {__version__}\n")


# ---------------------------------------------------------------- check


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.flow"], 0),
        (["good.flow", "--strict"], 0),
        (["warns.flow"], 0),
        (["warns.flow", "--strict"], 1),
        (["wrong.flow"], 1),
        (["good.flow", "wrong.flow"], 1),
        (["."], 1),
    ],
)
def test_check_exit_codes(folder: Path, words: list[str], code: int) -> None:
    assert main(["check", *words]) == code


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "god.flow"], "there is no file or folder god.flow; did you mean good.flow?"),
        (["check", "empty"], "there is no .flow file in empty"),
        (["check"], "there is no file or folder flows"),
        (["check", "latin.flow"], "latin.flow:1:"),
        (["check", "good.flow", "--strickt"], "check has no option --strickt; did you mean --strict?"),
        (["check", "good.flow", "--format", "xml"], "--format is one of text, json, sarif, github, junit, not 'xml'"),
        (["chek"], "there is no command chek; did you mean check?"),
        (["xyzzy"], "there is no command xyzzy; see flowlang --help"),
        (["run"], "run wants one flow file"),
        (["--hlep"], "there is no option --hlep; did you mean --help?"),
        (["run", "good.flow", "wrong.flow"], "run wants one flow file, not 2 (good.flow, wrong.flow)"),
        (["run", "people.flow"], "people.flow has no handler, so there is nothing to run"),
        (["run", "god.flow"], "there is no file god.flow; did you mean good.flow?"),
        (["run", "good.flow", "--hang-up-after", ""], "--hang-up-after wants a length of time"),
        (["run", "good.flow", "--outcome", "consult=200"], "'200' is no failure"),
        (["run", "asks.flow", "--answer", "crm.teir=1"], "crm does not answer teir; did you mean tier?"),
        (["run", "asks.flow", "--answer", "crm.xyz=1"], "crm does not answer xyz; it answers tier, vip"),
        (["run", "empty"], "empty is a folder"),
        (["run", "nowhere.flow"], "there is no file nowhere.flow"),
        (["run", "good.flow", "--outcome", "consutl=busy"], "did you mean 'consult'?"),
        (["run", "good.flow", "--outcome", "consult=bussy"], "did you mean 'busy'?"),
        (["run", "good.flow", "--seed", "x"], "--seed wants a whole number"),
        (["run", "good.flow", "--hang-up-after", "12"], "--hang-up-after wants a length of time"),
        (["run", "good.flow", "--at", "noon"], "--at wants a moment"),
        (["run", "good.flow", "--tones", "x"], "--tones wants keys"),
        (["run", "good.flow", "--from", "bob"], "--from wants a contact"),
        (["run", "good.flow", "--start"], "has no `on start`"),
        (["run", "good.flow", "--set", "a=1"], "--set: the flow has no setting a"),
        (["run", "lets.flow", "--set", "a=1"], "--set: a is a variable; only a flow that is started"),
        (["run", "good.flow", "--answer", "crm.x=1"], "--answer: the flow has no service crm"),
        (["run", "good.flow", "--group", "a", "--kind", "peer"], "leave out --kind peer"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(
    folder: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty").mkdir()
    (folder / "lets.flow").write_text("let a = 1\non answered when a is 2: hang up\non answered: hang up\n")
    (folder / "latin.flow").write_bytes("# für\n".encode("latin-1"))
    (folder / "asks.flow").write_text(ASKS)
    (folder / "people.flow").write_text(HEAD)
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.startswith("flowlang: ")
    assert err.count("\n") == 1


def test_nothing_is_half_done_where_a_path_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "wrong.flow", "nowhere.flow"]) == 2
    assert capsys.readouterr().out == ""


def test_check_tells_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "wrong.flow", "good.flow"])
    out = capsys.readouterr().out
    assert out.startswith("wrong.flow:3:17: error[unknown-name]:")
    assert "\x1b" not in out
    assert out.endswith("1 error in 2 files\n")
    main(["check", "good.flow"])
    assert capsys.readouterr().out == "nothing wrong in 1 file\n"


def test_check_tells_programs(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["check", "wrong.flow", "--format", "json"]) == 1
    told = json.loads(capsysbinary.readouterr().out)
    assert told.keys() == {"version", "diagnostics"}
    assert told["version"] == 1
    [one] = told["diagnostics"]
    assert one.items() >= {
        "file": "wrong.flow", "line": 3, "column": 17, "end_line": 3, "end_column": 20, "severity": "error",
        "code": "unknown-name",
    }.items()  # fmt: skip
    assert one["message"]
    assert one["help"]


def test_check_without_a_path_looks_at_the_folder_flows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows" / "deep").mkdir(parents=True)
    (folder / "flows" / ".hidden").mkdir()
    (folder / "flows" / "deep" / "a.flow").write_text(GOOD)
    (folder / "flows" / ".hidden" / "b.flow").write_text(WRONG)
    (folder / "flows" / "notes.txt").write_text("not a flow")
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "nothing wrong in 1 file\n"


def test_a_bug_of_ours_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a broken rule")

    monkeypatch.setattr("flowlang.analysis.check.check_files", broken)
    assert main(["check", "good.flow", "--no-cache"]) == 3
    err = capsys.readouterr().err
    assert "this is a bug in flowlang, not in your flow" in err
    assert "issue tracker" in err
    assert "a broken rule" in err
    assert "flowlang check good.flow" in err
    monkeypatch.setattr(run, "simulate", broken)
    assert main(["run", "good.flow", "--seed", "7"]) == 3
    assert "flowlang run good.flow --seed 7" in capsys.readouterr().err


# ---------------------------------------------------------------- run


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["good.flow"], 0, "The caller was handed over to Anna after"),
        (["good.flow", "--outcome", "transfer=500/7000"], 0, "The flow hung up after"),
        (["good.flow", "--hang-up-after", "1s"], 0, "The caller hung up after 1.0 s."),
        (["good.flow", "--outcome", "consult=busy"], 0, "--outcome consult=busy was not used"),
        (["good.flow", "--hang-up-after", "1m"], 0, "--hang-up-after was not used: the call was over before."),
        (["warns.flow", "--outcome", "consult=busy"], 1, "the safety net hung up"),
        (["strands.flow"], 1, "The caller was left in silence after"),
        (["strands.flow"], 1, "stopped at strands.flow:1"),
    ],
)
def test_run_says_how_the_call_ended(
    folder: Path, words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words]) == code
    assert says in " ".join(capsys.readouterr().out.split())


def test_run_refuses_a_flow_with_mistakes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "wrong.flow"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "unknown-name" in err


def test_run_tells_programs(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["run", "good.flow", "--format", "json", "--seed", "7"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert set(told) == {"version", "flow", "seed", "result", "ended", "said", "legs", "requests", "trace"}
    assert (told["version"], told["flow"], told["seed"], told["result"]) == (1, "good.flow", 7, "transferred")
    assert told["ended"].keys() == {"code", "subcode", "message"}
    assert told["ended"]["subcode"] == 7015
    transfer = next(one for one in told["requests"] if one["path"].endswith("/transfer"))
    assert transfer.keys() == {"at_seconds", "leg", "method", "path", "body", "status"}
    assert transfer["method"] == "POST"
    assert transfer["body"]["transferTarget"]["identity"]["phone"]["id"] == "+12025550123"
    assert all(set(one) == {"at_seconds", "kind", "leg", "text", "file", "line"} for one in told["trace"])
    assert {one["kind"] for one in told["trace"]} <= CODES.keys()
    step = next(one for one in told["trace"] if one["kind"] == "step" and one["text"] == "transfer")
    assert (step["file"], step["line"]) == ("good.flow", 3)


@pytest.mark.parametrize("more", [[], ["--nasty", "--seed", "3"], ["--format", "json"], ["--profile", "docs"]])
def test_the_same_command_writes_the_same_bytes(folder: Path, more: list[str]) -> None:
    words = [sys.executable, "-m", "flowlang", "run", "good.flow", *more]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "utf-8"}
    runs = [
        subprocess.run(words, capture_output=True, cwd=folder, env=environment, check=False).stdout for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0]


def test_a_terminal_of_ascii_only_gets_ascii(folder: Path) -> None:
    (folder / "good.flow").write_text(GOOD.replace("Anna", "Zoë 日本"), encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "flowlang", "run", "good.flow"]
    done = subprocess.run(words, capture_output=True, cwd=folder, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    done = subprocess.run([*words, "--format", "json"], capture_output=True, cwd=folder, env=environment, check=False)
    assert "Zoë 日本" in done.stdout.decode("utf-8")


def test_a_reader_that_goes_away_is_no_bug(folder: Path) -> None:
    words = f"{sys.executable} -m flowlang run good.flow --format json | head -1"
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, shell=True, capture_output=True, cwd=folder, env=environment, check=False)
    assert done.stderr == b""


def test_a_full_disk_is_no_bug(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has a disk that is always full")
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    for words in (["check", "wrong.flow"], ["run", "good.flow"], ["run", "good.flow", "--format", "json"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "flowlang", *words], stdout=full, stderr=subprocess.PIPE, cwd=folder,
                env=environment, check=False,
            )  # fmt: skip
        assert (done.returncode, done.stderr) == (
            2, b"flowlang: the output cannot be written: No space left on device\n"
        )  # fmt: skip


@pytest.mark.parametrize("words", ["check good.flow", "run good.flow"])
def test_a_closed_output_is_no_bug(folder: Path, words: str) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = f"{sys.executable} -m flowlang {words} >&-"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=folder, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_folder_that_may_not_be_read_is_said(monkeypatch: pytest.MonkeyPatch, folder: Path, capsys) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refuse)
    assert main(["check", "."]) == 2
    assert "the folder . cannot be read: Permission denied" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False), ({"FORCE_COLOR": ""}, False), ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)  # fmt: skip
def test_colours_in_a_pipe_only_by_force(
    folder: Path, variables: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["run", "good.flow"]) == 0
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_whom_the_flow_gives_no_display_name_is_called_as_in_the_flow(folder: Path, capsys) -> None:
    (folder / "queue.flow").write_text(
        "contact queue = resource account 550fae72-d251-43ec-868c-373732c2704f\n"
        "on answered: consult queue for 20s then transfer replacing consult\non failed: hang up\n"
    )
    assert main(["run", "queue.flow"]) == 0
    out = capsys.readouterr().out
    assert "handed over to queue after" in out
    assert "550fae72" not in out


# ---------------------------------------------------------------- the pages


def test_the_page_lists_the_options_and_no_others() -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    commands = [one.COMMAND for one in (check, run, codes, permissions, azure, doctor, serve, replay)]
    for command in (*commands, versions.VERSIONS, versions.DEPLOY, versions.ROLLBACK, hours.COMMAND, start.COMMAND):
        part = page.split(f"\n## flowlang {command.name}\n")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (`--.+?) \|", part.replace(r"\|", "/"), re.MULTILINE)
        listed = {name for row in rows for name in re.findall(r"--([a-z-]+)", row)}
        assert listed == {option.name for option in command.options} - {"help"}


def test_the_page_lists_the_kinds_of_the_trace() -> None:
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    table = page.split("<!-- kinds -->")[1].split("<!-- end of kinds -->")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == set(CODES)
