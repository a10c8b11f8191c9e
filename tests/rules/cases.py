"""Golden files: a wrong flow, and beside it what a person sees. `python -m tests.rules.cases` writes the texts anew."""

from pathlib import Path

from flowlang.analysis.check import Options, check_file
from flowlang.source import Source
from flowlang.tools.render import render_text
from tests.rules.examples import read

FOLDER = Path(__file__).parents[1] / "cases" / "rules"
EXPLORED = Path(__file__).parents[1] / "cases" / "explored"
CASES = sorted(FOLDER.glob("*.flow"))
EXPLORED_CASES = sorted(EXPLORED.glob("*.flow"))


def seen(case: Path) -> str:
    """What a person sees who checks that flow; those in the folder `explored` strictly."""
    is_strict = case.parent == EXPLORED
    options = Options(is_strict=is_strict, explores=is_strict)
    return render_text(check_file(Source(case.name, case.read_text(encoding="utf-8")), read, options))


if __name__ == "__main__":
    for case in (*CASES, *EXPLORED_CASES):
        golden = case.with_suffix(".txt")
        text = seen(case)
        if not golden.exists() or golden.read_text(encoding="utf-8") != text:
            golden.write_text(text, encoding="utf-8")
            print(golden.name)  # noqa: T201 - this is a command
