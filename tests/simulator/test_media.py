"""Prompts, recordings, keys: operations of one call in their order."""

import json
from typing import Any

import pytest

from flowlang.simulator.values import Failed, Knobs, Silent
from tests.simulator.rig import ANSWER, APP_MEDIA, PLAY, PROMPT, USER, Json, Rig


def operations(items: list[Json]) -> list[tuple[str, str, int]]:
    """Context, status, subcode."""
    found = []
    for item in items:
        data = item["resourceData"]
        if "/operations/" in item["resourceUrl"]:
            assert item["changeType"] == "deleted"
            found.append((data.get("clientContext", ""), data["status"], data["resultInfo"]["subcode"]))
    return found


def play(rig: Rig, call_id: str, context: str, outcome: Any = None, **more: Any) -> None:
    response = rig.post(f"/{call_id}/playPrompt", {**PLAY, "clientContext": context, **more}, outcome)
    body = json.loads(response.body)
    assert (response.status, body["status"], body["clientContext"]) == (200, "running", context)


def test_prompts_play_one_after_the_other() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    for context in ("a", "b", "c"):
        play(rig, call_id, context, Failed(400, 8536) if context == "b" else None)
    begun_ms = rig.now_ms
    assert operations(rig.wait(20_000)) == [("a", "completed", 0), ("b", "failed", 8536), ("c", "completed", 0)]
    assert 4_300 <= rig.seen[-1][0] - begun_ms <= 4_350


def test_cancel_fails_each_that_runs_or_waits() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    play(rig, call_id, "a")
    play(rig, call_id, "b")
    rig.wait(500)
    assert b'"completed"' in rig.post(f"/{call_id}/cancelMediaProcessing", {"clientContext": "x"}).body
    assert operations(rig.wait(60_000)) == [("a", "failed", 8508), ("b", "failed", 8508)]
    play(rig, call_id, "c")
    assert operations(rig.wait(60_000)) == [("c", "completed", 0)]


def test_a_silent_operation_holds_nothing_up() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    play(rig, call_id, "a", Silent())
    play(rig, call_id, "b")
    assert operations(rig.wait(60_000)) == [("b", "completed", 0)]


def test_looping_is_for_beta() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    assert rig.code("POST", f"/{call_id}/playPrompt", {**PLAY, "loop": True}) == (400, "BadRequest")
    beta = "/beta/communications/calls"
    assert rig.code("POST", f"/{call_id}/playPrompt", {**PLAY, "loop": True}, root=beta)[0] == 200
    assert rig.wait(600_000) == []
    rig.post(f"/{call_id}/cancelMediaProcessing", {})
    assert operations(rig.wait(1_000)) == [("c", "failed", 8508)]


@pytest.mark.parametrize(
    "body", [{}, {"prompts": []}, {"prompts": [PROMPT] * 21}, {"prompts": [{}]}, {**PLAY, "clientContext": "x" * 257}]
)
def test_bodies_of_play_prompt(body: Json) -> None:
    rig = Rig("docs")
    assert rig.code("POST", f"/{rig.answered()}/playPrompt", body) == (400, "8523")


RECORD: Json = {"maxRecordDurationInSeconds": 10, "stopTones": ["#"], "clientContext": "r"}


@pytest.mark.parametrize(("key", "subcode", "after_ms"), [("#", 8514, 3_000), ("1", 8515, 10_000)])
def test_recording_ends_by_its_tone_or_its_time(key: str, subcode: int, after_ms: int) -> None:
    rig = Rig("live")
    call_id = rig.answered()
    response = rig.post(f"/{call_id}/recordResponse", RECORD)
    assert response.status == 200
    assert dict(response.headers)["Location"].endswith(json.loads(response.body)["id"])
    begun_ms = rig.now_ms
    rig.wait(3_000)
    rig.graph.press(call_id, key, rig.now_ms)
    items = rig.wait(60_000)
    assert operations(items) == [("r", "completed", subcode)]
    assert after_ms <= rig.seen[-1][0] - begun_ms <= after_ms + 50
    assert items[0]["resourceData"]["recordingLocation"].startswith("https://")
    assert items[0]["resourceData"]["recordingAccessToken"]


def test_a_recording_may_barge_in() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    play(rig, call_id, "a")
    rig.post(f"/{call_id}/recordResponse", {**RECORD, "bargeInAllowed": True})
    assert operations(rig.wait(60_000)) == [("a", "failed", 8508), ("r", "completed", 8515)]


@pytest.mark.parametrize("change", [{"maxRecordDurationInSeconds": 121}, {"maxSilenceTimeoutInSeconds": 0},
                                    {"stopTones": "#"}, {"stopTones": ["!"]}])  # fmt: skip
def test_bodies_of_record(change: Json) -> None:
    rig = Rig("docs")
    assert rig.code("POST", f"/{rig.answered()}/recordResponse", {**RECORD, **change}) == (400, "8523")


def test_keys_are_heard_after_subscribing() -> None:
    rig = Rig("live")
    call_id = rig.answered()
    rig.wait(1_000)
    rig.graph.press(call_id, "1", rig.now_ms)
    assert rig.wait(1_000) == []
    assert json.loads(rig.post(f"/{call_id}/subscribeToTone", {}).body)["status"] == "completed"
    for key in ("5", "#", "star", "A"):
        rig.graph.press(call_id, key, rig.now_ms)
    items = rig.wait(1_000)
    assert [item["resourceData"]["toneInfo"]["tone"] for item in items] == ["tone5", "pound", "star", "a"]
    assert [item["resourceData"]["toneInfo"]["sequenceId"] for item in items] == [1, 2, 3, 4]
    assert not any("callChainId" in item["resourceData"] for item in items)
    with pytest.raises(ValueError, match="no key"):
        rig.graph.press(call_id, "12", rig.now_ms)


@pytest.mark.parametrize("operation", ["playPrompt", "recordResponse", "subscribeToTone", "cancelMediaProcessing"])
def test_media_of_ones_own_has_no_prompts(operation: str) -> None:
    rig = Rig("docs")
    call_id = rig.incoming()
    rig.post(f"/{call_id}/answer", {**ANSWER, "mediaConfig": APP_MEDIA})
    rig.wait(1_000)
    body = PLAY if operation == "playPrompt" else {}
    assert rig.code("POST", f"/{call_id}/{operation}", body) == (400, "8500")


def test_without_sound_nothing_plays() -> None:
    rig = Rig("live")
    call_id = rig.answered()
    rig.graph.set_audio(call_id, rig.now_ms, is_active=False)
    assert rig.code("POST", f"/{call_id}/playPrompt", PLAY) == (400, "8503")
    rig.graph.set_audio(call_id, rig.now_ms, is_active=True)
    assert rig.code("POST", f"/{call_id}/playPrompt", PLAY) == (200, "")


def test_operations_end_with_their_call() -> None:
    rig = Rig("docs", Knobs(prompt_ms=10_000))
    call_id = rig.answered()
    play(rig, call_id, "a")
    rig.graph.hang_up(call_id, rig.now_ms)
    assert operations(rig.wait(60_000)) == []


def test_an_operation_can_be_asked_about() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    id_ = json.loads(rig.post(f"/{call_id}/playPrompt", PLAY).body)["id"]
    rig.wait(10_000)
    response = rig.send("GET", f"/{call_id}/operations/{id_}")
    assert response is not None
    assert json.loads(response.body)["status"] == "completed"
    assert rig.code("GET", f"/{call_id}/operations/x")[0] == 404


def test_during_a_transfer_prompts_are_taken_though_the_sound_is_gone() -> None:
    rig = Rig("live")
    call_id = rig.answered()
    rig.post(f"/{call_id}/transfer", {"transferTarget": {"identity": USER}}, Silent())
    rig.wait(1_000)
    assert next(call.audio for call in rig.graph.calls()) == "inactive"
    assert rig.code("POST", f"/{call_id}/playPrompt", PLAY) == (200, "")


def test_a_silent_operation_stays_silent_when_cancelled() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    play(rig, call_id, "a", Silent())
    rig.post(f"/{call_id}/cancelMediaProcessing", {})
    assert rig.wait(60_000) == []
