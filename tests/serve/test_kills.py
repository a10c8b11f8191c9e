"""`kill -9` of `flowlang serve` at every line where something could be lost or done twice, and at any moment.

Afterwards every notification that was accepted has been handled once, nothing that Graph had taken was asked for again,
and every call has come to its end. `FLOWLANG_REAL_KILLS=3000` kills more often at random; `python -m
tests.serve.kill_many` does so for as long as it is given.
"""

import os
from pathlib import Path
from random import Random
from typing import Final

import anyio
import pytest

from tests.serve.batches import any_moment, kill_all, named
from tests.serve.lines import NAMES, Line

KILLS: Final = int(os.environ.get("FLOWLANG_REAL_KILLS", "320"))
SHARES: Final = 2
FEW: Final = 15  # calls that went through; there are some forty


def kills_of(share: int) -> list[Line | float]:
    """A part of all kills, in an order drawn by lot, that is the same each time."""
    random = Random(f"share {share}")
    lines = named()
    after = [any_moment(random) for _ in range((KILLS - len(lines)) // SHARES)]
    kills: list[Line | float] = [*lines[share::SHARES], *after]
    random.shuffle(kills)
    return kills


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_every_line_and_at_any_moment(share: int, tmp_path: Path) -> None:
    kills = kills_of(share)
    batch = anyio.run(kill_all, share, tmp_path, kills)
    told = [f"{one.kind}: {one.text}" for one in batch.troubles]
    assert not told, "\n".join([f"share {share}, killed at {kills}", *told])
    assert batch.kills == len(kills)
    assert batch.words["transferred"] >= FEW, batch.words
    assert batch.words["transferred"] >= 0.75 * batch.words.total(), batch.words


def test_there_are_as_many_kills_as_promised() -> None:
    assert sum(len(kills_of(share)) for share in range(SHARES)) >= 300
    assert {line for share in range(SHARES) for line in kills_of(share) if isinstance(line, Line)} == set(named())
    assert {line.name for line in named()} == set(NAMES)
