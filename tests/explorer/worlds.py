"""Worlds for simulated calls of the explorer's tests: how steps turn out is drawn from the environment model itself, so
that whatever the model names is seen; what the simulated Graph then makes of it is its own."""

import os
from functools import cache
from random import Random
from unittest.mock import patch

from flowlang.analysis.load import load
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.compiler import compile_flow
from flowlang.explorer.environment import Row, about, environment, result
from flowlang.explorer.relevance import relevance_of
from flowlang.plan import WORDS, Plan
from flowlang.scenario.outcomes import How, OutcomeError, Wanted, read_outcome
from flowlang.scenario.simulate import Simulation, simulate
from flowlang.scenario.world import TENANT, Keys, Knobs, World
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.values import Knobs as GraphKnobs
from flowlang.simulator.values import Outcome, Profile, Refused, Script
from flowlang.source import Source
from tests.explorer.small_flows import SMALL, text_of
from tests.properties.test_histories import MONDAY_MS, NAMES, PEOPLE, RESULTS
from tests.properties.test_histories import plan_of as shipped

REQUESTS = {
    "answer": "answer", "reject": "reject", "redirect": "redirect", "call": "create", "join": "create",
    "consult": "create", "transfer": "transfer", "invite": "invite", "remove": "remove", "play": "playPrompt",
    "say": "playPrompt", "menu": "playPrompt", "gather": "playPrompt", "record": "recordResponse", "mute": "mute",
    "unmute": "unmute", "hold": "startHoldMusic", "resume": "stopHoldMusic", "hang up": "delete",
}  # fmt: skip
"""By which request a step does what it says."""
NEWS = {
    "consult": "ringing", "call": "ringing", "join": "ringing", "transfer": "transferring", "answer": "answering",
}  # fmt: skip
"""Among the rows of which phase of a leg its failures stand that come later."""
CALLERS = (Party("phone", "+4930123456", name="Robin Doe"), Party("phone", "+49176555", name="Kim"))


@cache
def plan_named(name: str) -> Plan:
    """A small flow, or a shipped one."""
    if name not in SMALL:
        return shipped(name)
    return compile_flow(load(Source(f"{name}.flow", text_of(name)), lambda _path: None))


FLOWS = (*SMALL, *NAMES)


@cache
def wishes(word: str) -> tuple[Wanted, ...]:
    """How a step can turn out: as its request is refused, as its operation or leg fails, or not at all."""
    request = REQUESTS.get(word, "")
    model = environment()
    found = [Wanted(word, How.SUCCESS, Result(0, 0), "")] * 4
    found += _told(word, How.HTTP, model.answers.get(about(request), ()), "refused")
    found += _told(word, How.NEWS, model.operations.get(about(request), ()), "failed")
    found += _told(word, How.NEWS, model.legs.get(NEWS.get(word, ""), ()), "over", "back")
    found += [Wanted(word, how, Result(0, 0), "") for how in (How.SILENCE, How.RINGS, How.NO_KEYS)]
    for text in RESULTS.get(word, ()):
        try:
            found.append(read_outcome(f"{word}={text}"))
        except OutcomeError:
            continue
    return tuple(found)


def _told(word: str, how: How, rows: tuple[Row, ...], *moves: str) -> list[Wanted]:
    found: list[Wanted] = []
    for row in rows:
        for text in row.results if row.move in moves else ():
            if "x" not in text and (word == "say" or row.needs != "say"):
                one = result(text)
                found.append(Wanted(word, how, one, "") if one.code else read_outcome(f"{word}={text}"))
    return found


def world_of(plan: Plan, random: Random) -> World:
    """Who calls, which keys are pressed, when the caller hangs up, how steps turn out."""
    wanted: list[Wanted] = []
    for word in sorted({WORDS[type(place.step)] for place in plan.places}):
        wanted += [random.choice(wishes(word)) for _ in range(random.randrange(6))]
    keys: list[Keys] = []
    for _ in range(8):
        pressed = tuple(random.choice(("1", "2", "2", "42", "42#", "*", "5", "4")))
        keys.append(Keys(pressed, random.choice((-1, -1, random.randrange(60_000)))))
    is_start = plan.has_start and (not plan.has_incoming or random.random() < 0.5)
    wants_group = relevance_of(plan).uses_roster
    is_group = not is_start and random.random() < (0.8 if wants_group else 0.05)
    stays = random.choice((-1, -1, -1, random.randrange(200), random.randrange(20_000), random.randrange(120_000)))
    return World(
        at_ms=MONDAY_MS + random.randrange(7 * 24 * 60) * 60_000,
        caller=random.choice(CALLERS),
        kind="start" if is_start else "group" if is_group else "peer",
        participants=PEOPLE[: random.randrange(1, 3)] if is_group else (),
        keys=tuple(keys),
        hang_up_after_ms=stays,
        wanted=tuple(wanted),
        answers=(("crm", "vip", random.random() < 0.5),) if random.random() < 0.8 else (),
        flows=None if random.random() < 0.8 else (),
        tenant_id=TENANT,
    )  # fmt: skip


class Wild(Script):
    """Outcomes for requests that no world speaks of: refused now and then, as the model says."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self.random = random

    def take(self, operation: str) -> Outcome | None:
        word = {"listParticipants": "participants"}.get(operation, operation)
        rows = [row for row in environment().answers.get(about(word), ()) if row.move == "refused"]
        if not rows or self.random.random() > 0.04:
            return None
        one = result(self.random.choice(self.random.choice(rows).results))
        return Refused(one.code, str(one.subcode)) if one.code else None


def played(plan: Plan, name: str, seed: int) -> Simulation:
    """One call of a flow."""
    random = Random(f"{name} {seed}")

    def graph(seed: int, profile: Profile, chosen: GraphKnobs, webhook: str) -> SimulatedGraph:
        return SimulatedGraph(seed, profile, chosen, Wild(random), webhook)

    world, knobs = world_of(plan, random), knobs_of(random)
    with patch("flowlang.scenario.simulated.SimulatedGraph", graph):
        return simulate(plan, world, seed, knobs)


def knobs_of(random: Random) -> Knobs:
    """Both profiles; calm, nasty, or with a bad line."""
    is_nasty = random.random() < 0.8
    bad_line = GraphKnobs.nasty()._replace(cut_of_thousand=90, drop_of_thousand=40)
    graph = bad_line if is_nasty and random.random() < 0.4 else None
    return Knobs(profile=random.choice(("docs", "live")), nasty=is_nasty, graph=graph)


def count(name: str, usual: int) -> int:
    """A number that the environment may raise."""
    return int(os.environ.get(name, str(usual)))
