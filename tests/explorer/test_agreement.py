"""Checker and simulator agree: a flow that the checker lets pass strands nobody in hostile calls; its findings happen.

FLOWLANG_RANDOM_FLOWS: how many flows (usually 60, at night 10,000); FLOWLANG_HOSTILE_CALLS: how many calls each
(usually 12, at night 200).
"""

import os
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flowlang.analysis.check import Options, check_file
from flowlang.analysis.load import load
from flowlang.call.session import Session
from flowlang.compiler import compile_flow
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.engine.step import is_finished, new_session, step
from flowlang.plan import Plan
from flowlang.scenario.simulate import Simulation, simulate
from flowlang.scenario.world import Knobs
from flowlang.source import Source
from tests.explorer.random_flows import flows
from tests.properties.test_histories import transfers_in_doubt, world_of

FLOWS = int(os.environ.get("FLOWLANG_RANDOM_FLOWS", "60"))
CALLS = int(os.environ.get("FLOWLANG_HOSTILE_CALLS", "12"))
MOST_STATES = 8_000
OURS = frozenset(("8500", "8501", "8505", "8523", "8548", "8585", "8607", "BadRequest", "MethodNotAllowed"))
"""Codes with which Graph refuses a request that is wrong, whatever else happens on the line."""


def plan_of(text: str) -> Plan:
    return compile_flow(load(Source("random.flow", text), lambda _path: None))


def found_in(text: str) -> list[Diagnostic]:
    options = Options(explores=True, budget=lambda: lambda states: states >= MOST_STATES)
    return check_file(Source("random.flow", text), lambda _path: None, options)


def hostile(plan: Plan, seed: int) -> Simulation:
    """One call in which much goes wrong. The caller stays to the end, or hangs up somewhere."""
    random = Random(f"hostile {seed}")
    world = world_of(plan, random)
    world = world._replace(answers=(("crm", "vip", random.choice((True, False))),) if random.random() < 0.8 else ())
    knobs = Knobs(profile=random.choice(("docs", "live")), nasty=random.random() < 0.8)
    return simulate(plan, world, seed, knobs)


def is_left_alone(session: Session) -> bool:
    """The caller is there, nothing runs, and nothing is armed but housekeeping."""
    leg = session.legs[session.primary] if session.primary >= 0 else None
    quiet = all(timer.kind in ("keepAlive", "audible") for timer in session.timers) and not session.pending
    return leg is not None and not leg.is_over and session.place < 0 and not session.end and quiet


@settings(
    max_examples=FLOWS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)  # fmt: skip
@given(flows(), st.integers(0, 1_000_000))
def test_checker_and_simulator_agree(text: str, seed: int) -> None:
    found = found_in(text)
    errors = [one for one in found if one.severity is Severity.ERROR]
    for one in errors:
        if one.code in ("stranded-caller", "waits-for-ever"):
            witnessed(plan_of(text), one)
    if errors or any(one.code == "budget-exceeded" for one in found):
        return
    plan = plan_of(text)
    for call in range(CALLS):
        passes(plan, seed + call, text)


def witnessed(plan: Plan, finding: Diagnostic) -> None:
    """The call that shows a finding, played again, leaves the caller alone."""
    session = new_session("again", "again", plan)
    for fact in finding.facts:
        session = step(plan, session, fact).session
    assert is_left_alone(session), finding.message


def passes(plan: Plan, seed: int, text: str) -> None:
    """A hostile call of a flow in which nothing was found."""
    simulation = hostile(plan, seed)
    outcome = simulation.outcome
    told = f"seed {seed}: {outcome.ending}\n{text}"
    assert outcome.ending.word != "stranded", told
    assert transfers_in_doubt(simulation) == 0, told
    refused = [one for one in simulation.graph.taken if one.code in OURS]
    assert not refused, f"{refused} {told}"
    if outcome.session.direction:  # without: the news of the call was lost
        assert outcome.ending.word != "running", told
        assert is_finished(outcome.session), told
        assert not simulation.graph.legs_up(), told
