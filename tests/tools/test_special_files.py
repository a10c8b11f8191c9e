"""Named pipes and endless devices where files are wanted: every command says so at once, and none takes memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 30.0  # a command that waits for the other end of a pipe waits for ever
MOST_MEMORY_BYTES = 2_000_000_000

pytestmark = pytest.mark.skipif(os.name != "posix", reason="named pipes and devices are files of POSIX")


def bounded() -> None:
    """Before a command begins: it dies of much memory, and not the machine."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def told(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "flowlang", *words], cwd=folder, timeout=SECONDS, preexec_fn=bounded,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`pipe` is a named pipe, `zero` never ends."""
    (tmp_path / "hold.flow").write_text('on answered: play "hold.wav" then hang up\non failed: hang up\n')
    (tmp_path / "uses.flow").write_text('use "more.flow"\non answered: hang up\non failed: hang up\n')
    (tmp_path / "day.flow").write_text(
        'hours office = mon-fri 08:00-18:00 in Europe/Berlin except "day.ics"\n'
        "on answered during office: hang up\non answered: hang up\non failed: hang up\n"
    )
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    return tmp_path


PORTS = "--port 0 --admin-port 0 --sim-port 0"
PIPE, DEVICE = "is a named pipe, not a file", "is a device, not a file"


@pytest.mark.parametrize(
    ("link", "to", "words", "code", "said"),
    [
        ("hold.wav", "pipe", "check hold.flow --no-cache", 1, f"`hold.wav` {PIPE}"),
        ("hold.wav", "zero", "check hold.flow --strict", 1, f"`hold.wav` {DEVICE}"),
        ("more.flow", "zero", "check uses.flow", 1, f"`more.flow` {DEVICE}"),
        ("more.flow", "pipe", "check --fix uses.flow", 1, f"`more.flow` {PIPE}"),
        ("a.flow", "zero", "check a.flow", 2, f"a.flow {DEVICE}"),
        ("a.flow", "pipe", "permissions a.flow", 2, f"a.flow {PIPE}"),
        ("flowlang.yaml", "pipe", "check hold.flow", 2, f"flowlang.yaml {PIPE}"),
        ("hold.wav", "pipe", "run hold.flow", 0, "The flow hung up"),
        ("a.flow", "zero", "run a.flow", 2, f"a.flow {DEVICE}"),
        ("a.json", "zero", "run --witness a.json", 2, f"a.json {DEVICE}"),
        ("a.json", "pipe", "replay a.json", 2, f"a.json {PIPE}"),
        ("calls.db", "pipe", "replay 12345678 --store calls.db", 2, f"calls.db {PIPE}"),
        ("calls.db", "pipe", "doctor hold.flow --store calls.db --graph http://127.0.0.1:9", 1, f"calls.db {PIPE}"),
        ("s.yaml", "zero", "doctor hold.flow --config s.yaml", 2, f"s.yaml {DEVICE}"),
        ("secret", "pipe", "doctor hold.flow --secret file:secret", 2, f"secret {PIPE}"),
        ("s.yaml", "pipe", "serve --simulate uses.flow --config s.yaml", 2, f"s.yaml {PIPE}"),
        ("calls.db", "pipe", "serve --simulate ok.flow --store calls.db " + PORTS, 2, f"calls.db {PIPE}"),
        ("calls.db.lock", "pipe", "serve --simulate ok.flow --store calls.db " + PORTS, 2,
         "calls.db.lock: it is a named pipe, not a file"),
        ("day.ics", "zero", "serve --simulate day.flow " + PORTS, 1, f"day.ics {DEVICE}"),
        ("hold.wav", "zero", "serve --simulate hold.flow " + PORTS, 1,
         f"`hold.wav` {DEVICE}"),
    ],
)  # fmt: skip
def test_it_is_told_and_not_waited_for(folder: Path, link: str, to: str, words: str, code: int, said: str) -> None:
    (folder / "ok.flow").write_text("on answered: hang up\non failed: hang up\n")
    (folder / link).symlink_to(to)
    found, text = told(folder, *words.split())
    assert (found, " ".join(said.split()) in " ".join(text.split())) == (code, True), (found, text)
