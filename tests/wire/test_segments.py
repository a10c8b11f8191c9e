"""Ids of others in addresses and names of files: whatever they are, nothing else is addressed."""

import json
import os
from pathlib import Path

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.call import commands as c
from flowlang.call.facts import CallUpdated, Ignored, Incoming, OperationUpdated, RequestAnswered, RosterUpdated
from flowlang.call.party import Participant, Party
from flowlang.call.session import Leg, Session
from flowlang.prompts.recordings import name_of
from flowlang.runtime.intake import NEW_CALLS, address_of, arrivals_at
from flowlang.runtime.near_tokens import NearTokens
from flowlang.runtime.outgoing import Place, by_name
from flowlang.runtime.tokens import TokenError
from flowlang.runtime.transport import PlainTokens, Transport
from flowlang.tools.calls_http import as_segment, call_path
from flowlang.tools.options import UsageError
from flowlang.wire.decode import decode_answer, decode_notification
from flowlang.wire.encode import Site, encode
from flowlang.wire.http import HttpResponse
from flowlang.wire.segments import UnsafeIdError, is_call_id, is_segment, segment

GUID = "57dab8b1-894c-409a-b240-bd8beae78896"
GOOD = (
    GUID,
    GUID.upper(),
    GUID.replace("-", "").upper(),
    "0fe0623f-d628-42ed-b4bd-8ac290072cc5",
    "call-one",
    "c0",
    "a.b_c=",
)
BAD = (
    "../../users", "a/b", "a?x=1", "%2e%2e", "%2F", "", ".", "..", "a" * 10_000, "a\nb", "a\x00", "a b", "a#b", "a\\b",
    "a\r\nHost: evil", "/", "//evil.example", "ä", "\u202e", "a%", "\ud800", "a;/../b", "..%2f..",
)  # fmt: skip
SITE = Site("https://bot.example/callback", "s1", "t1")
BOB = Participant("x", Party("user", "u"))


@pytest.mark.parametrize("text", GOOD)
def test_ids_of_graph_are_taken(text: str) -> None:
    assert is_call_id(text)
    assert is_segment(text)
    assert httpx.URL(f"https://g/{segment(text)}").path == f"/{text}"


@pytest.mark.parametrize("text", BAD)
def test_what_leads_elsewhere_is_none(text: str) -> None:
    assert not is_call_id(text)
    assert not is_segment(text)
    with pytest.raises(UnsafeIdError):
        segment(text)


def acts(text: str) -> list[tuple[str, c.Act, list[str]]]:
    """The id of the call, an act, and what stands behind the address of all calls."""
    return [
        (text, c.HangUp(), [text]),
        (text, c.GetCall(), [text]),
        (text, c.Answer(), [text, "answer"]),
        ("c1", c.RemoveParticipant(text), ["c1", "participants", text]),
        ("c1", c.HoldParticipant(text, "7"), ["c1", "participants", text, "startHoldMusic"]),
        ("c1", c.ResumeParticipant(text, "7"), ["c1", "participants", text, "stopHoldMusic"]),
        ("c1", c.GetOperation(text), ["c1", "operations", text]),
    ]


ANY_ID = st.one_of(
    st.sampled_from((*GOOD, *BAD)), st.text(max_size=40), st.text(alphabet="./%\\?#;:@=a2eEfF~", max_size=12)
)


@given(ANY_ID)
def test_an_id_never_changes_what_a_request_is_for(text: str) -> None:
    """As the client library sends it, and as a server reads it."""
    for call_id, act, parts in acts(text):
        try:
            path = encode(c.Request(1, 0, call_id, act), SITE).path
        except UnsafeIdError:
            assert not is_segment(text)
            continue
        url = httpx.URL(f"https://graph.example{path}")
        assert url.host == "graph.example"
        assert not url.query
        assert url.path.split("/") == ["", "beta", "communications", "calls", *parts]
        assert len(url.raw_path.decode().split("/")) == 4 + len(parts)


@given(ANY_ID)
def test_an_id_never_changes_our_own_address(text: str) -> None:
    try:
        uri = SITE._replace(session_id=text).callback_uri(3)
    except UnsafeIdError:
        assert not is_segment(text)
        return
    path = httpx.URL(uri).path
    assert path == f"/callback/{text}/3"
    if is_call_id(text):
        assert address_of(path) == (text, 3)


@given(ANY_ID)
def test_an_address_of_ours_names_a_call_or_nothing(text: str) -> None:
    found = address_of(f"/callback/{text}/3")
    assert found is None or found == (text, 3)
    assert found is None or is_call_id(text)


def notified(text: object, where: str) -> bytes:
    data: dict[str, object] = {"@odata.type": "#microsoft.graph.call", "state": "incoming"}
    item: dict[str, object] = {"changeType": "created", "resourceData": data}
    if where == "id":
        data["id"] = text
    else:
        item[where] = f"/communications/calls/{text}" if where == "resource" else f"/app/calls/{text}"
    return json.dumps({"value": [item]}).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("where", ["resource", "resourceUrl", "id"])
@pytest.mark.parametrize("text", BAD)
def test_no_call_begins_by_such_an_id(text: str, where: str) -> None:
    body = notified(text, where)
    for fact in decode_notification(body, 0):
        assert isinstance(fact, Ignored | Incoming)
        assert isinstance(fact, Ignored) or is_call_id(fact.call_id)
        assert isinstance(fact, Ignored) or fact.call_id in (
            "a",
            "b",
        )  # what stands before or behind a slash is another id
    assert all(is_call_id(one.call_id) for one in arrivals_at(NEW_CALLS, "m", body, 0))


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("where", ["resource", "resourceUrl", "id"])
def test_a_call_begins_by_an_id_of_graph(text: str, where: str) -> None:
    (fact,) = decode_notification(notified(text, where), 0)
    assert isinstance(fact, Incoming)
    assert fact.call_id == text


@given(ANY_ID)
def test_no_fact_holds_an_id_that_leads_elsewhere(text: str) -> None:
    person = {"@odata.type": "#microsoft.graph.participant", "id": text, "info": {"identity": {"user": {"id": text}}}}
    operation = {"@odata.type": "#microsoft.graph.playPromptOperation", "id": text, "status": "completed"}
    call = {"@odata.type": "#microsoft.graph.call", "id": text, "state": "established"}
    items = [
        {"resource": f"/app/calls/{text}/operations/{text}", "resourceData": {**operation, "clientContext": "7"}},
        {"resource": f"/app/calls/{text}/participants", "resourceData": [person]},
        {"resource": f"/app/calls/{GUID}", "resourceData": call},
    ]
    for fact in decode_notification(json.dumps({"value": items}).encode("utf-8", "surrogatepass"), 0, 1):
        match fact:
            case OperationUpdated():
                assert all(not one or is_call_id(one) for one in (fact.call_id, fact.operation_id))
            case RosterUpdated():
                assert all(not one.id or is_segment(one.id) for one in fact.participants)
            case CallUpdated():
                assert is_call_id(fact.call_id)
            case _:
                assert isinstance(fact, Ignored)
    for document in ({"id": text, "state": "establishing"}, {"id": text, "status": "running", "clientContext": "7"}):
        answer = decode_answer(
            c.Request(1, 0, "", c.HangUp()),
            HttpResponse(201, (), json.dumps(document).encode("utf-8", "surrogatepass")),
            0,
        )
        assert isinstance(answer, RequestAnswered)
        assert all(not one or is_call_id(one) for one in (answer.call_id, answer.operation_id))


@pytest.mark.parametrize("text", BAD)
def test_what_is_stored_already_is_never_sent_elsewhere(text: str) -> None:
    """A session of an earlier release, which took every id."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(204)

    async def token(_tenant: str) -> str:
        return "Bearer x"

    async def send() -> int:
        place = Place("https://bot.example/callback", by_name("https://bot.example/prompts"))
        session = Session("s1", "", legs=(Leg(0, "", text, "established", None),))
        heard: list[str] = []
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            from flowlang.runtime.limits import Limits
            from flowlang.runtime.transport import Around

            around = Around(Limits(lambda: 0.0), lambda: 0, heard.append)
            transport = Transport(client, "https://graph.example", place, PlainTokens(token), {}, around)
            status = (await transport.carry(session, c.Request(1, 0, text, c.HangUp()))).status
        assert "is no id that can stand in an address" in heard[0]
        return status

    assert anyio.run(send) == 400
    assert asked == []


@pytest.mark.parametrize("tenant", ["../../x", "a/b", "a?b", "%2e%2e", "..", "a" * 101, "a\nb"])
def test_a_secret_goes_to_the_login_of_a_tenant_and_nowhere_else(tenant: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"access_token": "x"})

    async def get() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            await NearTokens(client, "http://127.0.0.1:1", "a", "secret").header(tenant)

    with pytest.raises(TokenError, match="is no tenant"):
        anyio.run(get)
    assert asked == []


@given(ANY_ID, ANY_ID)
def test_a_recording_lies_in_its_folder_and_two_calls_have_two(one: str, two: str) -> None:
    names = [name_of(text, "7") for text in (one, two)]
    for name in names:
        assert os.path.basename(name) == name
        assert not name.startswith(".")
        assert len(name) <= 200
        assert (Path("/folder") / name).resolve().parent == Path("/folder")
    if is_call_id(one) and is_call_id(two) and one != two:
        assert names[0] != names[1]


@given(ANY_ID)
def test_what_is_typed_is_one_part_of_a_path(text: str) -> None:
    try:
        path = call_path(text, "/ladder")
    except UsageError:
        assert text in ("", ".", "..")
        return
    assert path.startswith("/v1/calls/")
    assert path.count("/") == 4
    assert not set(path) & set("?#\\ \r\n")
    assert as_segment("a/b") == "a%2Fb"
