"""Calls on the simulated Graph: what the user wants is what the flow meets, and chance is the seed's alone."""

from typing import Any

import pytest

from flowlang.call.party import Party
from flowlang.call.trace import Trace
from flowlang.scenario.outcomes import read_outcome
from flowlang.scenario.simulate import Simulation, simulate
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import Knobs, World
from flowlang.simulator.values import Knobs as GraphKnobs
from tests.engine.bed import ALICE, BOB
from tests.flowtext import plan_of
from tests.scenario.test_loop import CONSULT, START_MS

GROUP = """
on incoming when call.kind is group: answer
on joined alice: transfer alice to carol
on left bob: hang up
after 10m: hang up
on failed: hang up
"""


def called(flow: str, *outcomes: str, seed: int = 1, knobs: Knobs | None = None, **world: Any) -> Simulation:
    wanted = tuple([read_outcome(text) for text in outcomes])
    return simulate(plan_of(flow), World(START_MS, wanted=wanted)._replace(**world), seed, knobs)


def traces(simulation: Simulation, code: str) -> list[Trace]:
    return [entry.trace for entry in simulation.outcome.entries if entry.trace.code == code]


@pytest.mark.parametrize(
    ("outcome", "failed", "status"),
    [
        ("consult=busy", ("consult", 486, 0), 201),
        ("consult=no answer", ("consult", 487, 10004), 201),
        ("consult=no outcome", ("consult", 487, 10004), 201),
        ("consult=tenant mismatch", ("consult", 403, 7505), 403),
        ("consult=429", ("consult", 429, 0), 429),
        ("transfer=500/7700", ("transfer", 500, 7700), 202),
        ("transfer=no outcome", ("transfer", 0, 0), 202),
        ("transfer=403/7504", ("transfer", 403, 7504), 403),
        ("transfer=forbidden", ("transfer", 403, 0), 403),
    ],
)
def test_an_outcome_reaches_the_flow_the_way_graph_tells_it(
    outcome: str, failed: tuple[str | int, ...], status: int
) -> None:
    simulation = called(CONSULT, outcome)
    assert failed in [trace.facts[:3] for trace in traces(simulation, "failed")]
    operation = "create" if outcome.startswith("consult") else "transfer"
    assert next(one.status for one in simulation.graph.taken if one.operation == operation) == status
    assert simulation.outcome.unused == ()


@pytest.mark.parametrize("profile", ["docs", "live"])
def test_a_call_is_handed_over_in_both_profiles_and_no_leg_is_left(profile: Any) -> None:
    simulation = called(CONSULT, knobs=Knobs(profile))
    assert simulation.outcome.ending.word == "transferred"
    assert simulation.graph.legs_up() == ()


def test_the_same_seed_gives_the_same_call_and_another_seed_another() -> None:
    nasty = Knobs(nasty=True)
    calls = [called(CONSULT, seed=seed, knobs=nasty).outcome for seed in (1, 1, 2)]
    assert calls[0] == calls[1]
    assert calls[0].entries != calls[2].entries


def test_what_graph_sends_twice_is_taken_once() -> None:
    often = GraphKnobs.calm()._replace(duplicate_of_thousand=1000)
    usual, twice = called(CONSULT), called(CONSULT, knobs=Knobs(graph=often))
    assert [trace.facts for trace in traces(usual, "state")] == [trace.facts for trace in traces(twice, "state")]
    assert twice.outcome.ending.word == "transferred"


def test_graph_that_asks_for_patience_gets_it() -> None:
    tired = GraphKnobs.calm()._replace(unavailable_of_thousand=300)
    endings = [called(CONSULT, seed=seed, knobs=Knobs(graph=tired)) for seed in range(20)]
    assert {one.outcome.ending.word for one in endings} == {"transferred"}
    assert any(exchange.tries > 1 for one in endings for exchange in one.outcome.exchanges)


def test_a_group_call() -> None:
    simulation = called(GROUP, kind="group", caller=ALICE, participants=(ALICE, BOB))
    assert [trace.facts[0] for trace in traces(simulation, "joined")] == ["Alice", "Bob"]
    assert simulation.outcome.ending.word == "transferred"
    body = next(x.request.body for x in simulation.outcome.exchanges if x.request.path.endswith("/transfer"))
    assert b'"transferee"' in body


def test_a_group_call_is_no_peer_call() -> None:
    assert called(GROUP, kind="group").outcome.ending.word in ("ended", "running")
    assert called(GROUP).outcome.ending.word == "rejected"


def test_a_caller_without_a_number() -> None:
    flow = 'on answered from anonymous: log "who is it"\non answered: hang up\nafter 1m: hang up'
    simulation = called(flow, caller=Party("anonymous", ""))
    assert traces(simulation, "log")
    assert simulation.outcome.session.caller == Party("anonymous", "")


def test_identity_sets() -> None:
    assert identity_set(Party("phone", "+4930123456"), "t") == {"phone": {"id": "+4930123456"}}
    assert identity_set(ALICE._replace(tenant_id=""), "t") == {
        "user": {"id": ALICE.id, "tenantId": "t", "displayName": "Alice"}
    }
    assert set(identity_set(Party("anonymous", ""), "t")) == {"encrypted"}


@pytest.mark.parametrize("after_ms", [0, 1, 20, 100, 330])
def test_a_caller_who_hangs_up_at_once(after_ms: int) -> None:
    simulation = called(CONSULT, hang_up_after_ms=after_ms)
    assert simulation.outcome.ending.word == "ended"
    assert simulation.graph.legs_up() == ()


def test_who_was_called_hangs_up_as_soon_as_there_is_a_call() -> None:
    flow = 'on start: call carol for 20s\non answered: play "a.wav" repeating for 9m then hang up\non failed: hang up'
    simulation = called(flow, kind="start", hang_up_after_ms=500)
    assert simulation.outcome.ending.word == "ended"
    assert simulation.outcome.ending.at_ms < 10_000


def test_the_caller_hangs_up() -> None:
    simulation = called(CONSULT, hang_up_after_ms=2_000)
    assert simulation.outcome.ending.word == "ended"
    assert 2_000 <= simulation.outcome.ending.at_ms < 3_000
    assert simulation.graph.legs_up() == ()
