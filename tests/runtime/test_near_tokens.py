"""Tokens of a simulated Graph on this machine: kept for each tenant until shortly before their end."""

import anyio
import httpx
import pytest

from flowlang.runtime.near_tokens import EARLY_SECONDS, NearTokens
from flowlang.runtime.tokens import TokenError


class Login:
    """A page that gives out tokens."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: httpx.Response | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, request.content.decode()))
        return self.answer or httpx.Response(200, json={"access_token": f"t{len(self.asked)}", "expires_in": 3_600})


def headers(login: Login, *given: tuple[float, str]) -> list[str]:
    """What is had at these moments for these tenants; `forget` before one whose name begins with `!`."""
    now = 0.0

    async def main() -> list[str]:
        nonlocal now
        found: list[str] = []
        async with httpx.AsyncClient(transport=httpx.MockTransport(login)) as client:
            tokens = NearTokens(client, "http://127.0.0.1:1/", "app", "s", lambda: now)
            for at, tenant in given:
                now = at
                if tenant.startswith("!"):
                    await tokens.forget(tenant[1:])
                found.append(await tokens.header(tenant.removeprefix("!")))
        return found

    return anyio.run(main)


def test_one_for_each_tenant_renewed_before_its_end() -> None:
    login, late = Login(), 3_600 - EARLY_SECONDS
    found = headers(login, (0, "a"), (late - 1, "a"), (late - 1, "b"), (late, "a"), (late, "!a"), (late, ""))
    assert found == ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t3", "Bearer t4", "Bearer t5"]
    assert [path for path, _ in login.asked] == [f"/{one}/oauth2/v2.0/token" for one in ("a", "b", "a", "a", "common")]
    assert login.asked[0][1] == "grant_type=client_credentials&client_id=app&client_secret=s"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"no json"),
        httpx.Response(400, json={"error": "invalid_client"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"access_token": "t", "expires_in": "soon"}),
    ],
)
def test_an_answer_without_a_token_says_so(answer: httpx.Response) -> None:
    login = Login()
    login.answer = answer
    with pytest.raises(TokenError, match="no token for tenant a"):
        headers(login, (0, "a"))
