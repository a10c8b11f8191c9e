"""A call from beginning to end on the simulated Graph: the one function that `run` and the tests call."""

from typing import NamedTuple

from flowlang.plan import Plan
from flowlang.scenario.loop import Outcome, play
from flowlang.scenario.pauses import play_with_pauses
from flowlang.scenario.simulated import Simulated
from flowlang.scenario.world import Knobs, World
from flowlang.simulator.graph import SimulatedGraph


class Simulation(NamedTuple):
    """The call as it went, and the Graph on which it went: `graph.legs_up()`, `graph.taken`."""

    outcome: Outcome
    graph: SimulatedGraph


def simulate(plan: Plan, world: World, seed: int = 1, knobs: Knobs | None = None) -> Simulation:
    """The same plan, world, seed and knobs give the same call. Raises `NoEndError` where a call has no end: our bug."""
    knobs = knobs or Knobs()
    graph = Simulated(world, seed, knobs)
    played = play_with_pauses if world.pauses else play
    return Simulation(played(plan, world, graph, seed, knobs), graph.graph)
