"""Tokens of notifications: taken where they are right, refused for exactly what was asked to be wrong in them."""

from typing import Any

import pytest

from flowlang.runtime.auth import REFRESH_SECONDS, Caller, Expected, RefusedError, Verifier
from flowlang.settings.clouds import CLOUDS as CLOUDS_OF_SETTINGS
from flowlang.sim_server.keys import CLOUDS, TOKEN_SECONDS
from tests.sim_server.town import Town, run
from tests.simulator.rig import APP, TENANT

OTHER = "99999999-2222-4333-8444-555555555555"
PUBLIC_ISSUERS = CLOUDS_OF_SETTINGS["public"].issuers


class Receiver:
    """A webhook that fetches the page of keys and verifies what comes."""

    def __init__(self, town: Town, issuers: tuple[str, ...] = PUBLIC_ISSUERS) -> None:
        self.town = town
        self.later_seconds = 0
        self.fetched = 0
        self.verifier = Verifier(Expected((APP,), issuers), self.keys, self.clock)

    def clock(self) -> float:
        return self.town.now_ms / 1000 + self.later_seconds

    async def keys(self) -> object:
        self.fetched += 1
        return self.town.server.key_set()

    def takes(self, tenant_id: str = TENANT) -> Caller:
        """The token of a call that has just come in. Raises `RefusedError`."""
        graph = self.town.server.graph
        self.town.post("/sim/calls", {"to": "reception", "tenant_id": tenant_id})
        (delivery,) = graph.deliveries(self.town.now_ms + 500)
        token = self.town.server.notification_token(delivery)
        found: list[Caller | RefusedError] = []

        async def verify() -> None:
            try:
                found.append(await self.verifier.verify(f"Bearer {token}"))
            except RefusedError as error:
                found.append(error)

        run(verify)
        (one,) = found
        if isinstance(one, RefusedError):
            raise one
        return one


def test_a_token_says_for_whom_it_is_and_whose_the_call_is() -> None:
    town = Town()
    until = town.now_ms // 1000 + TOKEN_SECONDS
    assert Receiver(town).takes() == Caller(APP, TENANT, until)
    assert Receiver(town).takes(OTHER) == Caller(APP, OTHER, until)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"audience": OTHER}, f"its audience is {OTHER}, no application of ours"),
        ({"audience": ""}, 'not good: Token is missing the "aud" claim'),
        ({"issuer": "https://elsewhere.example"}, "issued by https://elsewhere.example"),
        ({"tenant_id": ""}, "it names no tenant"),
        ({"starts_in_seconds": -4_300}, "it has expired"),
        ({"lasts_seconds": 10, "starts_in_seconds": -400}, "it has expired"),
        ({"starts_in_seconds": 400}, "it counts only later"),
        ({"algorithm": "HS256"}, "signed with HS256, not with RS256"),
        ({"algorithm": "none"}, "signed with none, not with RS256"),
        ({"with_key": "unknown"}, "signed with a key that is not known: unknown"),
        ({"with_key": "stolen"}, "not good: Signature verification failed"),
    ],
)
def test_a_token_is_wrong_in_what_was_asked_for_and_in_nothing_else(claims: dict[str, Any], reason: str) -> None:
    town = Town()
    receiver = Receiver(town)
    said = town.post("/sim/tokens", claims)
    assert {name: said[name] for name in claims} == claims
    with pytest.raises(RefusedError) as refused:
        receiver.takes()
    assert str(refused.value) == reason
    town.post("/sim/tokens", {})
    assert receiver.takes().application_id == APP, "and right again"


def test_another_tenant_can_be_said() -> None:
    town = Town()
    town.post("/sim/tokens", {"tenant_id": OTHER})
    assert Receiver(town).takes().tenant_id == OTHER


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"algorithm": "ES256"}, "algorithm is one of RS256, HS256, none, not 'ES256'"),
        ({"with_key": "theirs"}, "with_key is one of ours, unknown, stolen, not 'theirs'"),
        ({"lasts_seconds": -1}, "lasts_seconds is a whole number from 0 to 1000000"),
        ({"audience": 5}, "audience is a text"), ({"iss": "x"}, "there is no iss here"),
        ([], "a JSON object is wanted"),
    ],
)  # fmt: skip
def test_tokens_that_cannot_be_asked_for(body: Any, message: str) -> None:
    town = Town()
    assert town.refused("POST", "/sim/tokens", body) == (400, "wrong", message)
    assert Receiver(town).takes().application_id == APP, "nothing was changed"


def test_keys_go_round() -> None:
    town = Town()
    receiver = Receiver(town)
    receiver.takes()
    assert town.post("/sim/rotate-keys") == {"key": "simulated-2"}
    assert [key["kid"] for key in town.get("/v1/keys")["keys"]] == ["simulated-2", "simulated"]
    with pytest.raises(RefusedError, match="a key that is not known: simulated-2"):
        receiver.takes()  # the page was looked at a moment ago
    receiver.later_seconds = REFRESH_SECONDS
    receiver.takes()
    assert receiver.fetched == 2
    assert town.post("/sim/rotate-keys", {"forget": True}) == {"key": "simulated-3"}
    assert [key["kid"] for key in town.get("/v1/keys")["keys"]] == ["simulated-3"]
    assert town.refused("POST", "/sim/rotate-keys", {"forget": 1})[2] == "forget is true or false"


def test_the_page_of_keys_holds_no_private_key() -> None:
    (key,) = Town().get("/v1/keys")["keys"]
    assert set(key) <= {"kid", "kty", "use", "n", "e", "key_ops"}


@pytest.mark.parametrize(
    ("cloud", "issuers", "is_taken"),
    [
        ("public", PUBLIC_ISSUERS, True),
        ("gcc-high", CLOUDS_OF_SETTINGS["gcc-high"].issuers, True),
        ("us", PUBLIC_ISSUERS, False),
        ("us", (*PUBLIC_ISSUERS, "https://graph.microsoft.us"), True),
    ],
)
def test_clouds(cloud: str, issuers: tuple[str, ...], is_taken: bool) -> None:
    town = Town(cloud=CLOUDS[cloud])
    receiver = Receiver(town, issuers)
    page = town.get("/v1/.well-known/OpenIdConfiguration")
    assert page["issuer"] == CLOUDS[cloud].configured_issuer
    assert page["jwks_uri"] == "http://graph.example/v1/keys"
    if is_taken:
        assert receiver.takes().tenant_id == TENANT
        return
    with pytest.raises(RefusedError, match="issued by"):
        receiver.takes()


# ---------------------------------------------------------------- tokens for requests


def test_a_token_for_requests_is_had_as_from_the_real_one() -> None:
    town = Town()
    form = b"grant_type=client_credentials&client_id=" + APP.encode() + b"&client_secret=x&scope=y"
    answer = town.ask("POST", f"/{TENANT}/oauth2/v2.0/token", content=form).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3_599)
    call_id = town.answered()

    def asks(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return town.ask("GET", f"/v1.0/communications/calls/{call_id}", headers=headers).status_code

    assert asks(answer["access_token"]) == 200
    assert asks("x") == 401


@pytest.mark.parametrize(
    ("form", "error", "code"),
    [
        (b"", "unsupported_grant_type", 70003),
        (b"grant_type=password&client_id=x", "unsupported_grant_type", 70003),
        (b"grant_type=client_credentials", "invalid_request", 900144),
        (b"\xff=%", "unsupported_grant_type", 70003),
    ],
)
def test_no_token_for_what_is_no_request_for_one(form: bytes, error: str, code: int) -> None:
    answer = Town().ask("POST", f"/{TENANT}/oauth2/v2.0/token", content=form)
    said = answer.json()
    assert (answer.status_code, said["error"], said["error_codes"]) == (400, error, [code])
    assert said["error_description"].startswith(f"AADSTS{code}: ")
    assert said["timestamp"] == "1970-01-01 00:16:40Z"
