"""Which addresses are on this machine, and so where a secret may be sent without TLS. Decided here alone.

Strict on purpose: only the three names below, written as they are here. `127.1`, `localhost.example.com` and
`http://127.0.0.1@example.com` are none of them, whatever a library makes of them.
"""

from typing import Final
from urllib.parse import SplitResult, urlsplit

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
URL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
"""The same as they stand in an address."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine. `host`: a name or number as it is listened at, without brackets."""
    return host.lower() in LOOPBACK


def is_near(url: str) -> bool:
    """Whether an address is one of this machine."""
    parts = _parts(url)
    return parts is not None and parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def keeps_secrets(url: str) -> bool:
    """Whether what is sent to an address stays secret on its way: by TLS, or on this machine. A name or password in
    the address itself is no way to write one, and is taken for an attempt to look like another host."""
    parts = _parts(url)
    return parts is not None and bool(parts.hostname) and (parts.scheme == "https" or is_near(url))


def _parts(url: str) -> SplitResult | None:
    """None: no address, or one that others may read otherwise than we do."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\"):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is looked at only when it is asked for
    except ValueError:
        return None
    return None if "@" in parts.netloc else parts
