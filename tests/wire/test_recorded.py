"""Tokens of recordings are taken out of what Graph sends."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.call.facts import Ignored, OperationUpdated
from flowlang.wire.decode import decode_notification
from flowlang.wire.recorded import NO_JSON, Recorded, folded, taken_apart

OPERATION = {
    "@odata.type": "#microsoft.graph.recordOperation",
    "id": "0fe0623f-d628-42ed-b4bd-8ac290072cc5",
    "clientContext": "7",
    "status": "completed",
    "resultInfo": {"code": 200, "subcode": 8515, "message": "Action completed, max record duration reached."},
    "recordingLocation": "https://file.example/17e3b46c",
    "recordingAccessToken": "t0p-s3cret",
}
ID = "0fe0623fd62842edb4bd8ac290072cc5"
URL = "/communications/calls/57DAB8B1894C409AB240BD8BEAE78896/operations/0FE0623FD62842EDB4BD8AC290072CC5"


def notification(**changes: object) -> bytes:
    item = {"changeType": "deleted", "resourceUrl": URL, "resourceData": {**OPERATION, **changes}}
    return json.dumps({"value": [{"changeType": "updated"}, item]}).encode()


def test_a_notification_loses_token_and_location_and_nothing_else() -> None:
    body, found = taken_apart(notification())
    call_id = "57DAB8B1894C409AB240BD8BEAE78896"
    assert found == (Recorded(ID, "https://file.example/17e3b46c", "t0p-s3cret", "7", call_id),)
    assert b"s3cret" not in body
    assert b"file.example" not in body
    assert decode_notification(body, 1) == decode_notification(notification(), 1)
    assert isinstance(decode_notification(body, 1)[1], OperationUpdated)


def test_an_answer_that_brings_the_operation() -> None:
    body, found = taken_apart(json.dumps(OPERATION).encode())
    assert [one[:4] for one in found] == [(ID, "https://file.example/17e3b46c", "t0p-s3cret", "7")]
    assert b"s3cret" not in body


def test_without_an_id_the_url_tells_it() -> None:
    _, found = taken_apart(notification(id=None))
    assert [one.operation_id for one in found] == [ID]


@pytest.mark.parametrize(
    "changes", [{"recordingLocation": ""}, {"recordingLocation": None}, {"recordingAccessToken": ""}]
)
def test_what_cannot_be_fetched_is_not_found(changes: dict[str, object]) -> None:
    body, found = taken_apart(notification(**changes))
    assert found == ()
    assert b"s3cret" not in body


def test_another_way_to_write_it() -> None:
    body = notification().replace(b"recordingAccessToken", b"RecordingAccessToken")
    without, found = taken_apart(body)
    assert len(found) == 1
    assert b"s3cret" not in without


def test_all_else_comes_back_untouched() -> None:
    body = b'{"value": [ {"resourceData": {"id": "x"}} ]}'
    assert taken_apart(body).body is body


@pytest.mark.parametrize(
    "body", [b'{"recordingAccessToken": "s3cret"', b"[" * 100_000 + b'"recordingAccessToken s3cret"']
)
def test_what_is_no_json_is_not_kept_at_all(body: bytes) -> None:
    assert taken_apart(body) == (NO_JSON, ())
    assert isinstance(decode_notification(NO_JSON, 1)[0], Ignored)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("s3cret"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "value", "resourceUrl", "recordingLocation", "resourceData"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_form_of_json_lets_a_token_through(inner: object) -> None:
    body = json.dumps(
        {"value": inner, "more": [{"recordingAccessToken": "t0ken", "id": inner, "recordingLocation": inner}]}
    )
    assert b"t0ken" not in taken_apart(body.encode()).body


def test_ids_are_compared_without_dashes() -> None:
    assert folded("0FE0-62") == folded("0fe062")
