"""The engine's table: what is running × what arrives → what happens. The cases are in `cases/*.txt`.

A case is `== its name`, a flow, a line `--`, and a script as `tests.engine.bed` reads it. Names that begin with A or B
and a number belong to that row of docs/explanation/settled.md.
"""

from pathlib import Path

import pytest

from tests.engine.bed import Bed

FOLDER = Path(__file__).parent / "cases"


def _cases() -> list[tuple[str, str, str]]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for block in ("\n" + file.read_text(encoding="utf-8")).split("\n== ")[1:]:
            name, _, rest = block.partition("\n")
            flow, dashes, script = rest.partition("\n--\n")
            assert dashes, f"{file.name}: {name} has no script"
            found.append((f"{file.stem}: {name}", flow, script))
    return found


CASES = _cases()


def test_names_are_unique() -> None:
    names = [name for name, _, _ in CASES]
    assert len(names) == len(set(names))
    assert len(names) > 140


@pytest.mark.parametrize(("flow", "script"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case(flow: str, script: str) -> None:
    Bed(flow).run(script)
