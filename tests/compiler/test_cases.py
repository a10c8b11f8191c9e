"""Flows and the plans that become of them. The cases are in `cases/*.txt`.

A case is `== its name`, a flow, a line `--`, and the plan as `tests.compiler.dump` writes it. Where a flow has no
`on incoming`, the handler that is added for it is left out, so that a case shows what it is about.
"""

import re
from pathlib import Path

import pytest

from flowlang.plan import Answer, Plan
from tests.compiler.dump import dump
from tests.flowtext import plan_of

FOLDER = Path(__file__).parent / "cases"


def _cases() -> list[tuple[str, str, str]]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for block in ("\n" + file.read_text(encoding="utf-8")).split("\n== ")[1:]:
            name, _, rest = block.partition("\n")
            flow, dashes, expected = rest.partition("\n--\n")
            assert dashes, f"{file.name}: {name} has no plan"
            found.append((f"{file.stem}: {name}", flow, expected.strip()))
    return found


CASES = _cases()


def seen(plan: Plan) -> str:
    """The plan without the handler that answers because the flow does not say so."""
    last = plan.handlers[-1]
    if last.event != "incoming" or last.line or not isinstance(plan.places[last.place].step, Answer):
        return dump(plan)
    return re.sub(r"\n\d+ answer \| \.(?=\n|$)", "", dump(plan).replace(_last_head(plan), "", 1))


def _last_head(plan: Plan) -> str:
    return "\n" + dump(plan).splitlines()[len(plan.handlers) - 1]


def test_names_are_unique() -> None:
    names = [name for name, _, _ in CASES]
    assert len(names) == len(set(names))
    assert len(names) > 60


@pytest.mark.parametrize(("flow", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case(flow: str, expected: str) -> None:
    assert seen(plan_of(flow)) == expected
