"""Participants: who is there, who is invited, removed, muted, held."""

import json
from typing import Any

import pytest

from flowlang.simulator.values import Failed, Knobs, Outcome, Rings
from tests.simulator.rig import OTHER, PHONE, THIRD, USER, Json, Rig


def invite(rig: Rig, call_id: str, *given: Json, outcome: Outcome | None = None) -> tuple[int, str]:
    body = {"participants": list(given), "clientContext": "i"}
    return rig.code("POST", f"/{call_id}/participants/invite", body, outcome=outcome)


def kinds(items: list[Json]) -> list[str]:
    return ["roster" if isinstance(i["resourceData"], list) else i["resourceData"]["@odata.type"][17:] for i in items]


def test_a_group_call_shows_its_roster() -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    assert kinds([item for _, item in rig.seen])[-1] == "roster"
    response = rig.send("GET", f"/{call_id}/participants")
    assert response is not None
    assert json.loads(response.body)["value"] == rig.seen[-1][1]["resourceData"]
    assert [one["info"]["identity"] for one in json.loads(response.body)["value"]] == [OTHER, THIRD]


def test_inviting_makes_a_group_call_of_two() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    assert invite(rig, call_id, {"identity": USER}) == (200, "")
    items = rig.wait(10_000)
    assert kinds(items) == ["inviteParticipantsOperation", "roster"]
    assert items[0]["resourceData"]["status"] == "completed"
    assert len(items[1]["resourceData"]) == 2
    assert rig.code("POST", f"/{call_id}/mute", {}) == (200, "")


def test_an_invitation_answers_as_the_page_shows() -> None:
    for profile, status in (("docs", "Running"), ("live", "running")):
        rig = Rig(profile)  # type: ignore[arg-type]
        call_id = rig.at_stage("group")
        response = rig.post(f"/{call_id}/participants/invite", {"participants": [{"identity": USER}]})
        assert json.loads(response.body)["status"] == status
        assert dict(response.headers)["Location"].endswith(json.loads(response.body)["id"])


@pytest.mark.parametrize(
    ("outcome", "subcode", "after_ms"),
    [(Failed(412, 9999, "DiagCode: 412#10073"), 9999, 2_000), (Rings(), 10004, 60_000)],
)
def test_failed_invitations(outcome: Outcome, subcode: int, after_ms: int) -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    sent_ms = rig.now_ms
    assert invite(rig, call_id, {"identity": USER}, outcome=outcome) == (200, "")
    (item,) = rig.wait(100_000)
    assert (item["resourceData"]["status"], item["resourceData"]["resultInfo"]["subcode"]) == ("failed", subcode)
    assert after_ms <= rig.seen[-1][0] - sent_ms <= after_ms + 600


def test_pulling_somebody_out_of_another_call() -> None:
    rig = Rig("docs")
    first, second = rig.at_stage("group"), rig.called(USER)
    wrong = {"identity": OTHER, "replacesCallId": second}
    right = {"identity": USER, "replacesCallId": second}
    assert invite(rig, first, wrong) == (404, "10202")
    assert invite(rig, first, right, {"identity": OTHER}) == (200, "")  # only the first is processed
    rig.wait(10_000)
    assert rig.graph.legs_up() == (first,)
    assert len(rig.participants(first)) == 3


@pytest.mark.parametrize(
    ("given", "answer"),
    [([], (400, "8523")), ([{"identity": USER}] * 6, (400, "8523")), ([{"identity": {}}], (400, "8523")),
     ([{"identity": PHONE}], (200, ""))],
)  # fmt: skip
def test_bodies_of_invite(given: Any, answer: tuple[int, str]) -> None:
    rig = Rig("docs")
    assert invite(rig, rig.at_stage("group"), *given) == answer


def test_removing_and_leaving_to_the_end() -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    first, second = rig.participants(call_id)
    assert rig.code("DELETE", f"/{call_id}/participants/nobody") == (404, "8558")
    assert rig.code("DELETE", f"/{call_id}/participants/{second}") == (204, "")
    assert kinds(rig.wait(1_000)) == ["roster"]
    joined = rig.graph.join(call_id, USER, rig.now_ms)
    assert len(rig.wait(1_000)[0]["resourceData"]) == 2
    rig.graph.leave(call_id, first, rig.now_ms)
    assert rig.graph.legs_up() == (call_id,)
    rig.graph.leave(call_id, joined, rig.now_ms)
    assert rig.wait(1_000)[-1]["resourceData"]["resultInfo"]["subcode"] == 5002


def test_muting_a_participant_shows_in_the_roster() -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    first, _ = rig.participants(call_id)
    assert rig.code("POST", f"/{call_id}/participants/{first}/mute", {"clientContext": "m"}) == (200, "")
    assert [one["isMuted"] for one in rig.wait(1_000)[0]["resourceData"]] == [True, False]


def test_one_participant_on_hold_at_a_time() -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    first, second = rig.participants(call_id)
    assert rig.code("POST", f"/{call_id}/participants/{first}/startHoldMusic", {}) == (202, "")
    (item,) = rig.wait(1_000)
    assert item["resourceUrl"].startswith("communications/calls/")
    assert rig.code("POST", f"/{call_id}/participants/{second}/startHoldMusic", {}) == (409, "8519")
    assert rig.code("POST", f"/{call_id}/participants/{first}/stopHoldMusic", {}) == (202, "")
    assert rig.code("POST", f"/{call_id}/participants/{second}/startHoldMusic", {}) == (202, "")


def test_the_caller_of_a_group_call_may_leave() -> None:
    rig = Rig("live", Knobs())
    call_id = rig.at_stage("group")
    rig.graph.hang_up(call_id, rig.now_ms)
    rig.wait(1_000)
    assert len(rig.participants(call_id)) == 1
    assert rig.graph.legs_up() == (call_id,)


def test_live_refuses_more_than_one_with_a_replacement() -> None:
    rig = Rig("live")
    first, second = rig.at_stage("group"), rig.called(USER)
    both = {"identity": USER, "replacesCallId": second}, {"identity": OTHER}
    assert invite(rig, first, *both) == (400, "8505")
