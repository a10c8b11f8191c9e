"""The page about security: every test that it names is there, and every promise names one."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=["::".join(one) for one in NAMED])
def test_a_test_that_the_page_names_is_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = [one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert name in functions


def test_each_promise_of_a_table_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| an attacker sends")]
    heads = ("| what ", "| who |", "| a caller sends", "| a service does")
    without = [row for row in rows if not row.startswith(heads) and "`tests/" not in row]
    assert len(NAMED) > 30
    assert without == []


@pytest.mark.parametrize("page", ["README.md", "docs/README.md"])
def test_who_looks_for_it_finds_it(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "explanation/security.md" in text
    assert "SECURITY.md" in text
