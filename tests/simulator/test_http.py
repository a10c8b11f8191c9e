"""Paths, tokens, bodies, refusals: what Graph says before it looks at the call."""

import json
from typing import Any

import pytest

from flowlang.simulator.token import bearer
from flowlang.simulator.values import Cut, Failed, Knobs, Outcome, Refused, Throttled
from flowlang.wire.http import HttpRequest
from tests.simulator.rig import APP, OTHER, PLAY, TENANT, THIRD, USER, Rig, create_body


@pytest.mark.parametrize("root", ["/v1.0/communications/calls", "/beta/app/calls", "/V1.0/Communications/CALLS"])
@pytest.mark.parametrize("action", ["keepAlive", "keepalive", "microsoft.graph.keepAlive", "Microsoft.Graph.KEEPALIVE"])
def test_spellings_of_a_path(root: str, action: str) -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    assert rig.code("POST", f"/{call_id.upper()}/{action}", root=root) == (200, "")


def test_qualified_actions_of_participants() -> None:
    rig = Rig("docs")
    call_id = rig.at_stage("group")
    body = {"participants": [{"identity": USER}]}
    assert rig.code("POST", f"/{call_id}/participants/microsoft.graph.invite", body) == (200, "")


@pytest.mark.parametrize(
    ("method", "tail", "status"),
    [("POST", "/x/dance", 400), ("GET", "/x/answer", 405), ("PUT", "", 405), ("PATCH", "/x", 405),
     ("POST", "/x/participants/p/dance", 400), ("POST", "/x/answer/more", 400), ("GET", "/x", 404)],
)  # fmt: skip
def test_paths_that_lead_nowhere(method: str, tail: str, status: int) -> None:
    assert Rig("docs").code(method, tail)[0] == status


@pytest.mark.parametrize("root", ["/v2.0/communications/calls", "/v1.0/phones/calls", "/"])
def test_roots_that_lead_nowhere(root: str) -> None:
    assert Rig("docs").code("GET", "/x", root=root) == (400, "BadRequest")


@pytest.mark.parametrize("token", ["", "Bearer abc", "Basic sim.x", "Bearer sim.!!", "Bearer sim.W10"])
def test_tokens(token: str) -> None:
    rig = Rig("docs")
    rig.token = token
    assert rig.code("GET", "/x") == (401, "InvalidAuthenticationToken")


def test_tokens_can_be_left_out_by_a_knob() -> None:
    rig = Rig("docs", Knobs(needs_token=False))
    rig.token = ""
    assert rig.code("GET", "/x") == (404, "8522")


def test_calls_of_others_are_unknown_and_other_tenants_are_refused() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    rig.token = bearer(TENANT, "f0000000-0000-4000-8000-00000000000f")
    assert rig.code("GET", f"/{call_id}") == (404, "8522")
    rig.token = bearer("f0000000-0000-4000-8000-00000000000f", APP)
    assert rig.code("GET", f"/{call_id}") == (403, "7505")


@pytest.mark.parametrize(
    ("role", "stage", "method", "tail", "body"),
    [
        ("Calls.Initiate.All", "peer", "POST", "transfer", {"transferTarget": {"identity": USER}}),
        ("Calls.Initiate.All", "incoming", "POST", "redirect", {"targets": [{"identity": USER}]}),
        ("Calls.AccessMedia.All", "peer", "POST", "recordResponse", {}),
        ("Calls.AccessMedia.All", "peer", "POST", "subscribeToTone", {}),
        ("Calls.InitiateGroupCall.All", "group", "POST", "participants/invite", {"participants": [{"identity": USER}]}),
    ],
)
def test_roles(role: str, stage: str, method: str, tail: str, body: Any) -> None:
    rig = Rig("docs")
    call_id = rig.at_stage(stage)
    rig.without_role(role)
    assert rig.code(method, f"/{call_id}/{tail}", body) == (403, "7504")
    rig.roles(role)
    assert rig.code(method, f"/{call_id}/{tail}", body)[0] < 300


def test_roles_of_create_and_group_answers() -> None:
    rig = Rig("docs")
    rig.without_role("Calls.Initiate.All")
    assert rig.code("POST", "", create_body(USER)) == (403, "7504")
    assert rig.code("POST", "", create_body(USER, OTHER)) == (201, "")
    rig.roles("Calls.Initiate.All")
    call_id = rig.incoming(participants=[THIRD])
    from tests.simulator.rig import ANSWER

    assert rig.code("POST", f"/{call_id}/answer", ANSWER) == (403, "7504")


@pytest.mark.parametrize(
    ("body", "answer"),
    [(b"{", (400, "BadRequest")), (b"[]", (400, "BadRequest")), (b"\xff", (400, "BadRequest")),
     (b"[" * 100_000, (400, "BadRequest")),
     (b'{"a":' * 200 + b"1" + b"}" * 200, (400, "BadRequest")),
     (b'{"prompts": NaN}', (400, "BadRequest")), ({**PLAY, "volume": 1}, (400, "BadRequest")),
     ({**PLAY, "@odata.type": "x"}, (200, ""))],
)  # fmt: skip
def test_bodies(body: Any, answer: tuple[int, str]) -> None:
    rig = Rig("docs")
    assert rig.code("POST", f"/{rig.answered()}/playPrompt", body) == answer


def test_a_body_needs_its_content_type() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    request = HttpRequest(
        "POST",
        f"/v1.0/communications/calls/{call_id}/playPrompt",
        (("Authorization", rig.token),),
        json.dumps(PLAY).encode(),
    )
    response = rig.graph.request(request, rig.now_ms)
    assert response is not None
    assert response.status == 415


def test_errors_have_graphs_shape() -> None:
    response = Rig("docs").send("GET", "/x")
    assert response is not None
    error = json.loads(response.body)["error"]
    assert (error["code"], error["message"]) == ("8522", "Call not found.")
    assert error["innerError"]["client-request-id"] == "r1"
    headers = dict(response.headers)
    assert headers["client-request-id"] == "r1"
    assert error["innerError"]["request-id"] == headers["request-id"]
    assert error["innerError"]["date"] == "1970-01-01T00:16:40"


@pytest.mark.parametrize(
    ("outcome", "answer", "retry_after"),
    [
        (Refused(404, "8523", "No."), (404, "8523"), None),
        (Throttled(7), (429, "TooManyRequests"), "7"),
        (Throttled(0, 503), (503, "ServiceUnavailable"), "0"),
        (Throttled(-1), (429, "TooManyRequests"), None),
    ],
)
def test_scripted_refusals_change_nothing(outcome: Outcome, answer: tuple[int, str], retry_after: str | None) -> None:
    rig = Rig("docs", None, ("transfer", outcome))
    call_id = rig.answered()
    response = rig.post(f"/{call_id}/transfer", {"transferTarget": {"identity": USER}})
    assert (response.status, json.loads(response.body)["error"]["code"]) == answer
    assert dict(response.headers).get("Retry-After") == retry_after
    assert rig.state(call_id) == "established"
    assert rig.script.unused() == ()
    assert rig.graph.taken[-1].code == answer[1]
    assert rig.post(f"/{call_id}/transfer", {"transferTarget": {"identity": USER}}).status == 202


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_connections(when: Any) -> None:
    rig = Rig("docs")
    assert rig.send("POST", "", create_body(USER), Cut(when)) is None
    assert len(rig.graph.calls()) == (when == "after")
    assert rig.graph.taken[-1].status == 0


def test_a_request_that_fails_its_checks_uses_no_outcome() -> None:
    rig = Rig("docs", None, ("transfer", Failed(500, 7000)))
    call_id = rig.incoming()
    assert rig.code("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": USER}}) == (400, "8501")
    assert rig.script.unused() == (("transfer", Failed(500, 7000)),)


def test_what_graph_took_is_kept() -> None:
    rig = Rig("docs")
    call_id = rig.answered()
    rig.code("GET", f"/{call_id}")
    assert [(one.operation, one.call_id, one.status) for one in rig.graph.taken] == [
        ("answer", call_id, 202), ("get", call_id, 200),
    ]  # fmt: skip
