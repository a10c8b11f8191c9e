"""Graph's many spellings, and bytes that are not Graph's at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.call.commands import CreateCall, GetCall, Play, Request
from flowlang.call.facts import CallUpdated, Fact, Ignored, Incoming, OperationUpdated, RosterUpdated
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.wire.decode import decode_answer, decode_notification, diag_code, retry_after_seconds
from flowlang.wire.http import HttpResponse

URL = "/communications/calls/c1"


def notified(data: object, change: str = "updated", **item: object) -> Fact:
    body = {"value": [{"changeType": change, "resourceUrl": URL, "resourceData": data} | item]}
    (fact,) = decode_notification(json.dumps(body).encode(), 5, 2)
    return fact


def call(**members: object) -> dict[str, object]:
    return {"@odata.type": "#microsoft.graph.call", "state": "established"} | members


@pytest.mark.parametrize(
    "info",
    [
        {"code": 500, "subcode": 7000},
        {"code": 500, "subCode": 7000},
        {"code": "500", "subcode": "7000"},
        {"code": "500", "subCode": "7000", "@odata.type": "#microsoft.graph.resultInfo", "more": [1]},
    ],
)
def test_spellings_of_a_result(info: dict[str, object]) -> None:
    fact = notified(call(resultInfo=info | {"message": "m"}))
    assert fact == CallUpdated(5, 2, "c1", "established", Result(500, 7000, "m"))


def test_a_result_without_codes_is_none() -> None:
    assert notified(call(resultInfo={"message": "m"})) == CallUpdated(5, 2, "c1", "established")


@pytest.mark.parametrize(
    ("url", "call_id"),
    [
        ("/communications/calls/c1", "c1"),
        ("communications/calls/c1", "c1"),
        ("/app/calls/57DAB8B1", "57DAB8B1"),
        ("/Communications/Calls/c1/", "c1"),
        ("https://graph.microsoft.com/beta/communications/calls/c1", "c1"),
    ],
)
def test_spellings_of_the_url(url: str, call_id: str) -> None:
    fact = notified(call(), resourceUrl=url)
    assert isinstance(fact, CallUpdated)
    assert fact.call_id == call_id


def test_resource_alone_is_enough() -> None:
    body = {"value": [{"changeType": "updated", "resource": "/app/calls/c9", "resourceData": call()}]}
    assert decode_notification(json.dumps(body).encode(), 5) == [CallUpdated(5, -1, "c9", "established")]


@pytest.mark.parametrize(
    ("wire", "ours"),
    [("Established", "established"), ("TransferAccepted", "transferAccepted"), ("newState", "newState")],
)
def test_states(wire: str, ours: str) -> None:
    assert notified(call(state=wire)) == CallUpdated(5, 2, "c1", ours)


def test_deleted_is_over_whatever_the_state() -> None:
    assert notified({"@odata.type": "#microsoft.graph.call"}, "deleted") == CallUpdated(
        5, 2, "c1", "terminated", is_over=True
    )
    assert notified(call(state="terminated"), "Updated") == CallUpdated(5, 2, "c1", "terminated", is_over=True)


@pytest.mark.parametrize(
    ("wire", "key"),
    [("tone0", "0"), ("tone9", "9"), ("star", "star"), ("pound", "pound"), ("A", "a"), ("flash", "flash")],
)
def test_keys(wire: str, key: str) -> None:
    fact = notified(call(toneInfo={"sequenceId": "3", "tone": wire}))
    assert fact == CallUpdated(5, 2, "c1", "established", tone=key, tone_sequence=3)


@pytest.mark.parametrize("info", [{"tone": "tone77"}, [], "tone1", {}])
def test_a_broken_key_is_told(info: object) -> None:
    fact = notified(call(toneInfo=info))
    assert isinstance(fact, Ignored)
    assert "toneInfo" in fact.what


def test_audio() -> None:
    assert notified(call(mediaState={"audio": "Active"})) == CallUpdated(5, 2, "c1", "established", audio="active")


def test_a_type_that_is_missing_is_told_by_the_url() -> None:
    assert notified({"state": "established"}) == CallUpdated(5, 2, "c1", "established")
    fact = notified({"status": "Completed", "clientContext": "7"}, "deleted", resourceUrl=f"{URL}/operations/o1")
    assert fact == OperationUpdated(5, 2, "c1", "o1", "7", "completed")


def test_the_type_wins_over_a_wrong_url() -> None:
    data = {
        "@odata.type": "#microsoft.graph.playPromptOperation",
        "id": "o1",
        "status": "failed",
        "clientContext": "7",
        "resultInfo": {"code": 400, "subcode": 8508},
    }
    fact = notified(data, "deleted", resourceUrl=f"{URL}/participants")
    assert fact == OperationUpdated(5, 2, "c1", "o1", "7", "failed", Result(400, 8508))


def test_the_tenant_of_a_call_that_does_not_name_it_is_the_one_of_who_was_called() -> None:
    called = {"identity": {"applicationInstance": {"id": "i1", "tenantId": "t1"}}}
    caller = {"identity": {"user": {"id": "u1", "tenantId": "another"}}}
    fact = notified(call(state="incoming", source=caller, targets=[called]), "created")
    assert isinstance(fact, Incoming)
    assert fact.tenant_id == "t1"


def test_an_incoming_call() -> None:
    data = call(
        state="incoming",
        callChainId="chain",
        tenantId="t",
        myParticipantId="me",
        source={"identity": {"phone": {"id": "+4989123"}}, "region": "emea"},
        targets=[{"identity": {"applicationInstance": {"id": "i", "tenantId": "t"}}}],
    )
    caller = Party("phone", "+4989123", region="emea")
    called = Party("resource account", "i", "t")
    assert notified(data, "created") == Incoming(5, "c1", caller, called, "peer", "t", "chain", "me")
    group = notified(data | {"chatInfo": {"threadId": "x"}}, "created")
    assert isinstance(group, Incoming)
    assert group.kind == "group"


@pytest.mark.parametrize("source", [None, {}, {"identity": {"encrypted": {"id": "x"}}}, {"identity": []}, "alice"])
def test_a_hidden_caller_is_anonymous(source: object) -> None:
    fact = notified(call(state="incoming", source=source), "created")
    assert isinstance(fact, Incoming)
    assert fact.caller == Party("anonymous", "")


def test_a_roster() -> None:
    people = [
        {
            "@odata.type": "#microsoft.graph.participant",
            "id": "p1",
            "isMuted": True,
            "rosterSequenceNumber": 4,
            "info": {"identity": {"user": {"id": "u1", "displayName": "Alice"}}},
        },
        {"id": "p2", "info": {"identity": {"application": {"id": "a1"}}}},
    ]
    fact = notified(people, resourceUrl=f"{URL}/participants")
    assert isinstance(fact, RosterUpdated)
    assert fact.sequence == 4
    assert [one.party.kind for one in fact.participants] == ["user", "bot"]
    assert fact.participants[0].is_muted


def test_several_in_one_post_keep_their_order() -> None:
    items = [
        {"changeType": "updated", "resourceUrl": URL, "resourceData": call(state=s)}
        for s in ("establishing", "established")
    ]
    facts = decode_notification(json.dumps({"value": items}).encode(), 5)
    assert [fact.state for fact in facts if isinstance(fact, CallUpdated)] == ["establishing", "established"]


def test_a_broken_one_does_not_take_the_others_with_it() -> None:
    items = [
        3,
        {"changeType": "updated", "resourceUrl": URL, "resourceData": call(resultInfo=7)},
        {"changeType": "updated", "resourceUrl": URL, "resourceData": call()},
    ]
    kinds = [type(fact) for fact in decode_notification(json.dumps({"value": items}).encode(), 5)]
    assert kinds == [Ignored, Ignored, CallUpdated]


@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_an_empty_body_says_nothing(body: bytes) -> None:
    assert decode_notification(body, 5) == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"3", b"{}", b'{"value":3}', b"\xff\xfe", b'{"value":[{}]}', b'{"callState":"incoming"}']
)
def test_other_bytes_are_told(body: bytes) -> None:
    facts = decode_notification(body, 5)
    assert facts
    assert all(isinstance(fact, Ignored) for fact in facts)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "value",
                    "changeType",
                    "resourceUrl",
                    "resource",
                    "resourceData",
                    "@odata.type",
                    "state",
                    "resultInfo",
                    "code",
                    "subcode",
                    "toneInfo",
                    "tone",
                    "sequenceId",
                    "mediaState",
                    "audio",
                    "source",
                    "targets",
                    "identity",
                    "user",
                    "id",
                    "info",
                    "status",
                    "clientContext",
                    "error",
                    "message",
                    "participants",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)
TYPES = st.sampled_from(
    ["#microsoft.graph.call", "#microsoft.graph.participant", "#microsoft.graph.recordOperation", "x", ""]
)


@given(st.binary(max_size=60) | json_values.map(lambda v: json.dumps({"value": v}).encode()))
def test_nothing_raises(body: bytes) -> None:
    decode_notification(body, 5)
    decode_answer(Request(1, 0, "c", GetCall()), HttpResponse(200, (), body), 5)
    decode_answer(Request(1, 0, "c", GetCall()), HttpResponse(500, (), body), 5)


@given(
    json_values,
    TYPES,
    st.sampled_from(["created", "updated", "deleted", "x"]),
    st.sampled_from([URL, f"{URL}/participants", f"{URL}/operations/1", "", "/"]),
)
def test_nothing_inside_raises(data: object, kind: str, change: str, url: str) -> None:
    if isinstance(data, dict):
        data["@odata.type"] = kind
    item = {"changeType": change, "resourceUrl": url, "resourceData": data}
    assert len(decode_notification(json.dumps({"value": [item]}).encode(), 5)) == 1


# ---------------------------------------------------------------- answers

ASK = Request(7, 1, "c", GetCall())


def answer(status: int, body: object, request: Request = ASK):
    return decode_answer(request, HttpResponse(status, (), json.dumps(body).encode()), 5)


def test_no_answer() -> None:
    assert decode_answer(ASK, None, 5).status == 0


def test_a_call() -> None:
    request = Request(7, 1, "", CreateCall(Party("phone", "+49891")))
    told = answer(
        201, {"@odata.type": "#microsoft.graph.call", "id": "c7", "state": "Establishing", "resultInfo": None}, request
    )
    assert (told.call_id, told.state, told.result) == ("c7", "establishing", None)


def test_an_operation() -> None:
    request = Request(7, 1, "c", Play((), "7"))
    told = answer(200, {"id": "o7", "status": "Running", "clientContext": "7"}, request)
    assert (told.operation_id, told.operation_status) == ("o7", "running")


def test_a_roster_that_was_asked_for() -> None:
    told = answer(200, {"value": [{"id": "p1", "info": {"identity": {"user": {"id": "u"}}}}]})
    assert told.participants is not None
    assert told.participants[0].id == "p1"


@pytest.mark.parametrize(
    ("body", "subcode", "message"),
    [
        ({"error": {"code": "7505", "message": "mismatch"}}, 7505, "mismatch"),
        (
            {"error": {"code": "UnknownError", "message": '{"errorCode":"7503","message":"not registered"}'}},
            7503,
            "not registered",
        ),
        ({"error": {"code": "TooManyRequests", "message": "slow"}}, 0, "TooManyRequests: slow"),
        ({}, 0, ""),
        ([], 0, ""),
        ({"error": "no"}, 0, ""),
    ],
)
def test_errors(body: object, subcode: int, message: str) -> None:
    assert answer(403, body).result == Result(403, subcode, message)


def test_retry_after() -> None:
    assert retry_after_seconds(HttpResponse(429, (("retry-after", "12"),), b"")) == 12
    assert retry_after_seconds(HttpResponse(429, (("Retry-After", "Wed, 21 Oct"),), b"")) is None
    assert retry_after_seconds(HttpResponse(429, (), b"")) is None


def test_diag_codes() -> None:
    assert diag_code("The conversation has ended. DiagCode: 0#5002.@") == (0, 5002)
    assert diag_code("addParticipants failed. DiagCode: 412#10073") == (412, 10073)
    assert diag_code("nothing of that kind") is None
    assert diag_code("DiagCode: x#y") is None
