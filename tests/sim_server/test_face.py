"""The face that any Graph client sees over HTTP: tokens that are refused, errors, headers, versions, addresses."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from flowlang.sim_server import access
from flowlang.simulator.token import ALL_ROLES
from flowlang.tools.doctor_far import roles as doctor_looks
from tests.sim_server.town import CALLS, Town
from tests.simulator.rig import ANSWER, APP, BOT, PLAY, TENANT, USER, create_body

ELSEWHERE = "f0000000-0000-4000-8000-00000000000f"
TRANSFER = {"transferTarget": {"identity": USER}}


def token(town: Town, tenant_id: str = TENANT, client: str = APP, scope: str = "") -> str:
    """As any client gets it."""
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": "x"}
    text = "&".join(f"{name}={value}" for name, value in {**form, **({"scope": scope} if scope else {})}.items())
    answer = town.ask("POST", f"/{tenant_id}/oauth2/v2.0/token", content=text.encode())
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["access_token"])


def asks(
    town: Town, method: str, path: str, body: Any = None, *, bearer: str = "", headers: Mapping[str, str] | None = None
) -> Any:
    given = {"Authorization": f"Bearer {bearer or token(town)}", **(headers or {})}
    return town.ask(method, path, body, headers=given)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"] if answer.content else ""


# ---------------------------------------------------------------- tokens


def test_a_token_says_what_the_real_one_says() -> None:
    town = Town()
    found = token(town, scope="https%3A%2F%2Fgraph.microsoft.com%2F.default")
    claims = jwt.decode(found, options={"verify_signature": False})
    now = town.now_ms // 1000
    assert (claims["tid"], claims["appid"], claims["aud"]) == (TENANT, APP, "https://graph.microsoft.com")
    assert claims["roles"] == list(ALL_ROLES)
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now, now, now + 3_599)
    (line,) = doctor_looks(found, [])
    assert line.state == "ok"


def test_a_token_counts_until_it_ends() -> None:
    town = Town()
    call_id = town.answered()
    bearer = token(town)
    for wait_ms in (1_800_000, 1_798_000 - town.now_ms % 1000):
        town.wait(wait_ms)
        assert asks(town, "POST", f"{CALLS}/{call_id}/keepAlive", bearer=bearer).status_code == 200
    town.wait(2_000)
    ended = asks(town, "GET", f"{CALLS}/{call_id}", bearer=bearer)
    assert code(ended) == (401, "InvalidAuthenticationToken")
    assert ended.json()["error"]["message"] == "Lifetime validation failed, the token is expired."
    assert ended.headers["www-authenticate"].startswith("Bearer")
    assert asks(town, "GET", f"{CALLS}/{call_id}").status_code == 200, "a new one counts"


def forged(town: Town, **changes: Any) -> str:
    claims = {**jwt.decode(token(town), options={"verify_signature": False}), **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, access.KEY, "HS256")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "Access token is empty."),
        ("no jwt", "CompactToken parsing failed."),
        ("half", "CompactToken parsing failed."),
        ("signed by nobody", "CompactToken parsing failed."),
        ("signed by somebody else", "CompactToken parsing failed."),
        ("without a tenant", "CompactToken parsing failed."),
        ("for somebody else", "Access token validation failure. Invalid audience."),
        ("another scheme", "CompactToken parsing failed."),
    ],
)
def test_tokens_that_are_refused(name: str, message: str) -> None:
    town = Town()
    good = token(town)
    given = {
        "none": "", "no jwt": "Bearer abc", "half": f"Bearer {good.rpartition('.')[0]}",
        "signed by nobody": f"Bearer {jwt.encode({'tid': TENANT}, '', 'none')}",
        "signed by somebody else": f"Bearer {jwt.encode({'tid': TENANT}, 'k' * 32, 'HS256')}",
        "without a tenant": f"Bearer {forged(town, tid=None)}",
        "for somebody else": f"Bearer {token(town, scope='https%3A%2F%2Fapi.botframework.com%2F.default')}",
        "another scheme": f"Basic {good}",
    }[name]  # fmt: skip
    answer = town.ask("GET", f"{CALLS}/x", headers={"Authorization": given} if given else {})
    assert code(answer) == (401, "InvalidAuthenticationToken")
    assert answer.json()["error"]["message"] == message


def test_a_token_of_another_server_or_of_an_earlier_one_counts() -> None:
    first = token(Town())
    assert code(asks(Town(), "GET", f"{CALLS}/x", bearer=first)) == (404, "8522")


def test_another_tenant_and_another_application() -> None:
    town = Town()
    call_id = town.answered()
    assert code(asks(town, "GET", f"{CALLS}/{call_id}", bearer=token(town, ELSEWHERE))) == (403, "7505")
    assert code(asks(town, "GET", f"{CALLS}/{call_id}", bearer=token(town, client=ELSEWHERE))) == (404, "8522")
    assert code(asks(town, "POST", CALLS, create_body(USER), bearer=token(town, ELSEWHERE))) == (403, "7505")


def test_roles_that_are_missing_until_they_are_granted_and_the_token_is_new() -> None:
    town = Town()
    call_id = town.answered()
    assert town.post("/sim/access", {"roles": ["Calls.AccessMedia.All"]}) == {
        "roles": ["Calls.AccessMedia.All"], "lasts_seconds": 3_599,
    }  # fmt: skip
    poor = token(town)
    refused = asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER, bearer=poor)
    assert code(refused) == (403, "7504")
    assert asks(town, "POST", f"{CALLS}/{call_id}/playPrompt", PLAY, bearer=poor).status_code == 200
    town.post("/sim/access", {})
    assert code(asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER, bearer=poor)) == (403, "7504")
    assert asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER).status_code == 202


def test_tokens_that_end_soon() -> None:
    town = Town()
    town.post("/sim/access", {"lasts_seconds": 5})
    bearer = token(town)
    assert code(asks(town, "GET", f"{CALLS}/x", bearer=bearer))[0] == 404
    town.wait(5_000)
    assert code(asks(town, "GET", f"{CALLS}/x", bearer=bearer))[0] == 401


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"roles": ["Calls.Everything"]}, "there is no role 'Calls.Everything'; there are Calls.Initiate.All, "),
        ({"roles": "Calls.Initiate.All"}, "roles is a list of texts"),
        ({"lasts_seconds": -1}, "lasts_seconds is a whole number from 0 to 1000000"),
        ({"lasts": 1}, "there is no lasts here"),
    ],
)
def test_tokens_that_cannot_be_wished_for(body: Any, message: str) -> None:
    status, kind, text = Town().refused("POST", "/sim/access", body)
    assert (status, kind) == (400, "wrong")
    assert text.startswith(message)


# ---------------------------------------------------------------- answers


def test_an_error_says_which_request_it_was() -> None:
    town = Town()
    answer = asks(town, "GET", f"{CALLS}/x", headers={"client-request-id": "mine", "scenario-id": "ours"})
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) == {"code", "message", "innerError"}
    assert error["innerError"] == {
        "date": "1970-01-01T00:16:40", "request-id": answer.headers["request-id"], "client-request-id": "mine",
    }  # fmt: skip
    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["scenario-id"] == "ours"
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["content-type"] == "application/json"
    assert "ServerInfo" in json.loads(answer.headers["x-ms-ags-diagnostic"])


def test_an_answer_that_is_well_has_the_same_headers() -> None:
    town = Town()
    call_id = town.answered()
    answer = asks(town, "POST", f"{CALLS}/{call_id}/keepAlive")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["client-request-id"] == answer.headers["request-id"], "the caller named none"
    assert "x-ms-ags-diagnostic" in answer.headers
    assert asks(town, "POST", f"{CALLS}/{call_id}/keepAlive").headers["request-id"] != answer.headers["request-id"]


def test_too_many_requests() -> None:
    town = Town()
    call_id = town.answered(outcomes=["transfer=throttled"])
    answer = asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER)
    assert code(answer) == (429, "TooManyRequests")
    assert answer.headers["retry-after"] == "1"
    assert asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER).status_code == 202


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("transfer=404/8522", (404, "8522")),
        ("transfer=403/7505", (403, "7505")),
        ("transfer=400/8523", (400, "8523")),
        ("transfer=503", (503, "ServiceUnavailable")),
    ],
)
def test_a_transfer_that_is_refused(outcome: str, expected: tuple[int, str]) -> None:
    town = Town()
    call_id = town.answered(outcomes=[outcome])
    assert code(asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER)) == expected


@pytest.mark.parametrize(
    ("outcome", "states"),
    [
        ("transfer=500/7000", ["transferring", "transferAccepted", "established 500/7000"]),
        ("transfer=500/7000 at once", ["transferring", "established 500/7000"]),
        ("transfer=no outcome", ["transferring", "transferAccepted"]),
        ("transfer=success", ["transferring", "transferAccepted", "terminated 200/7015"]),
    ],
)
def test_how_a_transfer_goes_on(outcome: str, states: list[str]) -> None:
    town = Town()
    call_id = town.answered(outcomes=[outcome])
    before = len(town.told(call_id, "notification"))
    assert asks(town, "POST", f"{CALLS}/{call_id}/transfer", TRANSFER).status_code == 202
    town.wait(300_000)
    assert [one for one in town.told(call_id, "notification")[before:] if "sound" not in one] == states


@pytest.mark.parametrize(
    "text", ["transfer=403/7504 at once", "transfer=no outcome at once", "transfer=success at once"]
)
def test_only_a_transfer_that_was_taken_fails_at_once(text: str) -> None:
    status, _, message = Town().refused("POST", "/sim/calls", {"to": "x", "outcomes": [text]})
    assert status == 400
    assert "transfer=500/7000 at once" in message


@pytest.mark.parametrize("tail", ["", "/keepAlive", "/transfer", "/playPrompt", "/participants"])
def test_a_call_that_is_over_is_not_found(tail: str) -> None:
    town = Town()
    call_id = town.answered()
    town.post(f"/sim/calls/{call_id}/hangup")
    town.wait(1_000)
    method = "POST" if tail and tail != "/participants" else "GET"
    assert code(asks(town, method, f"{CALLS}/{call_id}{tail}", {})) == (404, "8522")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("OPTIONS", f"{CALLS}/x", 405), ("PUT", CALLS, 405), ("PATCH", f"{CALLS}/x", 405), ("GET", "/", 400),
     ("GET", "/v1.0/users", 400), ("POST", f"{CALLS}/x/dance", 400)],
)  # fmt: skip
def test_what_is_not_there_is_said_as_graph_says_it(method: str, path: str, status: int) -> None:
    answer = asks(Town(), method, path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "innerError"}


# ---------------------------------------------------------------- versions and addresses


@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize("base", ["communications/calls", "app/calls", "Communications/Calls"])
def test_where_a_call_is_leads_back_to_it(version: str, base: str) -> None:
    town = Town()
    made = asks(town, "POST", f"/{version}/{base}", create_body(USER))
    assert made.status_code == 201
    location = made.headers["location"]
    assert location == f"http://graph.example/{version}/communications/calls/{made.json()['id']}"
    assert made.json()["@odata.context"] == f"https://graph.microsoft.com/{version}/$metadata#app/calls/$entity"
    found = asks(town, "GET", location.removeprefix("http://graph.example"))
    assert found.json()["id"] == made.json()["id"]


def test_where_an_operation_is_leads_back_to_it() -> None:
    town = Town()
    call_id = town.answered()
    made = asks(town, "POST", f"/beta/communications/calls/{call_id}/recordResponse", {"clientContext": "r"})
    assert made.status_code == 200, made.text
    path = made.headers["location"].removeprefix("http://graph.example")
    assert asks(town, "GET", path).json()["clientContext"] == "r"


@pytest.mark.parametrize("name", ["answer", "microsoft.graph.answer", "Microsoft.Graph.Answer"])
def test_an_action_may_be_qualified(name: str) -> None:
    town = Town()
    assert asks(town, "POST", f"{CALLS}/{town.place()}/{name}", ANSWER).status_code == 202


@pytest.mark.parametrize(("version", "expected"), [("beta", (200, "")), ("v1.0", (400, "BadRequest"))])
def test_what_beta_alone_knows(version: str, expected: tuple[int, str]) -> None:
    town = Town()
    answer = asks(town, "POST", f"/{version}/communications/calls/{town.answered()}/playPrompt", {**PLAY, "loop": True})
    assert (answer.status_code, answer.json().get("error", {}).get("code", "")) == expected


@pytest.mark.parametrize(("version", "rings_ms"), [("beta", 20_000), ("v1.0", 120_000)])
def test_how_long_it_rings_is_for_beta_to_say(version: str, rings_ms: int) -> None:
    town = Town()
    town.post("/sim/outcomes", {"outcomes": ["call=no answer"]})
    wish = create_body(USER, ringingTimeoutInSeconds=20)
    call_id = asks(town, "POST", f"/{version}/communications/calls", wish).json()["id"]
    town.wait(rings_ms - 100)
    assert town.call(call_id)["state"] == "establishing"
    town.wait(200)
    assert town.call(call_id)["state"] == "ended"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"callbackUri": "http://bot.example.com/callback"}, (400, "8523")),
        ({"callbackUri": "http://127.0.0.1:8080/callback"}, (201, "")),
        ({"tenantId": ELSEWHERE}, (403, "7505")),
        ({"targets": [{"identity": {"phone": {"id": "0301234567"}}}]}, (400, "8523")),
        ({"targets": [{"identity": {"phone": {"id": "+12345678901"}}}]}, (403, "7507")),
        ({"targets": [{"identity": {}}]}, (400, "8523")),
        ({"targets": [{"identity": BOT}] * 6}, (400, "8523")),
        ({"mediaConfig": None}, (400, "8523")),
    ],
)
def test_what_a_create_has_to_say(change: dict[str, Any], expected: tuple[int, str]) -> None:
    answer = asks(Town(), "POST", CALLS, {**create_body(USER), **change})
    assert (answer.status_code, answer.json().get("error", {}).get("code", "")) == expected


# ---------------------------------------------------------------- what no token can do


@pytest.mark.parametrize("payload", [b"{}", b"[]", b'"x"', b"\xff", b'{"tid":1,"roles":1,"appid":1,"aud":1,"exp":"x"}'])
def test_any_claims(payload: bytes) -> None:
    """Whatever stands in a token, signed as ours or not: never a 5xx."""
    parts = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in (b'{"alg":"HS256"}', payload)]
    signed = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    key = signed.prepare_key(access.KEY)
    mark = base64.urlsafe_b64encode(signed.sign(".".join(parts).encode(), key)).decode().rstrip("=")
    for bearer in (".".join([*parts, mark]), ".".join([*parts, ""])):
        assert asks(Town(), "GET", f"{CALLS}/x", bearer=bearer).status_code == 401
