"""Tokens of a Graph that is simulated on this machine. The library for real logins wants https, and is right."""

import time
from collections.abc import Callable
from typing import NamedTuple

import httpx

from flowlang.runtime.tokens import TENANT, TokenError

EARLY_SECONDS = 300.0
USUAL_SECONDS = 3600


class _Kept(NamedTuple):
    header: str
    until: float


class NearTokens:
    """A `TokenSource`. `url`: where logins are, on loopback. A token is kept until shortly before its end."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, application_id: str, secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._client, self._url, self._clock = client, url.rstrip("/"), clock
        self._form = {"grant_type": "client_credentials", "client_id": application_id, "client_secret": secret}
        self._kept: dict[str, _Kept] = {}

    async def header(self, tenant_id: str) -> str:
        """Raises `TokenError`."""
        kept = self._kept.get(tenant_id)
        if kept is None or self._clock() >= kept.until:
            kept = self._kept[tenant_id] = await self._fetched(tenant_id or "common")
        return kept.header

    async def forget(self, tenant_id: str) -> None:
        """Graph refused it: the next one is fetched anew."""
        self._kept.pop(tenant_id, None)

    async def _fetched(self, tenant: str) -> _Kept:
        if not TENANT.fullmatch(tenant):
            raise TokenError(f"{tenant[:100]!r} is no tenant")
        try:
            answer = await self._client.post(f"{self._url}/{tenant}/oauth2/v2.0/token", data=self._form)
            found = answer.json()
            token, seconds = str(found["access_token"]), int(found.get("expires_in", USUAL_SECONDS))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise TokenError(f"no token for tenant {tenant}: {type(error).__name__}") from None
        return _Kept(f"Bearer {token}", self._clock() + max(seconds - EARLY_SECONDS, 0.0))
