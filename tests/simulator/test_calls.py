"""Creating, answering, rejecting, redirecting, hanging up; the clocks that run while nobody does anything."""

import json
from typing import Any

import pytest

from flowlang.simulator.values import Failed, Knobs, Outcome, Profile, Rings, Silent, Success
from tests.simulator.rig import (
    ACCOUNT,
    ANSWER,
    APP,
    APP_MEDIA,
    CALLBACK,
    OTHER,
    PHONE,
    SERVICE_MEDIA,
    TENANT,
    THIRD,
    USER,
    Json,
    Rig,
    create_body,
    states,
)

NO_LINK = {"@odata.type": "#microsoft.graph.tokenMeetingInfo"}
LINK = {**NO_LINK, "token": "t"}


def test_create_answers_with_the_call() -> None:
    rig = Rig("docs")
    response = rig.post("", create_body(USER))
    body = json.loads(response.body)
    assert response.status == 201
    assert dict(response.headers)["Location"] == f"https://graph.microsoft.com/v1.0/communications/calls/{body['id']}"
    assert (body["state"], body["direction"], body["callbackUri"]) == ("establishing", "outgoing", CALLBACK)
    assert body["source"]["identity"]["application"]["id"] == APP
    assert body["subject"] is None
    assert states(rig.wait(10_000)) == [("updated", "establishing"), ("updated", "established")]


def test_live_says_established_several_times() -> None:
    rig = Rig("live")
    call_id = rig.called()
    items = [item for _, item in rig.seen]
    assert [state for _, state in states(items)] == ["establishing", "established", "established", "established"]
    assert all(item["resource"] == f"/app/calls/{call_id}" for item in items)
    assert all(item["resourceData"]["callChainId"] for item in items)
    assert [sorted(i["resourceData"].keys() & {"direction", "mediaState", "chatInfo"}) for i in items[1:]] == [
        ["direction"], ["mediaState"], ["chatInfo"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"callbackUri": None}, (400, "8523")),
        ({"callbackUri": "http://bot.example.com/x"}, (400, "8523")),
        ({"callbackUri": "http://127.0.0.1:8080/x"}, (201, "")),
        ({"targets": []}, (400, "8523")),
        ({"targets": [{"identity": {}}]}, (400, "8523")),
        ({"targets": [{"identity": USER}] * 6}, (400, "8523")),
        ({"targets": [{"identity": USER}, {"identity": OTHER}]}, (201, "")),
        ({"targets": [{"identity": PHONE}]}, (403, "7507")),
        ({"targets": [{"identity": PHONE}], "source": {"identity": ACCOUNT}}, (201, "")),
        ({"targets": [{"identity": {"phone": {"id": "+0123"}}}], "source": {"identity": ACCOUNT}}, (400, "8523")),
        ({"mediaConfig": None}, (400, "8523")),
        ({"mediaConfig": {}}, (400, "8523")),
        ({"requestedModalities": ["smell"]}, (400, "8523")),
        ({"tenantId": "f0000000-0000-4000-8000-000000000000"}, (403, "7505")),
        ({"ringingTimeoutInSeconds": 116}, (400, "8523")),
        ({"targets": None, "meetingInfo": LINK}, (201, "")),
        ({"meetingInfo": NO_LINK}, (400, "8523")),
        ({"meetingInfo": LINK, "tenantId": None}, (201, "")),
        ({"meetingInfo": {"@odata.type": "#microsoft.graph.organizerMeetingInfo", "organizer": USER}}, (400, "8523")),
    ],
)  # fmt: skip
def test_what_a_create_must_hold(change: Json, answer: tuple[int, str]) -> None:
    body = {name: value for name, value in {**create_body(USER), **change}.items() if value is not None}
    assert Rig("docs").code("POST", "", body) == answer


def test_live_a_meeting_needs_its_tenant() -> None:
    body = {**create_body(), "targets": None, "meetingInfo": LINK}
    assert Rig("live").code("POST", "", {**body, "tenantId": None}) == (403, "7505")
    assert Rig("live").code("POST", "", body) == (201, "")


@pytest.mark.parametrize(
    ("outcome", "last", "after_ms"),
    [
        (Failed(486, 0), (486, 0), 3_000),
        (Failed(603, 0, after_ms=7_000), (603, 0), 7_000),
        (Rings(), (487, 10004), 120_000),
        (Success(after_ms=9_000), None, 9_000),
    ],
)
def test_how_a_call_turns_out(outcome: Outcome, last: tuple[int, int] | None, after_ms: int) -> None:
    rig = Rig("docs")
    begun_ms = rig.now_ms
    rig.post("", create_body(USER), outcome)
    rig.wait(200_000)
    at_ms, item = rig.seen[-1]
    info = item["resourceData"].get("resultInfo")
    assert (info and (info["code"], info["subcode"])) == last
    assert after_ms <= at_ms - begun_ms <= after_ms + 50


def test_ringing_is_bounded_by_beta_only() -> None:
    for version, gone in (("v1.0", False), ("beta", True)):
        rig = Rig("docs")
        body = create_body(USER, ringingTimeoutInSeconds=20)
        rig.post("", body, Rings(), root=f"/{version}/communications/calls")
        rig.wait(30_000)
        assert (rig.graph.legs_up() == ()) is gone


@pytest.mark.parametrize("answers_after_ms", [14_900, 15_000])
def test_fifteen_seconds_to_answer(answers_after_ms: int) -> None:
    rig = Rig("docs")
    call_id = rig.graph.incoming_call(rig.now_ms, USER, ACCOUNT, tenant_id=TENANT)
    rig.wait(answers_after_ms)
    in_time = answers_after_ms < 15_000
    assert rig.code("POST", f"/{call_id}/answer", ANSWER) == ((202, "") if in_time else (404, "8522"))
    items = rig.wait(1_000)
    assert states(items)[-1] == (("updated", "established") if in_time else ("deleted", "terminated"))


def test_incoming_names_everybody() -> None:
    rig = Rig("live")
    call_id = rig.graph.incoming_call(rig.now_ms, OTHER, ACCOUNT, [THIRD], tenant_id=TENANT)
    (item,) = rig.wait(100)
    data = item["resourceData"]
    assert (item["changeType"], data["state"], data["id"], data["tenantId"]) == ("created", "incoming", call_id, TENANT)
    assert data["source"]["identity"] == OTHER
    assert data["targets"][0]["identity"] == ACCOUNT
    assert data["chatInfo"]["threadId"]
    assert data["callbackUri"] == CALLBACK


def test_answer_may_move_the_callback() -> None:
    rig = Rig("docs")
    call_id = rig.incoming()
    rig.post(f"/{call_id}/answer", {**ANSWER, "callbackUri": "https://bot.example.com/other"})
    rig.wait(1_000)
    assert {post.url for post in rig.posts[1:]} == {"https://bot.example.com/other"}
    assert rig.posts[0].url == CALLBACK


@pytest.mark.parametrize("missing", ["mediaConfig", "acceptedModalities"])
def test_answer_needs(missing: str) -> None:
    rig = Rig("docs")
    call_id = rig.incoming()
    body = {name: value for name, value in ANSWER.items() if name != missing}
    assert rig.code("POST", f"/{call_id}/answer", body) == (400, "8523")
    assert rig.state(call_id) == "incoming"


def test_reject_ends_without_state_or_result() -> None:
    rig = Rig("docs")
    call_id = rig.incoming()
    assert rig.code("POST", f"/{call_id}/reject", {"reason": "Busy"}) == (202, "")
    (item,) = rig.wait(60_000)
    url = f"/communications/calls/{call_id}"
    assert item["changeType"] == "deleted"
    assert item["resourceData"] == {"@odata.type": "#microsoft.graph.call", "@odata.id": url}
    assert rig.code("POST", f"/{rig.incoming()}/reject", {"reason": "moody"}) == (400, "8523")


@pytest.mark.parametrize(
    ("outcome", "result", "after_ms"),
    [(None, None, 1_000), (Rings(), 10004, 30_000), (Failed(480, 10037), 10037, 1_000)],
)
def test_redirect(outcome: Outcome | None, result: int | None, after_ms: int) -> None:
    rig = Rig("docs")
    call_id = rig.incoming()
    assert rig.post(f"/{call_id}/redirect", {"targets": [{"identity": USER}], "timeout": 30}, outcome).status == 202
    sent_ms = rig.now_ms
    (item,) = rig.wait(100_000)
    data = item["resourceData"]
    assert (data["state"], data["direction"], data["id"]) == ("terminated", "incoming", call_id)
    assert data.get("resultInfo", {}).get("subcode") == result
    assert after_ms <= rig.seen[-1][0] - sent_ms <= after_ms + 600


@pytest.mark.parametrize("timeout", [14, 91, "30", True])
def test_redirect_times_are_bounded(timeout: Any) -> None:
    rig = Rig("docs")
    body = {"targets": [{"identity": USER}], "timeout": timeout}
    assert rig.code("POST", f"/{rig.incoming()}/redirect", body) == (400, "8523")


def test_hanging_up_says_terminating_first() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    assert rig.code("DELETE", f"/{call_id}") == (204, "")
    assert rig.code("DELETE", f"/{call_id}") == (404, "8522")
    assert states(rig.wait(1_000)) == [("updated", "terminating"), ("deleted", "terminated")]
    assert rig.seen[-1][1]["resourceData"]["resultInfo"]["subcode"] == 5001


@pytest.mark.parametrize(("profile", "subcode"), [("docs", 4521), ("live", 5002)])
def test_the_other_side_hangs_up(profile: Profile, subcode: int) -> None:
    rig = Rig(profile)
    call_id = rig.answered()
    rig.wait(1_000)
    rig.graph.hang_up(call_id, rig.now_ms)
    rig.graph.hang_up(call_id, rig.now_ms)
    items = rig.wait(1_000)
    assert states(items) == [("deleted", "terminated")]
    info = items[0]["resourceData"]["resultInfo"]
    assert (info["code"], info["subcode"]) == (200, subcode)
    assert ("DiagCode: 0#5002.@" in info["message"]) is (profile == "live")


def test_forty_five_minutes_without_keep_alive() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    assert rig.graph.next_due(with_keep_alive=False) is None
    rig.wait(44 * 60_000)
    assert rig.post(f"/{call_id}/keepAlive").status == 200
    assert rig.wait(44 * 60_000) == []
    (item,) = rig.wait(2 * 60_000)
    assert item["resourceData"]["resultInfo"]["code"] == 408
    assert item["resourceData"]["resultInfo"]["subcode"] == 8537
    assert rig.code("POST", f"/{call_id}/keepAlive") == (404, "8522")


def test_get_shows_how_the_call_stands() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    response = rig.send("GET", f"/{call_id}")
    assert response is not None
    body = json.loads(response.body)
    assert (body["state"], body["id"], body["mediaConfig"]) == ("established", call_id, SERVICE_MEDIA)
    assert body["mediaState"]["audio"] == "active"


def test_a_call_that_never_comes_up_stays_silent() -> None:
    rig = Rig("docs", Knobs(), ("create", Silent()))
    rig.post("", create_body(USER, mediaConfig=APP_MEDIA))
    assert states(rig.wait(600_000)) == [("updated", "establishing")]
    assert rig.script.unused() == ()


def test_only_the_call_without_keep_alive_ends() -> None:
    rig = Rig("docs")
    first, second = rig.answered(), rig.answered()
    rig.wait(30 * 60_000)
    rig.post(f"/{second}/keepAlive")
    rig.wait(20 * 60_000)
    assert first not in rig.graph.legs_up()
    assert rig.graph.legs_up() == (second,)


def test_hanging_up_before_answering_without_a_last_word() -> None:
    rig = Rig("docs")
    call_id = rig.incoming()
    assert rig.code("DELETE", f"/{call_id}", outcome=Silent()) == (204, "")
    assert states(rig.wait(44 * 60_000)) == [("updated", "terminating")]
    rig.wait(2 * 60_000)
    assert rig.graph.legs_up() == ()
