"""Tokens for requests: had as from the real login, read as the real Graph reads them.

They are JWTs with the claims of the real ones, so a client that looks into its own finds tenant, application, roles and
when it ends. Nobody's secret is looked at and the key is known to everybody: nothing is protected here, and a token
outlives a server that is started anew.
"""

from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from uuid import NAMESPACE_URL, uuid5

import jwt

from flowlang.simulator.token import ALL_ROLES, Token, bearer

LIVES_SECONDS: Final = 3_599
GRAPH: Final = "https://graph.microsoft.com"
OTHERS: Final = ("api.botframework.com", "management.azure.com", "vault.azure.net", "graph.windows.net")
"""Who else gives out tokens at the same login; Graph takes none of theirs."""
ROLES: Final = (*ALL_ROLES, "Calls.JoinGroupCalls.Chat")
KEY: Final = "a key that everybody may know: these tokens protect nothing"
ALGORITHM: Final = "HS256"
UNREADABLE: Final = "CompactToken parsing failed."
EXPIRED: Final = "Lifetime validation failed, the token is expired."
NOT_FOR_GRAPH: Final = "Access token validation failure. Invalid audience."


class Access(NamedTuple):
    """What tokens say from now on. Those that were given out stay as they are, as with the real login."""

    roles: tuple[str, ...] = ALL_ROLES
    lasts_seconds: int = LIVES_SECONDS


class Refusal(NamedTuple):
    """No token: `error` is OAuth's word, `code` a number of the real login."""

    error: str
    code: int
    text: str

    def document(self, now_text: str) -> dict[str, object]:
        """As the real login says it."""
        return {
            "error": self.error, "error_description": f"AADSTS{self.code}: {self.text}", "error_codes": [self.code],
            "timestamp": now_text, "trace_id": NO_ID, "correlation_id": NO_ID,
        }  # fmt: skip


NO_ID: Final = "00000000-0000-0000-0000-000000000000"


class BadTokenError(ValueError):
    """Graph does not take the token; the message is Graph's."""


def given(form: bytes, tenant_id: str, access: Access, now_seconds: int) -> dict[str, object] | Refusal:
    """The answer to a request for a token: any client, any secret."""
    asked = dict(parse_qsl(form.decode("utf-8", "replace")))
    kind, client_id = asked.get("grant_type", ""), asked.get("client_id", "")
    if kind != "client_credentials":
        return Refusal("unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{kind}'.")
    if not client_id:
        return Refusal("invalid_request", 900144, "The request body must contain the parameter 'client_id'.")
    audience = asked.get("scope", GRAPH).removesuffix("/.default")
    claims = {
        "aud": audience if urlsplit(audience).hostname else GRAPH, "iss": f"https://sts.windows.net/{tenant_id}/",
        "iat": now_seconds, "nbf": now_seconds, "exp": now_seconds + access.lasts_seconds, "appid": client_id,
        "idtyp": "app", "oid": str(uuid5(NAMESPACE_URL, client_id)), "roles": list(access.roles), "tid": tenant_id,
        "ver": "1.0",
    }  # fmt: skip
    token = jwt.encode(claims, KEY, ALGORITHM)
    return {"token_type": "Bearer", "expires_in": access.lasts_seconds, "ext_expires_in": access.lasts_seconds,
            "access_token": token}  # fmt: skip


def shown(authorization: str, now_seconds: int) -> str:
    """What the simulator is shown for the header of a request. Raises `BadTokenError`; what is no JWT is
    left to the simulator, which has tokens of its own for tests."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or text.count(".") != 2:
        return authorization
    try:
        claims = jwt.decode(text, KEY, [ALGORITHM], options={"verify_exp": False, "verify_nbf": False,
                                                             "verify_iat": False, "verify_aud": False})  # fmt: skip
        token = Token(str(claims["tid"]), tuple([str(one) for one in claims["roles"]]), str(claims["appid"]))
        audience, ends = str(claims["aud"]), int(claims["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        raise BadTokenError(UNREADABLE) from None
    if (urlsplit(audience).hostname or "") in OTHERS:
        raise BadTokenError(NOT_FOR_GRAPH)
    if now_seconds >= ends:
        raise BadTokenError(EXPIRED)
    return bearer(token.tenant_id, token.app_id, token.roles)
