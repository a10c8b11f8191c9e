"""Every command that a page shows works as it stands."""

import os
import re
import shlex
from pathlib import Path

import pytest

from flowlang.tools.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    blocks = [block for page in PAGES for block in FENCE.findall(page.read_text(encoding="utf-8"))]
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("flowlang ")]
    found = [line for line in lines if not re.search(r"mine\.flow|…|\[", line)]
    return sorted(set(found))


def test_there_are_commands() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize("command", commands())
def test_the_command_works(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)[1:]
    code = main(words)
    out, err = capsys.readouterr()
    assert code == 0, err or out
    assert err == ""
    if words[0] == "run" and "json" not in words:
        assert "was not used" not in out, out
        assert "not asked for" not in out, out
    assert os.linesep in out
