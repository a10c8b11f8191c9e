"""Generated files, each with the function that makes it. `python -m tests.tidy.generated` writes them all anew."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from flowlang.tools import words
from tests.admin.api_page import admin_page
from tests.explorer.environment_page import environment_page
from tests.rules.checks_page import checks_page
from tests.rules.numbering_table import page as numbering_page
from tests.settings.schema_page import schema
from tests.settings.settings_page import settings_page
from tests.telemetry.metrics_page import metrics_page
from tests.tidy.reading import Finding


class Generated(NamedTuple):
    """`make` gives the whole text of the file at `path`, which is relative to the root."""

    make: Callable[[], str]
    path: str


GENERATED: tuple[Generated, ...] = (
    Generated(words.page, "docs/reference/words.md"),
    Generated(checks_page, "docs/reference/checks.md"),
    Generated(environment_page, "docs/reference/environment.md"),
    Generated(metrics_page, "docs/reference/metrics.md"),
    Generated(admin_page, "docs/reference/admin-api.md"),
    Generated(settings_page, "docs/reference/settings.md"),
    Generated(schema, "docs/reference/flowlang.schema.json"),
    Generated(numbering_page, "flowlang/numbering.py"),
)
"""Add a line for each generated file, and import its function above."""

REMEDY = "write it anew with `python -m tests.tidy.generated`"


def stale_files(root: Path, registry: Sequence[Generated]) -> list[Finding]:
    """Files that are not what their generator gives now, with the first line that differs."""
    found: list[Finding] = []
    for item in registry:
        path = root / item.path
        if not path.is_file():
            found.append(Finding(item.path, 1, "stale", f"is missing: {REMEDY}"))
            continue
        line = first_difference(path.read_text(encoding="utf-8"), item.make())
        if line:
            found.append(Finding(item.path, line, "stale", f"is stale: {REMEDY}"))
    return found


def first_difference(old: str, new: str) -> int:
    """The first line that differs, from 1; 0 if the texts are the same."""
    if old == new:
        return 0
    before, after = old.split("\n"), new.split("\n")
    pairs = zip(before, after, strict=False)
    return next((n for n, (a, b) in enumerate(pairs, 1) if a != b), min(len(before), len(after)) + 1)


def write(root: Path, registry: Sequence[Generated]) -> list[str]:
    """Writes every stale file and gives their paths."""
    stale = {finding.path for finding in stale_files(root, registry)}
    for item in registry:
        if item.path in stale:
            target = root / item.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(item.make(), encoding="utf-8")
    return sorted(stale)


if __name__ == "__main__":
    for name in write(Path(__file__).parents[2], GENERATED):
        print(name)  # noqa: T201 - this is a command
