"""Tokens for requests to Graph: client credentials, one for each tenant that calls come from (Graph, authentication).

A token is kept, and renewed some minutes before it ends. While that fails the old one goes on counting to its end;
while it is under way nobody waits for it. The library blocks, so it works in a thread, for one tenant at a time.
"""

import re
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import anyio
import msal
import requests
from anyio import to_thread

EARLY_SECONDS: Final = 240.0  # the library gives out what it has kept until five minutes before the end
AGAIN_SECONDS: Final = 15.0  # after a renewal that failed
USUAL_SECONDS: Final = 3_600.0
LOGIN_SECONDS: Final = 10.0
TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")  # an id or a domain: it becomes a part of an address


class TokenError(Exception):
    """There is no token now. The text is for the operator; it never holds the secret."""


class _Client(Protocol):
    def acquire_token_for_client(self, scopes: list[str]) -> dict[str, Any]: ...

    def remove_tokens_for_client(self) -> None: ...


Make = Callable[[str, str, str], _Client]
"""Makes the library's client from the application's id, its secret, and the address of the tenant's logins."""


class _Kept(NamedTuple):
    header: str
    renew_at: float
    ends_at: float


class Tokens:
    """`header(tenant)` gives the value of the Authorization header. `home_tenant`: where a call's is not known.

    `clock()` gives seconds that never go back.
    """

    def __init__(
        self, application_id: str, secret: Callable[[], str], login_url: str, graph_url: str, home_tenant: str,
        make: Make | None = None, clock: Callable[[], float] = time.monotonic,
        heard: Callable[[str], None] = lambda _text: None,
    ) -> None:  # fmt: skip
        self._application_id, self._secret, self._login_url = application_id, secret, login_url.rstrip("/")
        self._scopes, self._home, self._make = [f"{graph_url.rstrip('/')}/.default"], home_tenant, make or _made
        self._clock, self._heard = clock, heard
        self._clients: dict[str, _Client] = {}
        self._locks: dict[str, anyio.Lock] = {}
        self._kept: dict[str, _Kept] = {}

    async def header(self, tenant_id: str) -> str:
        """Raises `TokenError`."""
        tenant = tenant_id or self._home
        lock = self._locks.setdefault(tenant, anyio.Lock())
        kept = self._kept.get(tenant)
        if kept is not None and self._is_enough(kept, is_renewing=lock.locked()):
            return kept.header
        async with lock:
            kept = self._kept.get(tenant)
            if kept is not None and self._is_enough(kept):  # somebody has renewed it meanwhile
                return kept.header
            return (await self._renewed(tenant, kept)).header

    def _is_enough(self, kept: _Kept, *, is_renewing: bool = False) -> bool:
        return self._clock() < (kept.ends_at if is_renewing else kept.renew_at)

    async def _renewed(self, tenant: str, old: _Kept | None) -> _Kept:
        try:
            kept = await to_thread.run_sync(self._fetch, tenant)
        except TokenError as error:
            now = self._clock()
            if old is None or now >= old.ends_at:
                raise
            self._heard(f"a token is not renewed yet: {error}")
            kept = old._replace(renew_at=min(now + AGAIN_SECONDS, old.ends_at))
        self._kept[tenant] = kept
        return kept

    async def forget(self, tenant_id: str) -> None:
        """Graph refused it: the next one is fetched anew."""
        tenant = tenant_id or self._home
        async with self._locks.setdefault(tenant, anyio.Lock()):
            self._kept.pop(tenant, None)
            client = self._clients.get(tenant)
            if client is not None:
                await to_thread.run_sync(client.remove_tokens_for_client)

    def _fetch(self, tenant: str) -> _Kept:
        if not TENANT.fullmatch(tenant):
            raise TokenError(f"{tenant[:100]!r} is no tenant")
        asked_at = self._clock()
        try:
            if tenant not in self._clients:
                address = f"{self._login_url}/{tenant}"
                self._clients[tenant] = self._make(self._application_id, self._secret(), address)
            found = self._clients[tenant].acquire_token_for_client(scopes=self._scopes)
        except (requests.RequestException, ValueError, OSError, RuntimeError) as error:  # the last: a page it finds odd
            raise TokenError(f"no token for tenant {tenant}: {type(error).__name__}") from None
        token = found.get("access_token")
        if not isinstance(token, str):
            why = str(found.get("error_description") or found.get("error") or "no reason given").splitlines()[0]
            raise TokenError(f"no token for tenant {tenant}: {why}")
        lasts = found.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) else USUAL_SECONDS
        return _Kept(f"Bearer {token}", asked_at + max(seconds - EARLY_SECONDS, 0.0), asked_at + seconds)


class _Session(requests.Session):
    """Follows no redirect: the secret goes to the address that was named and to no other."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - as the library calls it
        return None

    def request(self, *given: Any, **named: Any) -> requests.Response:
        named.setdefault("timeout", LOGIN_SECONDS)
        return super().request(*given, **named)


def _made(application_id: str, secret: str, authority: str) -> _Client:
    client: _Client = msal.ConfidentialClientApplication(
        application_id,
        client_credential=secret,
        authority=authority,
        instance_discovery=False,
        http_client=_Session(),
    )
    return client
