"""Who may do what: bearer tokens with roles, or anybody on this machine where the service is bound to loopback.

Tokens are kept as SHA-256 digests and compared in constant time, each of them every time. Without tokens a page in
somebody's browser could reach the port as well, so the host has to be a loopback name, and no foreign origin is heard.
A proxy on this machine makes everybody look like this machine, so what it passes on is not heard either.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from flowlang.admin.shapes import Role
from flowlang.loopback import is_loopback

PROXY_HEADERS: Final = frozenset(("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"))
PROXY_PREFIXES: Final = ("x-forwarded-", "x-original-", "x-envoy-")
"""What proxies write into a request that they pass on; in lower case. A program on this machine writes none of it."""


class Token(NamedTuple):
    """`name`: who holds it, for the audit log. `digest`: see `digest_of`."""

    name: str
    role: Role
    digest: bytes


class Person(NamedTuple):
    """Who asks. `sees_numbers`: what names callers is not masked."""

    name: str
    role: Role

    @property
    def sees_numbers(self) -> bool:
        return self.role == "operator"


NOBODY: Final = Person("this machine", "operator")
"""Whoever asks on loopback where no tokens are set."""


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def token_of(name: str, role: Role, token: str) -> Token:
    """Raises `ValueError` for one that could be guessed."""
    if len(token) < 16:
        raise ValueError(f"the token of {name} is shorter than 16 characters")
    return Token(name, role, digest_of(token))


class Access:
    """Raises `ValueError` when there are no tokens although others than this machine reach the port."""

    def __init__(self, tokens: Sequence[Token] = (), *, is_loopback: bool = False) -> None:
        if not tokens and not is_loopback:
            raise ValueError("an admin port that is not bound to loopback needs a token")
        self._tokens = tuple(tokens)

    @property
    def is_open(self) -> bool:
        return not self._tokens

    def person(self, authorization: str | None) -> Person | None:
        """Whose token it is. None: nobody's."""
        if self.is_open:
            return NOBODY
        scheme, _, given = (authorization or "").partition(" ")
        digest = digest_of(given.strip())
        found: Token | None = None
        for token in self._tokens:
            if hmac.compare_digest(token.digest, digest) and scheme.lower() == "bearer":
                found = token
        return Person(found.name, found.role) if found is not None else None

    def is_foreign(self, host: str, origin: str, site: str) -> bool:
        """Whether a page of somebody else sent this through a browser. With tokens no page can: it has none."""
        if not self.is_open:
            return False
        if not is_loopback(name_of(f"//{host}")):
            return True
        return (bool(origin) and origin != f"http://{host}") or site in ("cross-site", "same-site")

    def proxy_header(self, names: Iterable[str]) -> str:
        """The header by which a proxy shows that it passed the request on, so that nobody knows who asks; empty: there
        is none. With tokens it does not matter: whoever asks says who it is."""
        if not self.is_open:
            return ""
        return next((name for name in names if is_of_proxy(name.lower())), "")


def is_of_proxy(name: str) -> bool:
    """Whether proxies write that header; `name` in lower case."""
    return name in PROXY_HEADERS or name.startswith(PROXY_PREFIXES)


def name_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
