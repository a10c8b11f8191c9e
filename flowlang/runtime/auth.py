"""Who posts to the webhook: the bearer token of a notification (Graph, call notifications, authentication).

A token counts when its signature is RS256 by a known key, its issuer and audience are ours, it is in its time (five
minutes either way), and it names a tenant. Everything else is refused, with a reason for the operator's log; the caller
hears only 401. It counts for calls of the tenant that it names: a call that begins is held against it at the door (see
`intake`), one that is known where it is stepped (see `worker`). `Expected.all_tenants` says whose count for all calls.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple

import anyio
import jwt
from jwt.types import Options

ISSUERS = ("https://graph.microsoft.com", "https://api.botframework.com")
KEYS_URL = "https://api.aps.skype.com/v1/keys"
ALGORITHMS = ["RS256"]  # pinned: the key page of the platform names one that does not exist
SKEW_SECONDS = 300
KEYS_LAST_SECONDS = 24 * 3600
REFRESH_SECONDS = 300  # an unknown key is asked for no more often: anybody can send one
FIRST_SECONDS = 2  # as long as there is no key at all
MOST_REMEMBERED = 1_000
MOST_TOKEN = 16_384  # characters; those of Graph have two thousand
MOST_HEAD = 4_096  # of a token's head as it is written
MOST_NAME = 200  # of a key's name; those of Graph have forty
MOST_SHOWN = 100  # of what a token says, in a reason
LATEST_SECONDS = 1 << 40  # tens of thousands of years: what is later is no time

UNREADABLE = (jwt.PyJWTError, ValueError, RecursionError)
"""What the library raises for what is no token: the last two for JSON that is made to be in the way."""

FetchKeys = Callable[[], Awaitable[object]]
"""Gets the key set, as JSON: `{"keys": [{"kid": …, "kty": "RSA", …}]}`."""


class RefusedError(Exception):
    """The token does not count. The text is for the operator."""


class KeysAwayError(RefusedError):
    """Whether it counts cannot be known now: there are no keys. It may be good, so it is not the caller's fault."""


class Expected(NamedTuple):
    """What a token must say. `audiences`: ids of our applications. GCC High and others bring further issuers.

    `all_tenants`: tenants whose tokens count for calls of every tenant; `any`: those of all tenants.
    """

    audiences: tuple[str, ...]
    issuers: tuple[str, ...] = ISSUERS
    all_tenants: tuple[str, ...] | Literal["any"] = ()


class Caller(NamedTuple):
    """What a good token says: for which application, of which tenant, until when (seconds since 1970)."""

    application_id: str
    tenant_id: str
    until_seconds: int


class Verifier:
    """Verifies tokens; keys are fetched when needed. `clock()` gives seconds since 1970, and never goes back.

    `wall()` is the clock of the machine, where that is another one. It is behind after it was set back, and nobody
    knows which of the two is right: a token counts that has begun by the one and has not ended by the other.
    """

    def __init__(
        self,
        expected: Expected,
        fetch_keys: FetchKeys,
        clock: Callable[[], float],
        wall: Callable[[], float] | None = None,
    ) -> None:
        self._expected, self._fetch, self._clock, self._wall = expected, fetch_keys, clock, wall or clock
        self._audiences = {one.lower(): one for one in expected.audiences}
        self._issuers = {one.rstrip("/") for one in expected.issuers}
        self._all_tenants = {one.lower() for one in expected.all_tenants if expected.all_tenants != "any"}
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = anyio.Lock()
        self._remembered: dict[str, Caller] = {}

    async def warm(self) -> None:
        """Fetch the keys before the first notification comes: an incoming call waits only seconds. Raises
        `KeysAwayError`."""
        async with self._fetching:
            if not self._keys and self._may_fetch():
                await self._refresh()

    async def verify(self, authorization: str | None) -> Caller:
        """Whose token it is. Raises `RefusedError`."""
        whole = authorization or ""
        known = self._remembered.get(whole)
        if known is not None:
            if self._wall() <= known.until_seconds + SKEW_SECONDS:
                return known
            del self._remembered[whole]
        token = _bearer(whole)
        caller = self._caller(token, await self._key(token))
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[whole] = caller
        return caller

    def speaks_for(self, caller: Caller) -> str:
        """The tenant for whose calls alone they may speak; empty: for all calls."""
        is_for_all = self._expected.all_tenants == "any" or caller.tenant_id.lower() in self._all_tenants
        return "" if is_for_all else caller.tenant_id

    async def _key(self, token: str) -> jwt.PyJWK:
        head = _head(token)
        if head.get("alg") not in ALGORITHMS:
            raise RefusedError(f"signed with {_shown(head.get('alg'))}, not with RS256")
        name = str(head.get("kid", ""))
        if len(name) > MOST_NAME:
            raise RefusedError(f"signed with a key whose name has {len(name)} characters")
        # Whoever comes while keys are fetched waits for them, unless theirs is known, if only from yesterday.
        if self._wants_keys(name) and not (name in self._keys and self._fetching.locked()):
            async with self._fetching:
                if self._wants_keys(name) and self._may_fetch():
                    await self._refresh()
        key = self._keys.get(name)
        if key is None:
            raise RefusedError(f"signed with a key that is not known: {name[:100] or 'no name'}")
        return key

    def _wants_keys(self, name: str) -> bool:
        return name not in self._keys or self._clock() - self._fetched > KEYS_LAST_SECONDS

    def _may_fetch(self) -> bool:
        return self._clock() - self._tried >= (REFRESH_SECONDS if self._keys else FIRST_SECONDS)

    async def _refresh(self) -> None:
        """Fetch the keys anew; where that fails the old ones go on counting."""
        now = self._tried = self._clock()
        try:
            document = await self._fetch()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises: the old keys are still good
            if not self._keys:
                raise KeysAwayError(f"the keys cannot be fetched: {error}") from None
            return
        keys = _keys(document)
        if keys:
            self._keys, self._fetched = keys, now

    def _caller(self, token: str, key: jwt.PyJWK) -> Caller:
        try:
            # Times are compared with our own clock, which tests can set.
            options: Options = {
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,  # ids are compared below, in any case of letters
                "require": ["exp", "aud", "iss"],
            }
            claims: dict[str, Any] = jwt.decode(token, key.key, algorithms=ALGORITHMS, options=options)
        except UNREADABLE as error:
            raise RefusedError(f"not good: {_shown(error)}") from None
        application = self._ours(claims["aud"])
        if str(claims["iss"]).rstrip("/") not in self._issuers:
            raise RefusedError(f"issued by {_shown(claims['iss'])}")
        until = _seconds(claims, "exp")
        if self._wall() > until + SKEW_SECONDS:
            raise RefusedError("it has expired")
        if self._clock() < _seconds(claims, "nbf") - SKEW_SECONDS:
            raise RefusedError("it counts only later")
        tenant = str(claims.get("tid") or "")
        if not tenant:
            raise RefusedError("it names no tenant")
        return Caller(application, tenant, until)

    def _ours(self, audience: object) -> str:
        """Which of our applications is meant, as it was given to us."""
        named = audience if isinstance(audience, list) else [audience]
        for one in named:
            if isinstance(one, str) and one.lower() in self._audiences:
                return self._audiences[one.lower()]
        raise RefusedError(f"its audience is {_shown(audience)}, no application of ours")


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise RefusedError("there is no bearer token")
    token = token.strip()
    if len(token) > MOST_TOKEN:
        raise RefusedError(f"no token: it has {len(token)} characters")
    return token


def _head(token: str) -> dict[str, Any]:
    """Its head, which anybody may have written. A part without end is not read."""
    parts = token.split(".", 3)
    if len(parts) != 3 or len(parts[0]) > MOST_HEAD:
        raise RefusedError(
            "no token: it has other parts than three" if len(parts) != 3 else "no token: its head is long"
        )
    try:
        return jwt.get_unverified_header(token)
    except UNREADABLE as error:
        raise RefusedError(f"no token: {_shown(error)}") from None


def _shown(said: object) -> str:
    """What a stranger says, for a reason."""
    return str(said)[:MOST_SHOWN]


def _seconds(claims: dict[str, Any], name: str) -> int:
    """A time of the token. JSON of others holds numbers that are none (`NaN`, `1e400`) and some without end."""
    value = claims.get(name, 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LATEST_SECONDS:
        raise RefusedError(f"{name} is no time")
    return int(value)


def _keys(document: object) -> dict[str, jwt.PyJWK]:
    """The RSA keys of a key set by name; what cannot be read is left out."""
    items = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, jwt.PyJWK] = {}
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("kty") == "RSA" and item.get("kid"):
            try:
                found[str(item["kid"])] = jwt.PyJWK(item, algorithm="RS256")
            except (jwt.PyJWTError, ValueError):
                continue
    return found
