"""`SIGSTOP` of `flowlang serve` for longer than a lease, with a request ready, a request under way, or its answer in
hand: nothing is done twice when it goes on, and nothing is lost."""

from pathlib import Path
from typing import Final

import anyio
import pytest

from flowlang.runtime.sender import LEASE_MS
from tests.serve.batches import play
from tests.serve.killing import Child, Lane, Nursery
from tests.serve.lines import ACTS, Line

SHORT_LEASE_MS: Final = 4_000
LONGER_SECONDS: Final = 1.5
READY: Final = ("before lease", "after lease", "before COMMIT", "after COMMIT")
LINES: Final = [Line(f"{act} {what}") for act in ACTS for what in ("leaves", "came back")] + [
    Line(name, 8) for name in READY
]
"""Where it stops. `came back`: Graph's answer is there, and not written down."""


@pytest.mark.parametrize("lease_ms", [SHORT_LEASE_MS, pytest.param(LEASE_MS, marks=pytest.mark.heavy)])
def test_a_stop_longer_than_a_lease_doubles_nothing(lease_ms: int, tmp_path: Path) -> None:
    seconds = lease_ms / 1_000 + LONGER_SECONDS
    rested: dict[Line, Child] = {}

    async def rest(lane: Lane, one: Nursery, number: int) -> None:
        rested[LINES[number]] = await lane.rest(one, LINES[number], seconds, lease_ms)

    async def main() -> None:
        batch = await play(lease_ms, tmp_path, rest, len(LINES))
        assert not batch.troubles, "\n".join([f"{LINES} {one.kind}: {one.text}" for one in batch.troubles])
        assert batch.calls >= len(LINES)

    anyio.run(main)
    assert {line: child.killed_at for line, child in rested.items()} == {line: line for line in LINES}
