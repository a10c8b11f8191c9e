"""Whole processes, as a person at a keyboard meets them. Linters that are not installed are passed over."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

RUNS = 10


class Peer(NamedTuple):
    """A program and the file of about 500 lines that it is given. `{file}` in the words stands for its path."""

    name: str
    words: tuple[str, ...]
    file: str = ""
    text: str = ""


_PYTHON = "".join(
    f"def f{n}(a, b):\n    x = a + b * {n}\n    if x > 3:\n        return x\n    return a\n\n\n" for n in range(71)
)
_YAML = "jobs:\n" + "".join(
    f"  job{n}:\n    runs-on: ubuntu-latest\n    steps:\n      - name: build\n        run: make all\n"
    for n in range(100)
)
_SQL = "".join(
    f"SELECT\n    a.id,\n    b.total\nFROM accounts AS a\nINNER JOIN bills AS b ON a.id = b.account_id\n"
    f"WHERE\n    a.id > {n}\n    AND b.total < 10;\n\n"
    for n in range(55)
)  # fmt: skip

PEERS = (
    Peer("python -c pass", (sys.executable, "-c", "pass")),
    Peer("python -c 'import lark'", (sys.executable, "-c", "import lark")),
    Peer("python -c 'import pydantic'", (sys.executable, "-c", "from pydantic import BaseModel")),
    Peer("ruff check", ("ruff", "check", "--no-cache", "--isolated", "-q", "{file}"), "a.py", _PYTHON),
    Peer("yamllint", ("yamllint", "-d", "relaxed", "{file}"), "a.yaml", _YAML),
    Peer("actionlint", ("actionlint", "{file}"), "ci.yml", "name: ci\non: push\n" + _YAML),
    Peer("sqlfluff lint", ("sqlfluff", "lint", "--dialect", "ansi", "--processes", "1", "{file}"), "a.sql", _SQL),
)


def program(name: str) -> str | None:
    """Where a program is: beside this Python first, then on the path."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def seconds(words: Sequence[str], runs: int = RUNS) -> float:
    """Median wall time of a command, after two runs that fill the caches. Output and exit code are not looked at."""
    # Installed programs have compiled modules; a checkout has them after the first run, unless this forbids it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=environment)
        times.append(time.perf_counter() - start)
    return median(times[2:])


def peer_seconds(peer: Peer, folder: Path) -> float | None:
    """The time of a peer; None if it is not installed."""
    found = program(peer.words[0])
    if found is None:
        return None
    file = folder / (peer.file or "none")
    file.write_text(peer.text)
    return seconds([found, *(word.replace("{file}", str(file)) for word in peer.words[1:])])
