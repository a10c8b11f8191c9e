"""What README shows is what a user sees."""

from pathlib import Path

import pytest

from flowlang.tools.cli import main

ROOT = Path(__file__).parents[2]


def test_the_ladder_in_the_readme_is_the_command_s(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["run", "flows/consult.flow"]) == 0
    told = capsys.readouterr().out.rstrip("\n")
    assert "─" in told
    assert told in (ROOT / "README.md").read_text(encoding="utf-8")
