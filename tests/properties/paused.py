"""Calls of a service that rests now and then, by seed, and what must not come of it.

FLOWLANG_PAUSED_CALLS=1000000 python -m tests.properties.paused [FIRST]
"""

import os
import sys
import time
from collections import Counter
from functools import cache
from multiprocessing import Pool
from random import Random
from typing import Final, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings

from flowlang.analysis.load import load
from flowlang.call.session import NONE
from flowlang.compiler import compile_flow
from flowlang.diagnostics import Severity
from flowlang.engine.activity import STEP_TIMERS
from flowlang.engine.step import is_finished
from flowlang.plan import Plan
from flowlang.scenario.loop import Outcome
from flowlang.scenario.simulate import Simulation, simulate
from flowlang.scenario.world import Knobs, Pause
from flowlang.source import Source
from tests.explorer.random_flows import flows
from tests.explorer.small_flows import SMALL, text_of
from tests.properties.test_histories import NAMES, transfers_in_doubt, world_of
from tests.properties.test_histories import plan_of as shipped

CALLS: Final = int(os.environ.get("FLOWLANG_PAUSED_CALLS", "10000"))
LENGTHS_MS: Final = (1_000, 6_000, 20_000, 45_000, 300_000, 46 * 60_000)
RANDOM_FLOWS: Final = 40
MOST_STATES: Final = 3_000
LEAST_MS: Final = 900  # no step of these flows has a bound as short as that
BOUNDS: Final = (STEP_TIMERS - {"again"}) | {"ring"}
LIMIT_MS: Final = 4 * 3_600_000


class Found(NamedTuple):
    """`harm`: what is wrong; empty: nothing. `rested_in`: words of the steps that ran when a pause began."""

    name: str
    harm: str
    rested_in: tuple[str, ...]


@cache
def other_plans() -> tuple[Plan, ...]:
    """A small flow for each step, and random ones, in all of which a strict check finds no error."""
    small = [plan for name in SMALL if (plan := _sound(text_of(name))) is not None]
    return (*small, *_random_plans())


def _random_plans() -> tuple[Plan, ...]:
    texts: list[str] = []

    @settings(max_examples=RANDOM_FLOWS * 3, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck), phases=(Phase.generate,))  # fmt: skip
    @given(flows())
    def gather(text: str) -> None:
        texts.append(text)

    gather()
    return tuple([plan for text in texts if (plan := _sound(text)) is not None][:RANDOM_FLOWS])


def _sound(text: str) -> Plan | None:
    from flowlang.analysis.check import Options, check_file

    source = Source("random.flow", text)
    found = check_file(
        source, lambda _path: None, Options(explores=True, budget=lambda: lambda states: states >= 3_000)
    )
    if any(one.severity is Severity.ERROR or one.code == "budget-exceeded" for one in found):
        return None
    return compile_flow(load(source, lambda _path: None))


def simulation_of(seed: int) -> tuple[str, Simulation]:
    random = Random(f"paused {seed}")
    plans = other_plans()
    at = seed % (len(NAMES) + len(plans))
    name = NAMES[at] if at < len(NAMES) else f"flow {at - len(NAMES)}"
    plan = shipped(name) if at < len(NAMES) else plans[at - len(NAMES)]
    pauses = [
        Pause(random.choice((random.randrange(4_000), random.randrange(40_000))), random.choice(LENGTHS_MS),
              random.random() < 0.5)
        for _ in range(random.choice((1, 1, 2, 3)))
    ]  # fmt: skip
    world = world_of(plan, random)._replace(pauses=tuple(pauses))
    if world.kind == "start":
        world = world._replace(values=(("customer", "+4989777777"),))
    if world.hang_up_after_ms >= 0:  # also during a pause, and long after it
        world = world._replace(hang_up_after_ms=random.choice((world.hang_up_after_ms, random.randrange(600_000))))
    knobs = Knobs(random.choice(("docs", "live")), nasty=random.random() < 0.6, limit_ms=LIMIT_MS)
    return name, simulate(plan, world, seed, knobs)


def harm_of(seed: int) -> Found:
    """One call, and whether anything went wrong that must not."""
    name, simulation = simulation_of(seed)
    outcome = simulation.outcome
    return Found(name, _harm(simulation), tuple(_rested_in(outcome)))


def _rested_in(outcome: Outcome) -> list[str]:
    running, found = "", []
    for entry in outcome.entries:
        match entry.trace.code:
            case "step":
                running = str(entry.trace.facts[0])
            case "done" | "failed" | "cancelled" | "idle":
                running = ""
            case "resumed" if running:
                found.append(running)
    return found


def _harm(simulation: Simulation) -> str:
    outcome = simulation.outcome
    session = outcome.session
    if outcome.ending.word == "stranded":
        return "the caller is left in silence"
    if transfers_in_doubt(simulation):
        return "a transfer was sent while one was under way"
    if not session.direction:
        return ""  # the news of the call was lost, and Graph has ended it
    if outcome.ending.word == "running" or not is_finished(session):
        return f"the call has no end: {outcome.ending}"
    unknown = sum(not leg.call_id for leg in session.legs)  # nobody ever said its id: nobody can hang it up
    if len(simulation.graph.legs_up()) > unknown:
        return "a leg is left up"
    return _too_early(outcome)


def _too_early(outcome: Outcome) -> str:
    """A step's own bound is counted from its beginning, wherever the service rested: none is over at once."""
    began_ms, word = 0, ""
    for entry in outcome.entries:
        code, had_ms = entry.trace.code, entry.at_ms - began_ms
        if code == "step":
            began_ms, word = entry.at_ms, str(entry.trace.facts[0])
        elif code == "due" and entry.trace.facts[0] in BOUNDS and entry.trace.place != NONE and had_ms < LEAST_MS:
            return f"{word} had only {had_ms} ms"
    return ""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    began = time.monotonic()
    harms: Counter[str] = Counter()
    rested: Counter[str] = Counter()
    done = 0
    other_plans()
    with Pool(os.cpu_count()) as pool:
        for seed, found in enumerate(pool.imap(harm_of, range(first, first + CALLS), chunksize=200), first):
            done += 1
            rested.update(found.rested_in)
            if found.harm:
                harms[found.harm.rstrip("0123456789 ms")] += 1
                say(f"seed {seed}, {found.name}: {found.harm}")
            if done % 20_000 == 0:
                say(f"{done} calls, {sum(harms.values())} harmed, {time.monotonic() - began:.0f} s")
    say(f"{done} calls with {sum(rested.values())} pauses in a step: {dict(rested)}; harmed: {dict(harms) or 'none'}")
    sys.exit(bool(harms))


if __name__ == "__main__":
    main()
