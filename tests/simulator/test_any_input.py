"""Whatever is sent at whatever time: an answer in Graph's shape, never an exception; and what must always hold."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlang.simulator.paths import CALL_ACTIONS, PARTICIPANT_ACTIONS
from flowlang.simulator.values import Failed, Knobs, Rings, Silent, Success
from tests.simulator.rig import ACCOUNT, ANSWER, OTHER, PHONE, PLAY, TENANT, THIRD, USER, Rig, create_body

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["audio", "http://[", "#"])
)
NAMES = st.sampled_from(
    ["callbackUri", "targets", "identity", "user", "phone", "id", "mediaConfig", "@odata.type", "prompts", "mediaInfo",
     "transferTarget", "transferee", "replacesCallId", "participants", "meetingInfo", "requestedModalities", "source",
     "stopTones", "timeout", "reason", "clientContext", "tenantId", "role", "status", "tones", "loop"]
)  # fmt: skip
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))
TAILS = st.sampled_from(
    ["", "/ID", *(f"/ID/{name}" for name in CALL_ACTIONS), "/ID/participants", "/ID/participants/invite",
     *(f"/ID/participants/P/{name}" for name in PARTICIPANT_ACTIONS), "/ID/participants/P", "/ID/operations/x",
     "/[", "/%ff"]
)  # fmt: skip
STAGES = ("incoming", "establishing", "peer", "group", "transferring", "ended")


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    TAILS,
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.sampled_from(STAGES),
)
def test_any_body(method: str, tail: str, body: Any, stage: str) -> None:
    rig = Rig("live")
    call_id = rig.at_stage(stage)
    participants = rig.participants(call_id) or ("P",)
    tail = tail.replace("ID", call_id).replace("/P", f"/{participants[0]}")
    response = rig.send(method, tail, body)
    assert response is not None
    assert response.status in (200, 201, 202, 204, 400, 403, 404, 405, 409)
    if response.status >= 400:
        assert json.loads(response.body)["error"]["code"]
    rig.wait(10_000)


OUTCOMES = (None, None, None, Success(), Failed(500, 7000), Failed(486, 0), Rings(), Silent())


def step(rig: Rig, random: Random) -> None:
    """One random thing that an application or a person does."""
    ids = [call.id for call in rig.graph.calls()] or ["x"]
    call_id, other = random.choice(ids), random.choice(ids)
    target = {"identity": random.choice([USER, OTHER, PHONE])}
    pulled = {**target, "replacesCallId": other}
    sends: list[tuple[str, str, Any]] = [
        ("POST", "", create_body(USER, source={"identity": ACCOUNT})), ("POST", "", create_body(OTHER, THIRD)),
        ("POST", f"/{call_id}/answer", ANSWER), ("POST", f"/{call_id}/reject", {"reason": "busy"}),
        ("POST", f"/{call_id}/redirect", {"targets": [target]}), ("DELETE", f"/{call_id}", None),
        ("POST", f"/{call_id}/transfer", {"transferTarget": target}),
        ("POST", f"/{call_id}/transfer", {"transferTarget": pulled}),
        ("POST", f"/{call_id}/participants/invite", {"participants": [random.choice([target, pulled])]}),
        ("POST", f"/{call_id}/playPrompt", PLAY), ("POST", f"/{call_id}/cancelMediaProcessing", {}),
        ("POST", f"/{call_id}/subscribeToTone", {}), ("POST", f"/{call_id}/recordResponse", {}),
    ]  # fmt: skip
    what = random.randrange(len(sends) + 3)
    if what < len(sends):
        rig.send(*sends[what], outcome=random.choice(OUTCOMES))
    elif what == len(sends):
        rig.graph.incoming_call(rig.now_ms, OTHER, ACCOUNT, random.choice([(), [THIRD]]), TENANT)
    elif call_id != "x":
        rig.graph.hang_up(call_id, rig.now_ms) if random.random() < 0.3 else rig.graph.press(call_id, "1", rig.now_ms)
    rig.wait(random.choice((0, 30, 300, 3_000, 30_000)))


@pytest.mark.parametrize("seed", range(40))
def test_any_history(seed: int) -> None:
    """Calm: a call has one last word and nothing after it; in the end nothing is left."""
    rig, random = Rig("live" if seed % 2 else "docs", Knobs(takes_group_transfer=True), seed=seed), Random(seed)
    for _ in range(60):
        step(rig, random)
    rig.wait(2 * 60 * 60_000)
    assert rig.graph.legs_up() == ()
    assert rig.graph.next_due() is None
    over: set[str] = set()
    for _, item in rig.seen:
        call_id = item["resourceUrl"].strip("/").split("/")[2]
        assert call_id not in over
        if item["changeType"] == "deleted" and "/operations/" not in item["resourceUrl"]:
            over.add(call_id)
    assert over == {call.id for call in rig.graph.calls()}
