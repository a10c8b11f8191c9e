"""Tokens of notifications: who signs them, what they say, and how keys come and go.

Graph, call notifications, authentication: RS256, issued by Graph (or by Bot Framework, as in GCC High), for the
application, with the tenant of the call. Everything that a receiver has to refuse can be asked for.
"""

import json
from typing import Final, Literal, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

FIRST_KEY: Final = "simulated"
TOKEN_SECONDS: Final = 3_900  # as on Graph's page: 65 minutes
SECRET: Final = "a secret that everybody may know: it signs what must be refused"  # noqa: S105 - see there
Algorithm = Literal["RS256", "HS256", "none"]
WithKey = Literal["ours", "unknown", "stolen"]
ALGORITHMS: Final[dict[str, Algorithm]] = {"RS256": "RS256", "HS256": "HS256", "none": "none"}
WITH_KEYS: Final[dict[str, WithKey]] = {"ours": "ours", "unknown": "unknown", "stolen": "stolen"}


class Cloud(NamedTuple):
    """Who issues the tokens of notifications, and who does by the OpenID configuration."""

    issuer: str
    configured_issuer: str


CLOUDS: Final = {
    "public": Cloud("https://graph.microsoft.com", "https://api.botframework.com"),
    # As tokens arrive there: with a slash at the end.
    "gcc-high": Cloud("https://api.botframework.com/", "https://api.botframework.com"),
    "us": Cloud("https://graph.microsoft.us", "https://api.botframework.us"),
}
"""`us`: a cloud whose issuer a receiver has to be told of."""


class Claims(NamedTuple):
    """What tokens say instead of what is right. None: as it is right; an empty text: the claim is left out.

    `starts_in_seconds`, `lasts_seconds`: from the moment of signing. `with_key`: `unknown` is on no page; `stolen` is
    one that calls itself by the name of ours.
    """

    audience: str | None = None
    issuer: str | None = None
    tenant_id: str | None = None
    starts_in_seconds: int = 0
    lasts_seconds: int = TOKEN_SECONDS
    algorithm: Algorithm = "RS256"
    with_key: WithKey = "ours"


class _Key(NamedTuple):
    name: str
    private: rsa.RSAPrivateKey


def new_private() -> rsa.RSAPrivateKey:
    """Takes some tenths of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Signing:
    """Signs tokens for one application, with the newest of its keys. `claims` may be changed at any time."""

    def __init__(self, application_id: str, cloud: Cloud = CLOUDS["public"]) -> None:
        self._application_id, self.cloud = application_id, cloud
        self._keys = [_Key(FIRST_KEY, new_private())]
        self._made = 1
        self._foreign: rsa.RSAPrivateKey | None = None
        self.claims = Claims()

    def key_set(self) -> dict[str, object]:
        """The public keys, as `/v1/keys` gives them, the newest first."""
        keys = []
        for key in reversed(self._keys):
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.private.public_key()))
            keys.append({**public, "kid": key.name, "use": "sig"})
        return {"keys": keys}

    def rotate(self, private: rsa.RSAPrivateKey, *, forget: bool = False) -> str:
        """Sign with a new key from now on; its name. The old ones stay on the page, unless they are to be forgotten."""
        self._made += 1
        key = _Key(f"{FIRST_KEY}-{self._made}", private)
        self._keys = [key] if forget else [*self._keys, key]
        return key.name

    def token(self, tenant_id: str, now_seconds: int) -> str:
        """A token for a notification about a call of this tenant."""
        claims = self.claims
        starts = now_seconds + claims.starts_in_seconds
        said: dict[str, object] = {
            "iss": self.cloud.issuer if claims.issuer is None else claims.issuer,
            "aud": self._application_id if claims.audience is None else claims.audience,
            "tid": tenant_id if claims.tenant_id is None else claims.tenant_id,
            "iat": starts, "nbf": starts, "exp": starts + claims.lasts_seconds,
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value != ""}
        name = "unknown" if claims.with_key == "unknown" else self._keys[-1].name
        match claims.algorithm:
            case "RS256":
                return jwt.encode(said, self._private(), algorithm="RS256", headers={"kid": name})
            case "HS256":
                return jwt.encode(said, SECRET, algorithm="HS256", headers={"kid": name})
            case "none":
                return jwt.encode(said, "", algorithm="none", headers={"kid": name})

    def _private(self) -> rsa.RSAPrivateKey:
        if self.claims.with_key == "ours":
            return self._keys[-1].private
        if self._foreign is None:
            self._foreign = new_private()
        return self._foreign
