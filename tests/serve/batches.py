"""Batches of kills: several lanes at once on one simulated Graph, each with its own store, and what came of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import anyio

from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from tests.runtime.test_sockets import APPLICATION, QUICK, serving
from tests.serve.killing import (
    ACCOUNTS,
    ROOT,
    Lane,
    Nursery,
    Trouble,
    Watched,
    endings,
    nursery,
    remembering,
    troubles,
)
from tests.serve.lines import NAMES, ONCE, Line

LANES: Final = 8
EACH: Final = 6  # times that each line is passed before it is deadly
LONGEST_SECONDS: Final = 1.2  # that a service lives which is killed at any moment
OUTCOMES: Final = ((), (), (), ("transfer=500/7700",), ("consult=busy",), ("play=media failed",))


class Batch(NamedTuple):
    """What came of the kills of one batch. `troubles`: with the lane's name."""

    kills: int
    calls: int
    words: Counter[str]
    troubles: list[Trouble]


def named() -> list[Line]:
    """Every line, when it is passed for the first time, the second, …"""
    often = [name for name in NAMES if not name.endswith(("leaves", "came back"))]
    return [
        Line(name, nth) for nth in range(1, EACH + 1) for name in NAMES
        if nth <= (1 if name in ONCE else EACH if name in often else 2)
    ]  # fmt: skip


def any_moment(random: Random) -> float:
    return round(random.uniform(0.02, LONGEST_SECONDS), 3)


def wishes(random: Random) -> Iterator[dict[str, Any]]:
    """People who call."""
    while True:
        wish: dict[str, Any] = {"to": ACCOUNTS[random.choice(("consult", "consult", "blind"))]}
        wish["outcomes"] = list(random.choice(OUTCOMES))
        if random.random() < 0.15:
            wish["hang_up_in_ms"] = random.randrange(200, 2_000)
        yield wish


def write_flows(folder: Path) -> Path:
    """The flows, with bounds that nobody has to wait for."""
    flows = folder / "flows"
    (flows / "prompts").mkdir(parents=True)
    for prompt in (ROOT / "flows" / "prompts").iterdir():
        (flows / "prompts" / prompt.name).write_bytes(prompt.read_bytes())
    for name, shipped in (("consult", "consult"), ("blind", "transfer_blind_user")):
        text = (ROOT / "flows" / f"{shipped}.flow").read_text(encoding="utf-8")
        (flows / f"{name}.flow").write_text(text.replace("18s", "5s").replace("after 3s", "after 1s"), encoding="utf-8")
    return flows


async def kill_all(seed: int, folder: Path, kills: Sequence[Line | float], is_strict: bool = True) -> Batch:
    """The kills are dealt to the lanes in turn. Raises `AssertionError` where a service does not die or end as it
    should."""

    async def run(lane: Lane, one: Nursery, number: int) -> None:
        await lane.run(one, kills[number::LANES], is_strict=is_strict)

    return await play(seed, folder, run)


async def play(seed: int, folder: Path, run: Any, lanes: int = LANES) -> Batch:
    """`run(lane, nursery, number)` in as many lanes at once, and what is wrong afterwards."""
    flows = write_flows(folder)
    server = GraphServer(SimulatedGraph(seed, "live", QUICK), APPLICATION)
    posts, watched = remembering(server), Watched(server.app)
    async with serving(watched) as url, nursery(flows) as one, anyio.create_task_group() as tasks:
        tasks.start_soon(server.run)
        all_lanes = [Lane(f"lane {n}", folder, url, server, wishes(Random(f"{seed} {n}"))) for n in range(lanes)]
        async with anyio.create_task_group() as running:
            for n, lane in enumerate(all_lanes):
                running.start_soon(run, lane, one, n)
        tasks.cancel_scope.cancel()
    found = [
        trouble._replace(text=f"{lane.name}: {trouble.text}")
        for lane in all_lanes
        for trouble in troubles(lane, watched.sent, posts)
    ]
    words = Counter([word for lane in all_lanes for word in endings(lane, posts)])
    return Batch(sum(lane.kills for lane in all_lanes), sum(len(lane.calls) for lane in all_lanes), words, found)
