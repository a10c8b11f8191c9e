"""Keys and tokens as the platform has them, made for tests."""

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

APPLICATION = "11111111-2222-4333-8444-555555555555"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
NOW = 1_795_420_800


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """One key for each name; making one takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_set(*names: str) -> dict[str, Any]:
    """The page of public keys."""
    keys = []
    for name in names:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(name).public_key()))
        keys.append({**public, "kid": name, "use": "sig"})
    return {"keys": keys}


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; None takes one away."""
    usual = {
        "iss": "https://graph.microsoft.com", "aud": APPLICATION, "tid": TENANT, "iat": NOW, "nbf": NOW,
        "exp": NOW + 3_600,
    }  # fmt: skip
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def bearer(name: str = "k1", *, kid: str | None = None, algorithm: str = "RS256", **changes: Any) -> str:
    """An Authorization header with a token signed by that key."""
    secret: Any = key(name) if algorithm == "RS256" else "" if algorithm == "none" else "x" * 32
    token = jwt.encode(claims(**changes), secret, algorithm=algorithm, headers={"kid": kid or name})
    return f"Bearer {token}"


def bearer_of(payload: str, *, head: str = "") -> str:
    """An Authorization header with a token whose payload is that text, whatever JSON it is. `head`: the text of its
    header, which nobody signs."""
    token = jwt.api_jws.encode(payload.encode(), key("k1"), algorithm="RS256", headers={"kid": "k1"})
    if head:
        token = f"{jwt.utils.base64url_encode(head.encode()).decode()}.{token.partition('.')[2]}"
    return f"Bearer {token}"
