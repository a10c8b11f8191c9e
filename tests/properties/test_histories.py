"""Whole calls on the simulated Graph, with repeats, delays, disorder and lost answers, by seed.

For every shipped flow and every seed: outcomes, keys and the moment of hanging up are drawn; whatever happens, no call
is stranded, no transfer is taken twice, no leg is left up, and the same seed gives the same bytes. A failure names the
flow and the seed. `FLOWLANG_SEEDS=20000` runs more of them.
"""

import os
from functools import cache
from pathlib import Path
from random import Random

import pytest

from flowlang.analysis.load import load
from flowlang.call.party import Party
from flowlang.compiler import compile_flow
from flowlang.engine.step import is_finished
from flowlang.plan import Plan
from flowlang.scenario.outcomes import OutcomeError, Wanted, read_outcome
from flowlang.scenario.simulate import Simulation, simulate
from flowlang.scenario.world import TENANT, Keys, Knobs, World
from flowlang.source import Source
from flowlang.steps import BY_KIND

FLOWS = Path(__file__).parents[2] / "flows"
NAMES = sorted(path.name for path in FLOWS.glob("*.flow") if path.name != "people.flow")
SEEDS = int(os.environ.get("FLOWLANG_SEEDS", "8000"))
EACH = max(1, SEEDS // len(NAMES))
RESULTS = {
    "consult": ("busy", "no answer", "declined", "unreachable", "success", "success", "403/7505"),
    "call": ("busy", "no answer", "success", "success"),
    "transfer": ("500/7000", "500/7700", "403/7505", "no outcome", "success", "success"),
    "play": ("media failed", "success", "success", "success", "success"),
    "record": ("no input", "success", "success"),
    "ask": ("service failed", "500", "no outcome", "success", "success"),
    "invite": ("busy", "success"),
    "menu": ("menu failed", "success", "success"),
    "gather": ("no input", "success"),
    "answer": ("404/8522", "success", "success", "success", "success", "success", "success", "success"),
}
MONDAY_MS = 1_795_420_800_000  # 2026-11-23T08:00Z
PEOPLE = (
    Party("user", "751f6800-3180-414d-bd94-333364659951", TENANT),
    Party("user", "b0b00000-0000-4000-8000-000000000002", TENANT, "Bob"),
)


@cache
def plan_of(name: str) -> Plan:
    path = FLOWS / name
    model = load(Source(path.as_posix(), path.read_text(encoding="utf-8")), lambda p: Path(p).read_bytes())
    return compile_flow(model)


def world_of(plan: Plan, random: Random) -> World:
    """A caller, and how everything turns out."""
    words = {BY_KIND[type(place.step)].word for place in plan.places}
    wanted: list[Wanted] = []
    for word in sorted(words & set(RESULTS)):
        for _ in range(random.randrange(6)):
            try:
                wanted.append(read_outcome(f"{word}={random.choice(RESULTS[word])}"))
            except OutcomeError:
                continue
    keys = tuple([Keys((random.choice("0123456789"),), random.randrange(60_000)) for _ in range(random.randrange(5))])
    is_start = plan.has_start and (not plan.has_incoming or random.random() < 0.5)
    wants_group = any(handler.event in ("joined", "left") for handler in plan.handlers)
    is_group = not is_start and random.random() < (0.8 if wants_group else 0.05)
    return World(
        at_ms=MONDAY_MS + random.randrange(7 * 24 * 60) * 60_000,
        kind="start" if is_start else "group" if is_group else "peer",
        participants=PEOPLE[: random.randrange(1, 3)] if is_group else (),
        keys=keys,
        hang_up_after_ms=random.choice((-1, -1, random.randrange(120_000))),
        wanted=tuple(wanted),
        flows=None,
    )  # fmt: skip


def history(name: str, seed: int) -> Simulation:
    random = Random(f"{name} {seed}")
    plan = plan_of(name)
    knobs = Knobs(profile=random.choice(("docs", "live")), nasty=random.random() < 0.8)
    return simulate(plan, world_of(plan, random), seed, knobs)


def transfers_in_doubt(simulation: Simulation) -> int:
    """Transfers that Graph refused because one was under way: each would be a transfer sent twice."""
    return sum(1 for one in simulation.graph.taken if one.operation == "transfer" and one.code == "8607")


@pytest.mark.parametrize("name", NAMES)
def test_histories(name: str) -> None:
    for seed in range(EACH):
        simulation = history(name, seed)
        outcome = simulation.outcome
        told = f"{name}, seed {seed}: {outcome.ending}"
        assert outcome.ending.word != "stranded", told
        assert transfers_in_doubt(simulation) == 0, told
        if outcome.session.direction and outcome.ending.word != "running":  # without: the news of the call was lost
            assert is_finished(outcome.session), told
            assert not simulation.graph.legs_up(), told


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    for seed in range(3):
        one, other = history(name, seed).outcome, history(name, seed).outcome
        assert one.entries == other.entries
        assert one.exchanges == other.exchanges
        assert one.session == other.session
    assert any(history(name, seed).outcome.entries != history(name, 0).outcome.entries for seed in range(1, 12))
