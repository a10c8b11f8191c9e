"""Stand-in bearer tokens: `sim.` and base64url of the claims. No signature: the edge's tests sign real ones."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from flowlang.simulator.errors import gateway

ALL_ROLES = (
    "Calls.Initiate.All", "Calls.InitiateGroupCall.All", "Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All",
    "Calls.AccessMedia.All",
)  # fmt: skip


class Token(NamedTuple):
    """Claims: tenant, roles, application. An empty tenant fits any."""

    tenant_id: str
    roles: tuple[str, ...]
    app_id: str


ANYBODY = Token("", ALL_ROLES, "")


def bearer(tenant_id: str, app_id: str, roles: tuple[str, ...] = ALL_ROLES) -> str:
    """The value of an `Authorization` header that the simulator takes."""
    claims = json.dumps({"tid": tenant_id, "roles": list(roles), "appid": app_id}, separators=(",", ":"))
    return "Bearer sim." + urlsafe_b64encode(claims.encode()).decode().rstrip("=")


def no_bearer(why: str) -> str:
    """The value of such a header that is refused with this message: somebody outside has looked at the token."""
    return "Bearer sim." + urlsafe_b64encode(json.dumps({"refused": why}).encode()).decode().rstrip("=")


def read_token(value: str | None) -> Token:
    """Raises `GraphError` 401."""
    if value is None:
        raise gateway(401, "Access token is empty.")
    scheme, _, text = value.partition(" ")
    if scheme.lower() != "bearer" or not text.startswith("sim."):
        raise gateway(401, "CompactToken parsing failed.")
    try:
        claims = json.loads(urlsafe_b64decode(text[4:] + "=" * (-len(text[4:]) % 4)))
        if "refused" in claims:
            raise gateway(401, str(claims["refused"]))
        roles = tuple([str(role) for role in claims.get("roles", ())])
        return Token(str(claims.get("tid", "")).lower(), roles, str(claims.get("appid", "")).lower())
    except (ValueError, binascii.Error, AttributeError, TypeError, RecursionError):
        raise gateway(401, "CompactToken parsing failed.") from None
