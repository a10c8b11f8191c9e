"""`kill -9` of `flowlang serve` at every line where something could be lost or done twice, and at any moment.

Afterwards every notification that was accepted has been handled once, nothing that Graph had taken was asked for again,
and every call has come to its end. `FLOWLANG_REAL_KILLS=3000` kills more often at random.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import anyio
import pytest

from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from tests.runtime.test_sockets import APPLICATION, QUICK, serving
from tests.serve.killing import ACCOUNTS, ROOT, Lane, Watched, endings, nursery, remembering, troubles
from tests.serve.lines import NAMES, ONCE, Line

KILLS: Final = int(os.environ.get("FLOWLANG_REAL_KILLS", "320"))
SHARES, LANES = 2, 8
EACH: Final = 6  # times that each line is passed before it is deadly
FEW: Final = 15  # calls that went through; there are some forty
OUTCOMES: Final = ((), (), (), ("transfer=500/7700",), ("consult=busy",), ("play=media failed",))


def named() -> list[Line]:
    """Every line, when it is passed for the first time, the second, …"""
    often = [name for name in NAMES if not name.endswith(("leaves", "came back"))]
    return [
        Line(name, nth) for nth in range(1, EACH + 1) for name in NAMES
        if nth <= (1 if name in ONCE else EACH if name in often else 2)
    ]  # fmt: skip


def kills_of(share: int) -> list[Line | float]:
    """A part of all kills, in an order drawn by lot, that is the same each time."""
    random = Random(f"share {share}")
    lines = named()
    after = [round(random.uniform(0.02, 1.2), 3) for _ in range((KILLS - len(lines)) // SHARES)]
    kills: list[Line | float] = [*lines[share::SHARES], *after]
    random.shuffle(kills)
    return kills


def wishes(random: Random) -> Iterator[dict[str, Any]]:
    """People who call."""
    while True:
        wish: dict[str, Any] = {"to": ACCOUNTS[random.choice(("consult", "consult", "blind"))]}
        wish["outcomes"] = list(random.choice(OUTCOMES))
        if random.random() < 0.15:
            wish["hang_up_in_ms"] = random.randrange(200, 2_000)
        yield wish


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The flows, with bounds that nobody has to wait for."""
    flows = tmp_path / "flows"
    (flows / "prompts").mkdir(parents=True)
    for prompt in (ROOT / "flows" / "prompts").iterdir():
        (flows / "prompts" / prompt.name).write_bytes(prompt.read_bytes())
    for name, shipped in (("consult", "consult"), ("blind", "transfer_blind_user")):
        text = (ROOT / "flows" / f"{shipped}.flow").read_text(encoding="utf-8")
        (flows / f"{name}.flow").write_text(text.replace("18s", "5s").replace("after 3s", "after 1s"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_every_line_and_at_any_moment(share: int, folder: Path) -> None:
    kills = kills_of(share)

    async def main() -> None:
        server = GraphServer(SimulatedGraph(share, "live", QUICK), APPLICATION)
        posts, watched = remembering(server), Watched(server.app)
        async with serving(watched) as url, nursery(folder / "flows") as one, anyio.create_task_group() as tasks:
            tasks.start_soon(server.run)
            lanes = [
                Lane(f"lane {n}", folder, url, server, wishes(Random(f"{share} {n}"))) for n in range(LANES)
            ]  # fmt: skip
            async with anyio.create_task_group() as all_lanes:
                for n, lane in enumerate(lanes):
                    all_lanes.start_soon(lane.run, one, kills[n::LANES])
            tasks.cancel_scope.cancel()
        for n, lane in enumerate(lanes):
            found = troubles(lane, watched.sent, posts)
            assert not found, "\n".join([f"share {share}, {lane.name}, killed at {kills[n::LANES]}", *found])
        words = Counter([word for lane in lanes for word in endings(lane, posts)])
        assert words["transferred"] >= FEW, words
        assert words["transferred"] >= 0.75 * words.total(), words

    anyio.run(main)


def test_there_are_as_many_kills_as_promised() -> None:
    assert sum(len(kills_of(share)) for share in range(SHARES)) >= 300
    assert {line for share in range(SHARES) for line in kills_of(share) if isinstance(line, Line)} == set(named())
    assert {line.name for line in named()} == set(NAMES)
