"""Golden files: a wrong flow, and beside it what a person sees. `python -m tests.rules.cases` writes the texts anew."""

from pathlib import Path

from flowlang.analysis.check import check_file
from flowlang.source import Source
from flowlang.tools.render import render_text
from tests.rules.examples import read

FOLDER = Path(__file__).parents[1] / "cases" / "rules"
CASES = sorted(FOLDER.glob("*.flow"))


def seen(case: Path) -> str:
    """What a person sees who checks that flow."""
    return render_text(check_file(Source(case.name, case.read_text(encoding="utf-8")), read))


if __name__ == "__main__":
    for case in CASES:
        golden = case.with_suffix(".txt")
        text = seen(case)
        if not golden.exists() or golden.read_text(encoding="utf-8") != text:
            golden.write_text(text, encoding="utf-8")
            print(golden.name)  # noqa: T201 - this is a command
