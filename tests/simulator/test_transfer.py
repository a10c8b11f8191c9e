"""call: transfer, against the page's own notifications, and what the page leaves open."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowlang.simulator.values import Failed, Knobs, Outcome, Profile, Rings, Silent, Success
from tests.simulator.rig import ACCOUNT, CALLER, OTHER, PHONE, THIRD, USER, Json, Rig, create_body, states

PAYLOADS = Path(__file__).parents[1] / "wire" / "payloads" / "transfer"
SOURCE = {"identity": ACCOUNT}
EXAMPLES = ("1-blind", "2-consultative", "3-pstn", "4-consultative-pstn", "5-group")
FAILED: dict[str, Outcome] = {name: Failed(500, 7700 if "consult" in name else 7000, "<message>") for name in EXAMPLES}


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def with_id(item: Json, call_id: str) -> Json:
    return {**item, "resourceUrl": f"/communications/calls/{call_id}"}


def start(rig: Rig, example: str, outcome: Outcome) -> str:
    """Send an example's own request, on calls that fit it."""
    body = payload(f"{example}.request")
    replaced = ""
    if "consultative" in example:
        replaced = rig.called(PHONE if "pstn" in example else USER, source=SOURCE)
        body["transferTarget"]["replacesCallId"] = replaced
    call_id = rig.answered(source=OTHER, participants=[THIRD]) if "group" in example else rig.answered()
    if "group" in example:
        body["transferee"]["participantId"] = rig.participants(call_id)[0]
    response = rig.post(f"/{call_id}/transfer", body, outcome)
    assert (response.status, response.body) == (202, b"")
    return call_id


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("end", ["completed", "failed"])
def test_notifications_are_those_of_the_page(example: str, end: str) -> None:
    rig = Rig("docs")
    call_id = start(rig, example, Success() if end == "completed" else FAILED[example])
    came = [item for item in rig.wait(10_000) if call_id in item["resourceUrl"]]
    wanted = [with_id(payload(f"{example}.{what}")["value"][0], call_id) for what in ("transferring", "accepted", end)]
    assert came == wanted
    assert (call_id in rig.graph.legs_up()) is (end == "failed")


@pytest.mark.parametrize("is_on_caller", [True, False])
def test_consultative_either_way_ends_both_legs(is_on_caller: bool) -> None:
    rig = Rig("docs")
    caller, consulted = rig.answered(), rig.called(USER, source=SOURCE)
    subject, replaced, target = (caller, consulted, USER) if is_on_caller else (consulted, caller, CALLER)
    body = {"transferTarget": {"identity": target, "replacesCallId": replaced}}
    assert rig.post(f"/{subject}/transfer", body).status == 202
    items = rig.wait(5_000)
    assert subject not in rig.graph.legs_up()
    assert replaced not in rig.graph.legs_up()
    last = {i["resourceUrl"].rpartition("/")[2]: i["resourceData"] for i in items if i["changeType"] == "deleted"}
    assert set(last) == {subject, replaced}
    assert last[subject]["terminationReason"] == "AppTransferred"
    assert "resultInfo" not in last[subject]
    assert last[replaced]["resultInfo"]["subcode"] == 5001


@pytest.mark.parametrize("case", ["unknown", "ended", "group", "ringing", "self", "other party"])
def test_the_call_to_replace_must_be_a_live_leg_with_the_target(case: str) -> None:
    rig = Rig("docs")
    subject = rig.answered()
    replaced, target = "e5d39592-99bd-4db8-bca8-30fb894ec51d", USER
    if case in ("ended", "other party"):
        replaced = rig.called(USER)
    if case == "ended":
        rig.graph.hang_up(replaced, rig.now_ms)
    if case == "other party":
        target = OTHER
    if case == "group":
        replaced = rig.called(USER, OTHER)
    if case == "ringing":
        replaced = json.loads(rig.post("", create_body(USER)).body)["id"]
    if case == "self":
        replaced, target = subject, CALLER
    body = {"transferTarget": {"identity": target, "replacesCallId": replaced}}
    assert rig.code("POST", f"/{subject}/transfer", body) == (404, "10202")
    assert rig.state(subject) == "established"


@pytest.mark.parametrize(
    ("transferee", "code"),
    [(None, "8523"), ({"identity": USER}, "8558"), ({"identity": OTHER, "participantId": "nobody"}, "8558"),
     ({"identity": OTHER}, "")],
)  # fmt: skip
def test_a_group_transfer_needs_somebody_of_the_roster(transferee: Json | None, code: str) -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    body = {"transferTarget": {"identity": USER}, **({"transferee": transferee} if transferee else {})}
    assert rig.code("POST", f"/{call_id}/transfer", body)[1] == code


def test_failure_without_acceptance() -> None:
    rig = Rig("docs")
    start(rig, "1-blind", Failed(500, 7000, is_accepted=False))
    assert states(rig.wait(5_000)) == [("updated", "transferring"), ("updated", "established")]


def test_after_a_failure_it_can_be_tried_again() -> None:
    rig = Rig("docs")
    call_id = start(rig, "1-blind", Failed(500, 7000))
    rig.wait(5_000)
    assert rig.post(f"/{call_id}/transfer", {"transferTarget": {"identity": USER}}).status == 202
    assert states(rig.wait(5_000))[-1] == ("deleted", "terminated")


@pytest.mark.parametrize(
    ("outcome", "last", "after_ms"), [(Rings(), "established", 60_000), (Silent(), "transferAccepted", 200)]
)
def test_transfers_that_nobody_answers(outcome: Outcome, last: str, after_ms: int) -> None:
    rig = Rig("docs")
    begun_ms = rig.now_ms
    call_id = start(rig, "1-blind", outcome)
    sent_ms = rig.now_ms
    rig.wait(600_000)
    about = [(at_ms, item) for at_ms, item in rig.seen if at_ms > begun_ms and call_id in item["resourceUrl"]]
    assert about[-1][1]["resourceData"]["state"] == last
    assert after_ms <= about[-1][0] - sent_ms < after_ms + 100


def test_the_caller_hangs_up_while_it_runs() -> None:
    rig = Rig("docs")
    call_id = start(rig, "1-blind", Success())
    rig.wait(500)
    rig.graph.hang_up(call_id, rig.now_ms)
    items = rig.wait(60_000)
    assert [item["resourceData"].get("resultInfo", {}).get("subcode") for item in items] == [4521]


def test_the_consulted_person_hangs_up_while_it_runs() -> None:
    rig = Rig("docs")
    call_id = start(rig, "2-consultative", Success())
    rig.wait(300)
    consulted = next(leg for leg in rig.graph.legs_up() if leg != call_id)
    rig.graph.hang_up(consulted, rig.now_ms)
    data = [i["resourceData"] for i in rig.wait(60_000) if call_id in i["resourceUrl"]]
    assert [(d["state"], d["resultInfo"]["subCode"]) for d in data] == [("established", 7700)]


@pytest.mark.parametrize(("profile", "code", "name"), [("docs", 0, "subCode"), ("live", 200, "subcode")])
def test_spelling_by_profile(profile: Profile, code: int, name: str) -> None:
    rig = Rig(profile)
    start(rig, "1-blind", Success())
    last = rig.wait(5_000)[-1]["resourceData"]["resultInfo"]
    assert (last["code"], last["subcode"]) == (code, 7015)
    failing = Rig(profile)
    start(failing, "1-blind", Failed(500, 7000))
    infos = [i["resourceData"].get("resultInfo") for i in failing.wait(5_000)]
    assert [info[name] for info in infos if info] == [7000]


def test_live_sound_goes_and_comes_back() -> None:
    rig = Rig("live")
    start(rig, "1-blind", Failed(500, 7000))
    sounds = [i["resourceData"]["mediaState"]["audio"] for i in rig.wait(5_000) if "mediaState" in i["resourceData"]]
    assert sounds == ["inactive", "active"]


@pytest.mark.parametrize(
    ("target", "answer"),
    [({}, (400, "8523")), ({"user": {"id": ""}}, (400, "8523")), ({"phone": {"id": "0301234"}}, (400, "8523")),
     ({"user": {"id": "x", "tenantId": "f0000000-0000-4000-8000-000000000000"}}, (403, "7505")), (PHONE, (202, ""))],
)  # fmt: skip
def test_targets(target: Json, answer: tuple[int, str]) -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    assert rig.code("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": target}}) == answer


def test_a_number_needs_a_resource_account() -> None:
    rig = Rig("docs")
    call_id = rig.called(USER)
    assert rig.code("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": PHONE}}) == (403, "7507")
    from_account = rig.called(USER, source=SOURCE)
    assert rig.code("POST", f"/{from_account}/transfer", {"transferTarget": {"identity": PHONE}})[0] == 202


def test_what_a_replaced_leg_ends_with_is_a_knob() -> None:
    rig = Rig("docs", Knobs(ends_replaced_with=(200, 7015)))
    start(rig, "2-consultative", Success())
    infos = [item["resourceData"].get("resultInfo") for item in rig.wait(5_000)]
    assert [info["subcode"] for info in infos if info] == [7015]
