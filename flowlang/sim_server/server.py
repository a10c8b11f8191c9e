"""The simulated Graph over HTTP: its calls API, its tokens, its keys, and signed notifications, on the real clock.

A program that talks to Graph can be pointed at it. Tokens for requests come from `/{tenant}/oauth2/v2.0/token`, as from
the real one, for any client; notifications carry a token that the page `/v1/keys` verifies. The pages under `/sim` move
the people in it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import anyio
import anyio.abc
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowlang import __version__
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLER, TENANT
from flowlang.sim_server import access, files
from flowlang.sim_server.cut import Cut, Cutting
from flowlang.sim_server.keys import CLOUDS, Cloud, Signing
from flowlang.sim_server.pages import Pages
from flowlang.sim_server.people import Known
from flowlang.sim_server.post import POST_SECONDS, Postman, client
from flowlang.sim_server.stage import Stage
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import no_bearer
from flowlang.simulator.values import Delivery, Fetch
from flowlang.wire.http import HttpRequest

NO_TENANT = "00000000-0000-0000-0000-000000000000"  # the real one always knows it
METHODS = ["GET", "POST", "DELETE", "PATCH", "PUT", "OPTIONS"]


class GraphServer:
    """`app` is to be served; `run()` delivers notifications until it is cancelled.

    cloud: who issues the tokens of notifications. people: who is meant by a name. tenant_id: of calls that come in by
    the control pages. fetches_prompts: as Graph does, and a prompt that it cannot play fails. heard: is told, in a
    line, what went wrong at the other side.
    """

    def __init__(
        self, graph: SimulatedGraph, application_id: str, clock_ms: Callable[[], int] | None = None, *,
        cloud: Cloud = CLOUDS["public"], people: Known = dict, tenant_id: str = TENANT, fetches_prompts: bool = False,
        post_seconds: float = POST_SECONDS, heard: Callable[[str], None] = lambda _text: None,
    ) -> None:  # fmt: skip
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._signing, self._post_seconds = Signing(application_id, cloud), post_seconds
        self.stage = Stage(graph, self._clock_ms, people, tenant_id, identity_set(CALLER, tenant_id), heard)
        self._stir: anyio.Event | None = None
        graph.stirred = self._stirred
        if fetches_prompts:
            graph.waits_for_prompts()
        pages = Pages(self.stage, self._signing, application_id, __version__)
        answering = Starlette(
            routes=[
                Route("/v1/.well-known/OpenIdConfiguration", self._configuration),
                Route("/v1/keys", self._keys),
                Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route("/recordings/{name}", self._recording),
                *pages.routes(),
                Route("/{path:path}", self._calls, methods=METHODS),
            ]
        )
        self.app = Cutting(answering)

    @property
    def graph(self) -> SimulatedGraph:
        """The Graph itself; another one after `POST /sim/reset`."""
        return self.stage.graph

    # ------------------------------------------------------------ pages

    async def _configuration(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        issuer = self._signing.cloud.configured_issuer
        return JSONResponse(
            {"issuer": issuer, "jwks_uri": f"{base}/v1/keys", "id_token_signing_alg_values_supported": ["RSA256"]}
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(self.key_set())

    def key_set(self) -> dict[str, object]:
        """The public keys, as `/v1/keys` gives them."""
        return self._signing.key_set()

    async def _token(self, request: Request) -> Response:
        tenant_id, now_seconds = str(request.path_params["tenant"]), self._clock_ms() // 1000
        found = access.given(await request.body(), tenant_id, self.stage.access, now_seconds)
        if isinstance(found, access.Refusal):
            now = datetime.fromtimestamp(now_seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            return JSONResponse(found.document(now), status_code=400)
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    async def _calls(self, request: Request) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = tuple([self._header(name, value) for name, value in request.headers.items()])
        self.graph.reached_at(str(request.base_url).rstrip("/"))
        answer = self.stage.request(HttpRequest(request.method, path, headers, await request.body()))
        if answer is None:  # the connection is cut: nobody learns whether it was taken
            return Cut()
        return Response(answer.body, answer.status, dict(answer.headers))

    def _header(self, name: str, value: str) -> tuple[str, str]:
        if name != "authorization":
            return name, value
        try:
            return name, access.shown(value, self._clock_ms() // 1000)
        except access.BadTokenError as error:
            return name, no_bearer(str(error))

    async def _recording(self, request: Request) -> Response:
        """What a caller said, for whoever shows its token, as long as the call is there."""
        recording = self.graph.recording(str(request.path_params["name"]))
        call = self.graph.call(recording.call_id) if recording is not None else None
        if recording is None or call is None:
            return Response(status_code=404)
        if request.headers.get("authorization", "") != f"Bearer {recording.token}":
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(files.spoken(recording), media_type=files.RECORDING_TYPE)

    # ------------------------------------------------------------ notifications

    async def run(self) -> None:
        """Post what is due, each by itself, until it is cancelled."""
        self.stage.is_over = False
        try:
            async with client() as http, anyio.create_task_group() as tasks:
                await self._drive(http, tasks)
        finally:
            self.stage.close()

    async def _drive(self, http: httpx.AsyncClient, tasks: anyio.abc.TaskGroup) -> None:
        graph, postman = self.graph, self._new_postman(http, self.graph)
        while True:
            self._stir = stir = anyio.Event()
            if graph is not self.graph:
                graph, postman = self.graph, self._new_postman(http, self.graph)
            self._work(http, postman, tasks)
            due_ms = self.stage.next_ms()
            wait_seconds = None if due_ms is None else max(due_ms - self._clock_ms(), 0) / 1000
            with anyio.move_on_after(wait_seconds):
                await stir.wait()

    def _new_postman(self, http: httpx.AsyncClient, graph: SimulatedGraph) -> Postman:
        return Postman(
            http, self.notification_token, lambda posted: self.stage.posted(graph, posted), self._post_seconds
        )

    def _work(self, http: httpx.AsyncClient, postman: Postman, tasks: anyio.abc.TaskGroup) -> None:
        """All that is due now."""
        now_ms = self._clock_ms()
        self.stage.act(now_ms)
        for delivery in self.graph.deliveries(now_ms):
            postman.post(delivery, tasks)
        for fetch in self.graph.fetches():
            tasks.start_soon(self._fetch, http, self.graph, fetch)

    async def _fetch(self, http: httpx.AsyncClient, graph: SimulatedGraph, fetch: Fetch) -> None:
        got = await files.fetched(http, fetch)
        if got.trouble:
            self.stage.heard(f"a prompt cannot be played: {got.trouble}")
        graph.fetched(fetch, self._clock_ms(), got.lengths_ms, got.failure)

    def _stirred(self) -> None:
        """Something may be due earlier than it was."""
        if self._stir is not None:
            self._stir.set()

    def notification_token(self, delivery: Delivery) -> str:
        """The token of a notification: who it is for, and the tenant of the call."""
        call = self.graph.call(delivery.call_id)
        tenant_id = call.tenant_id if call is not None else ""
        return self._signing.token(tenant_id or NO_TENANT, self._clock_ms() // 1000)
