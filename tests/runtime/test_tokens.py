"""Tokens for Graph: one a tenant, kept, renewed early; and what happens while logins are away."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import msal
import pytest
import requests
from anyio.lowlevel import checkpoint

from flowlang.runtime.tokens import AGAIN_SECONDS, EARLY_SECONDS, TokenError, Tokens

APPLICATION, TENANT, HOME = "a" * 32, "72f988bf-86f1-41af-91ab-2d7cd011db47", "home.example.com"
SECRET = "not much of a secret"


class Login:
    """The library's client: counts what it is asked."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, str]] = []
        self.scopes: list[list[str]] = []
        self.fails: Exception | dict[str, Any] | None = None
        self.lasts = 3_600
        self.removed = 0
        self.before: Callable[[], None] = lambda: None

    def make(self, application: str, secret: str, authority: str) -> "Login":
        self.made.append((application, secret, authority))
        return self

    def acquire_token_for_client(self, scopes: list[str]) -> dict[str, Any]:
        self.before()
        self.scopes.append(scopes)
        if isinstance(self.fails, Exception):
            raise self.fails
        return self.fails or {"access_token": f"token {len(self.scopes)}", "expires_in": self.lasts}

    def remove_tokens_for_client(self) -> None:
        self.removed += 1


class Rig:
    def __init__(self) -> None:
        self.login, self.now, self.said = Login(), 1_000.0, list[str]()
        self.tokens = Tokens(
            APPLICATION, lambda: SECRET, "https://login.example/", "https://graph.example/", HOME, self.login.make,
            lambda: self.now, self.said.append,
        )  # fmt: skip

    def header(self, tenant: str = TENANT) -> str:
        return anyio.run(self.tokens.header, tenant)


def test_a_token_is_kept_and_each_tenant_has_its_own() -> None:
    rig = Rig()
    assert [rig.header(), rig.header(), rig.header("")] == ["Bearer token 1", "Bearer token 1", "Bearer token 2"]
    assert rig.login.made == [
        (APPLICATION, SECRET, f"https://login.example/{TENANT}"),
        (APPLICATION, SECRET, f"https://login.example/{HOME}"),
    ]
    assert rig.login.scopes == [["https://graph.example/.default"]] * 2


def test_it_is_renewed_before_it_ends() -> None:
    rig = Rig()
    rig.header()
    rig.now += 3_600 - EARLY_SECONDS - 1
    assert rig.header() == "Bearer token 1"
    rig.now += 1
    assert rig.header() == "Bearer token 2"


def test_while_logins_are_away_the_old_one_counts_to_its_end() -> None:
    rig = Rig()
    rig.header()
    rig.login.fails = requests.ConnectionError("away")
    rig.now += 3_600 - EARLY_SECONDS
    assert [rig.header(), rig.header()] == ["Bearer token 1"] * 2
    assert len(rig.login.scopes) == 2  # it is not tried again with each request
    assert rig.said == [f"a token is not renewed yet: no token for tenant {TENANT}: ConnectionError"]
    rig.now += AGAIN_SECONDS
    rig.header()
    assert len(rig.login.scopes) == 3
    rig.now += EARLY_SECONDS
    with pytest.raises(TokenError, match="ConnectionError"):
        rig.header()
    rig.login.fails = None
    assert rig.header() == "Bearer token 5"


def test_while_it_is_renewed_nobody_waits() -> None:
    rig = Rig()
    rig.header()
    rig.now += 3_600 - EARLY_SECONDS
    came: list[str] = []

    async def main() -> None:
        waiting = anyio.Event()
        rig.login.before = lambda: anyio.from_thread.run(waiting.wait)

        async def first() -> None:
            came.append(await rig.tokens.header(TENANT))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            while not rig.tokens._locks[TENANT].locked():
                await checkpoint()
            came.append(await rig.tokens.header(TENANT))
            waiting.set()

    anyio.run(main)
    assert came == ["Bearer token 1", "Bearer token 2"]


def test_one_that_graph_refused_is_fetched_anew() -> None:
    rig = Rig()
    rig.header()
    anyio.run(rig.tokens.forget, TENANT)
    anyio.run(rig.tokens.forget, "nobody has asked for that tenant")
    assert (rig.header(), rig.login.removed) == ("Bearer token 2", 1)


def test_why_there_is_none_is_told_without_the_secret() -> None:
    rig = Rig()
    rig.login.fails = {"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret.\r\nTrace: 1"}
    with pytest.raises(TokenError) as caught:
        rig.header()
    assert str(caught.value) == f"no token for tenant {TENANT}: AADSTS7000215: wrong secret."
    rig.login.fails = {"error": "invalid_client"}
    with pytest.raises(TokenError, match="invalid_client"):
        rig.header()


@pytest.mark.parametrize("tenant", ["../common", "a/b", "a b", ".", "x" * 200, "é", "a?b"])
def test_what_is_no_tenant_gets_nowhere(tenant: str) -> None:
    rig = Rig()
    with pytest.raises(TokenError, match="is no tenant"):
        rig.header(tenant)
    assert rig.login.made == []


class Answered:
    """What the library's own HTTP client gives back."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.status_code, self.text, self.headers = 200, json.dumps(document), dict[str, str]()

    def raise_for_status(self) -> None:
        pass


class Web:
    """An HTTP client of the library, with the pages of a login."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get(self, url: str, **_more: Any) -> Answered:
        base = url.partition("/v2.0/")[0]
        urls = {"token_endpoint": f"{base}/oauth2/v2.0/token", "authorization_endpoint": f"{base}/authorize"}
        return Answered({"issuer": f"{base}/v2.0", **urls})

    def post(self, url: str, **more: Any) -> Answered:
        self.asked.append({"url": url, **more["data"]})
        return Answered({"access_token": f"real {len(self.asked)}", "expires_in": 3_599, "token_type": "Bearer"})

    def close(self) -> None:
        pass


def test_with_the_library_itself() -> None:
    """Client credentials, with the scope and the tenant's address that Graph wants."""
    web = Web()

    def make(application: str, secret: str, authority: str) -> Any:
        return msal.ConfidentialClientApplication(
            application, client_credential=secret, authority=authority, instance_discovery=False, http_client=web
        )

    login = "https://login.microsoftonline.com"
    tokens = Tokens(APPLICATION, lambda: SECRET, login, "https://graph.microsoft.com", HOME, make)
    assert [anyio.run(tokens.header, TENANT) for _ in range(2)] == ["Bearer real 1"] * 2
    anyio.run(tokens.forget, TENANT)
    assert anyio.run(tokens.header, TENANT) == "Bearer real 2"
    (asked, _again) = web.asked
    assert asked["url"] == f"{login}/{TENANT}/oauth2/v2.0/token"
    assert (asked["grant_type"], asked["client_id"]) == ("client_credentials", APPLICATION)
    assert asked["scope"] == "https://graph.microsoft.com/.default"
