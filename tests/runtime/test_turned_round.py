"""A consultative transfer that is posted on the consult leg, as an operator may set it (B8). Over real sockets."""

import json
from pathlib import Path

import anyio
import pytest

from flowlang.call.facts import RequestAnswered
from flowlang.codec import from_json
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLED, TENANT
from flowlang.simulator.values import Failed, Outcome, Refused
from tests.flowtext import plan_of
from tests.properties.test_histories import PEOPLE
from tests.runtime.test_sockets import Stand, bodies, clock_ms

FLOW = """
on incoming: answer
on answered:
    consult alice for 18s
    transfer replacing consult for 3s
if that fails:
    play "sorry.wav" then hang up
"""


def played(folder: Path, *outcomes: tuple[str, Outcome]) -> Stand:
    stand = Stand(plan_of(FLOW), str(folder / "calls.db"), *outcomes)
    stand.consultative_on = "consult"

    async def main() -> None:
        async with stand.up():
            first = stand.graph.graph.incoming_call(
                clock_ms(), identity_set(PEOPLE[0], TENANT), identity_set(CALLED, TENANT), (), TENANT
            )
            await stand.until_over()
            (consult,) = [one.call_id for one in stand.graph.graph.taken if one.operation == "create"]
            (path,) = [path for _, path, _ in stand.recorded.seen if path.endswith("/transfer")]
            assert path.endswith(f"/{consult}/transfer")
            (body,) = bodies(stand, "/transfer")
            assert body["transferTarget"]["replacesCallId"] == first
            assert body["transferTarget"]["identity"]["user"]["id"] == PEOPLE[0].id
            facts = [from_json(json.loads(one.fact)) for one in stand.store.journal(first)]
            stand.results = [one.result for one in facts if isinstance(one, RequestAnswered) and one.result is not None]
            assert not stand.graph.graph.complaints

    anyio.run(main)
    return stand


def test_it_hands_the_caller_over(tmp_path: Path) -> None:
    stand = played(tmp_path)
    assert bodies(stand, "/playPrompt") == []
    assert [one for one in stand.results if one.subcode != 8522] == []  # a leg may be gone before it is hung up


@pytest.mark.parametrize("outcome", [Failed(500, 7700), Refused(404, "8522")])
def test_one_that_fails_is_found_out_and_the_caller_is_still_there(outcome: Outcome, tmp_path: Path) -> None:
    """A leg that is gone is the consult leg, since the transfer was posted there: the caller hears what comes next."""
    stand = played(tmp_path, ("transfer", outcome))
    assert len(bodies(stand, "/playPrompt")) == 1
    found = [one.subcode for one in stand.results if one.subcode != 8522]
    assert found == ([10202] if isinstance(outcome, Refused) else [])
