"""Requests as HTTP: every act, both versions, both bases."""

import json
from typing import Any, get_args

import pytest

from flowlang.call import commands as c
from flowlang.call.party import Party
from flowlang.wire.encode import PromptFile, Site, encode, operation_of
from flowlang.wire.http import header

ALICE = Party("user", "u1", "t1", "Alice", language="en-us", region="amer")
CAROL = Party("phone", "+4989777777")
HOLD = c.Prompt("file", "hold.wav")
SITE = Site(
    "https://bot.example/callback",
    "s1",
    "t1",
    "a1",
    "i1",
    "chain",
    prompts={HOLD: PromptFile("https://bot.example/p/1.wav", "g1")},
)
V1 = SITE._replace(graph_version="v1.0")


def sent(act: c.Act, site: Site = SITE, call_id: str = "c1") -> tuple[str, str, Any]:
    request = encode(c.Request(3, 2, call_id, act), site)
    return request.method, request.path, json.loads(request.body) if request.body else None


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != "@odata.type"}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


CASES: list[tuple[c.Act, str, str, Any]] = [
    (
        c.Answer(),
        "POST",
        "/c1/answer",
        {"callbackUri": "https://bot.example/callback/s1/2", "mediaConfig": {}, "acceptedModalities": ["audio"]},
    ),
    (c.Reject("busy"), "POST", "/c1/reject", {"reason": "busy"}),
    (
        c.Redirect((CAROL,), 30),
        "POST",
        "/c1/redirect",
        {
            "targets": [{"identity": {"phone": {"id": "+4989777777"}}}],
            "timeout": 30,
            "callbackUri": "https://bot.example/callback/s1/2",
        },
    ),
    (c.HangUp(), "DELETE", "/c1", None),
    (c.GetCall(), "GET", "/c1", None),
    (c.KeepAlive(), "POST", "/c1/keepAlive", None),
    (c.SubscribeToTone("3"), "POST", "/c1/subscribeToTone", {"clientContext": "3"}),
    (c.CancelMedia("3"), "POST", "/c1/cancelMediaProcessing", {"clientContext": "3"}),
    (c.Mute("3"), "POST", "/c1/mute", {"clientContext": "3"}),
    (c.Unmute("3"), "POST", "/c1/unmute", {"clientContext": "3"}),
    (c.RemoveParticipant("p:1"), "DELETE", "/c1/participants/p%3A1", None),
    (c.HoldParticipant("p1", "3"), "POST", "/c1/participants/p1/startHoldMusic", {"clientContext": "3"}),
    (c.ResumeParticipant("p1", "3"), "POST", "/c1/participants/p1/stopHoldMusic", {"clientContext": "3"}),
    (c.ListParticipants(), "GET", "/c1/participants", None),
    (c.GetOperation("o1"), "GET", "/c1/operations/o1", None),
    (
        c.Invite(ALICE, "3", "c9"),
        "POST",
        "/c1/participants/invite",
        {
            "participants": [
                {"identity": {"user": {"id": "u1", "tenantId": "t1", "displayName": "Alice"}}, "replacesCallId": "c9"}
            ],
            "clientContext": "3",
        },
    ),
    (
        c.Play((HOLD,), "3"),
        "POST",
        "/c1/playPrompt",
        {"clientContext": "3", "prompts": [{"mediaInfo": {"uri": "https://bot.example/p/1.wav", "resourceId": "g1"}}]},
    ),
    (
        c.CreateCall(ALICE, 20, True),
        "POST",
        "",
        {
            "callbackUri": "https://bot.example/callback/s1/2",
            "targets": [{"identity": {"user": {"id": "u1", "tenantId": "t1", "displayName": "Alice"}}}],
            "requestedModalities": ["audio"],
            "mediaConfig": {},
            "tenantId": "t1",
            "ringingTimeoutInSeconds": 20,
            "routingPolicies": ["disableForwarding"],
        },
    ),
]


@pytest.mark.parametrize(("act", "method", "tail", "body"), CASES, ids=[operation_of(case[0]) for case in CASES])
def test_act(act: c.Act, method: str, tail: str, body: Any) -> None:
    got = sent(act)
    assert got[:2] == (method, f"/beta/communications/calls{tail}")
    assert plain(got[2]) == body


def test_every_act_has_a_name_and_an_encoder() -> None:
    for act in get_args(c.Act):
        assert operation_of(act.__new__(act, *["x"] * len(act._fields)))
    assert {type(case[0]) for case in CASES} | {c.Transfer, c.JoinMeeting, c.RecordResponse} == set(get_args(c.Act))


def test_a_number_is_called_from_the_resource_account() -> None:
    body = plain(sent(c.CreateCall(CAROL))[2])
    assert body["source"] == {"identity": {"applicationInstance": {"id": "i1", "tenantId": "t1"}}}
    assert body["targets"] == [{"identity": {"phone": {"id": "+4989777777"}}}]


def test_what_only_beta_has() -> None:
    body = sent(c.CreateCall(ALICE, 20, True), V1)[2]
    assert "routingPolicies" not in body
    assert "ringingTimeoutInSeconds" not in body
    assert sent(c.Play((HOLD,), "3", loop=True))[2]["loop"] is True
    v1 = sent(c.Play((HOLD, HOLD, HOLD), "3", loop=True), V1)[2]
    assert "loop" not in v1
    assert len(v1["prompts"]) == 18


def test_both_bases() -> None:
    site = V1._replace(base="/app/calls")
    assert sent(c.HangUp(), site)[1] == "/v1.0/app/calls/c1"
    assert sent(c.HangUp(), call_id="a;b")[1] == "/beta/communications/calls/a%3Bb"


def test_a_contact_without_a_tenant_has_the_call_s() -> None:
    body = plain(sent(c.Transfer(Party("user", "u2")))[2])
    assert body["transferTarget"]["identity"]["user"] == {"id": "u2", "tenantId": "t1"}


@pytest.mark.parametrize(
    ("party", "member"),
    [
        (ALICE, "user"),
        (CAROL, "phone"),
        (Party("resource account", "q"), "applicationInstance"),
        (Party("bot", "b"), "application"),
    ],
)
def test_kinds_of_targets(party: Party, member: str) -> None:
    assert list(plain(sent(c.Transfer(party))[2])["transferTarget"]["identity"]) == [member]


def test_a_consultative_transfer_can_be_posted_on_the_consult_leg() -> None:
    """As the SDK's article has it: the caller is the target, and the caller's leg is replaced (B8)."""
    consultative = c.Transfer(ALICE, "c2")
    assert sent(consultative)[1] == "/beta/communications/calls/c1/transfer"
    site = SITE._replace(consultative_on="consult", caller=Party("user", "u9"))
    _, path, body = sent(consultative, site)
    assert path == "/beta/communications/calls/c2/transfer"
    target = plain(body["transferTarget"])
    assert (target["identity"], target["replacesCallId"]) == ({"user": {"id": "u9", "tenantId": "t1"}}, "c1")
    assert sent(c.Transfer(ALICE), site) == sent(c.Transfer(ALICE))  # a blind one has one leg only
    for caller in (CAROL, Party("anonymous", ""), None):
        assert sent(consultative, site._replace(caller=caller)) == sent(consultative)


def test_voicemail() -> None:
    body = sent(c.Transfer(ALICE._replace(endpoint="voicemail")))[2]
    assert body["transferTarget"]["endpointType"] == "voicemail"


def test_recording() -> None:
    body = sent(c.RecordResponse(60, "3"))[2]
    assert body["maxRecordDurationInSeconds"] == 60
    assert body["clientContext"] == "3"


def test_joining_a_meeting() -> None:
    method, path, body = sent(c.JoinMeeting("https://teams.example/meet"))
    assert (method, path) == ("POST", "/beta/communications/calls")
    assert body["meetingInfo"]["@odata.type"] == "#microsoft.graph.tokenMeetingInfo"


def test_headers() -> None:
    request = encode(c.Request(3, 2, "c1", c.Mute("3")), SITE)
    assert header(request, "Content-Type") == "application/json"
    assert header(request, "client-request-id") == "s1-3"
    assert header(request, "scenario-id") == "chain"
    assert header(encode(c.Request(3, 2, "c1", c.HangUp()), SITE), "content-type") is None


def test_the_same_bytes_every_time() -> None:
    assert encode(c.Request(3, 2, "c1", c.Transfer(ALICE)), SITE) == encode(
        c.Request(3, 2, "c1", c.Transfer(ALICE)), SITE
    )
