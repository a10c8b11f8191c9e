"""Tokens for requests to Graph: client credentials, one for each tenant that calls come from (Graph, authentication).

The library keeps them and renews them before they end; it blocks, so it works in a thread, for one tenant at a time.
"""

from collections.abc import Callable
from typing import Any, Protocol

import anyio
import msal
import requests
from anyio import to_thread


class TokenError(Exception):
    """There is no token now. The text is for the operator; it never holds the secret."""


class _Client(Protocol):
    def acquire_token_for_client(self, scopes: list[str]) -> dict[str, Any]: ...

    def remove_tokens_for_client(self) -> None: ...


Make = Callable[[str, str, str], _Client]
"""Makes the library's client from the application's id, its secret, and the address of the tenant's logins."""


class Tokens:
    """`header(tenant)` gives the value of the Authorization header. `home_tenant`: where a call's is not known."""

    def __init__(
        self, application_id: str, secret: Callable[[], str], login_url: str, graph_url: str, home_tenant: str,
        make: Make | None = None,
    ) -> None:  # fmt: skip
        self._application_id, self._secret, self._login_url = application_id, secret, login_url.rstrip("/")
        self._scopes, self._home, self._make = [f"{graph_url.rstrip('/')}/.default"], home_tenant, make or _made
        self._clients: dict[str, _Client] = {}
        self._locks: dict[str, anyio.Lock] = {}

    async def header(self, tenant_id: str) -> str:
        """Raises `TokenError`."""
        tenant = tenant_id or self._home
        async with self._locks.setdefault(tenant, anyio.Lock()):
            return await to_thread.run_sync(self._fetch, tenant)

    async def forget(self, tenant_id: str) -> None:
        """Graph refused it: the next one is fetched anew."""
        tenant = tenant_id or self._home
        async with self._locks.setdefault(tenant, anyio.Lock()):
            client = self._clients.get(tenant)
            if client is not None:
                await to_thread.run_sync(client.remove_tokens_for_client)

    def _fetch(self, tenant: str) -> str:
        try:
            if tenant not in self._clients:
                address = f"{self._login_url}/{tenant}"
                self._clients[tenant] = self._make(self._application_id, self._secret(), address)
            found = self._clients[tenant].acquire_token_for_client(scopes=self._scopes)
        except (requests.RequestException, ValueError, OSError) as error:
            raise TokenError(f"no token for tenant {tenant}: {type(error).__name__}") from None
        token = found.get("access_token")
        if not isinstance(token, str):
            why = str(found.get("error_description") or found.get("error") or "no reason given").splitlines()[0]
            raise TokenError(f"no token for tenant {tenant}: {why}")
        return f"Bearer {token}"


def _made(application_id: str, secret: str, authority: str) -> _Client:
    client: _Client = msal.ConfidentialClientApplication(
        application_id, client_credential=secret, authority=authority, instance_discovery=False, timeout=10
    )
    return client
