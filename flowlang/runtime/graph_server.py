"""The simulated Graph over HTTP: its calls API, its tokens, its keys, and signed notifications, on the real clock.

A program that talks to Graph can be pointed at it. Tokens for requests come from `/{tenant}/oauth2/v2.0/token`, as from
the real one, for any client; notifications carry a token that the page `/v1/keys` verifies.
"""

import json
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

import anyio
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowlang.runtime.sim.cut import Cut, Cutting
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import bearer
from flowlang.simulator.values import Delivery
from flowlang.wire.http import HttpRequest

KEY_NAME = "simulated"
ISSUER = "https://graph.microsoft.com"
TOKEN_SECONDS = 3_900  # as on Graph's page: 65 minutes
LOOKS_SECONDS = 0.01
POST_SECONDS = 10.0


class GraphServer:
    """`app` is to be served; `run()` delivers notifications until it is cancelled."""

    def __init__(self, graph: SimulatedGraph, application_id: str, clock_ms: Callable[[], int] | None = None) -> None:
        self.graph, self._application_id = graph, application_id
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pages = Starlette(
            routes=[
                Route("/v1/.well-known/OpenIdConfiguration", self._configuration),
                Route("/v1/keys", self._keys),
                Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route("/{path:path}", self._calls, methods=["GET", "POST", "DELETE", "PATCH", "PUT"]),
            ]
        )
        self.app = Cutting(pages)

    # ------------------------------------------------------------ pages

    async def _configuration(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {"issuer": ISSUER, "jwks_uri": f"{base}/v1/keys", "id_token_signing_alg_values_supported": ["RSA256"]}
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(self.key_set())

    def key_set(self) -> dict[str, object]:
        """The public keys, as `/v1/keys` gives them."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": KEY_NAME, "use": "sig"}]}

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials" or not form.get("client_id"):
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        token = bearer(str(request.path_params["tenant"]), form["client_id"]).removeprefix("Bearer ")
        return JSONResponse({"token_type": "Bearer", "expires_in": 3_599, "access_token": token})

    async def _calls(self, request: Request) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = tuple(request.headers.items())
        answer = self.graph.request(HttpRequest(request.method, path, headers, await request.body()), self._clock_ms())
        if answer is None:  # the connection is cut: nobody learns whether it was taken
            return Cut()
        return Response(answer.body, answer.status, dict(answer.headers))

    # ------------------------------------------------------------ notifications

    async def run(self) -> None:
        """Post what is due, each by itself, until it is cancelled."""
        async with httpx.AsyncClient(timeout=POST_SECONDS) as client:
            while True:
                for delivery in self.graph.deliveries(self._clock_ms()):
                    await self._deliver(client, delivery)
                await anyio.sleep(LOOKS_SECONDS)

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        headers = [*delivery.headers, ("Authorization", f"Bearer {self.notification_token(delivery)}")]
        try:
            answer = await client.post(delivery.url, headers=headers, content=delivery.body)
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        self.graph.acknowledge(delivery, status, self._clock_ms())

    def notification_token(self, delivery: Delivery) -> str:
        """The token of a notification: who it is for, and the tenant of the call."""
        now = self._clock_ms() // 1000
        claims = {
            "iss": ISSUER, "aud": self._application_id, "tid": _tenant(delivery.body), "iat": now, "nbf": now,
            "exp": now + TOKEN_SECONDS,
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_NAME})


def _tenant(body: bytes) -> str:
    """The tenant that a notification names, or a stand-in: the real one always knows it."""
    items = json.loads(body).get("value") or [{}]
    data = items[0].get("resourceData") if isinstance(items[0], dict) else None
    found = data.get("tenantId") if isinstance(data, dict) else None
    return str(found or "00000000-0000-0000-0000-000000000000")
