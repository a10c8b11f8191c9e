"""HTTP to Graph and to services: the one module that knows the client library.

One that never left (no connection, no token) says so. One that left and was not answered has status 0: nobody knows
what became of it. Whether it goes out again is decided elsewhere.
"""

import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import anyio
import httpx

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.loopback import URL_HOSTS
from flowlang.runtime.limits import MOST_WAITED_SECONDS, Limits
from flowlang.runtime.outgoing import Place, prepared
from flowlang.runtime.sender import LOST, Response
from flowlang.runtime.tokens import TokenError
from flowlang.wire.again import TOO_MANY, came_of
from flowlang.wire.http import HttpResponse
from flowlang.wire.segments import UnsafeIdError

TIMEOUT_SECONDS = 20.0  # from the token to the last byte: shorter than a lease, so that an answer finds its request
CONNECT_SECONDS = 5.0
MOST_CONNECTIONS = 200  # as many as there are requests under way, so that none waits for another
MOST_BYTES = 1_000_000
UNAUTHORIZED, NOT_FOUND = 401, 404
REPLACED_IS_GONE = b'{"error":{"code":"10202","message":"The leg that the transfer was posted on is not there."}}'

NOT_SENT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL,
    UnicodeError,
)  # fmt: skip
"""What happens before a request leaves: nobody is there, or it cannot be written as HTTP."""
UNSAFE_RESPONSE = Response(400, b'{"error":{"code":"unsafeId","message":"The id cannot stand in an address."}}')
NOT_SENT_RESPONSE = LOST._replace(is_sent=False)
Heard = Callable[[str], None]


class TokenSource(Protocol):
    """Where tokens come from. `header` raises `TokenError`."""

    async def header(self, tenant_id: str) -> str: ...

    async def forget(self, tenant_id: str) -> None: ...


class Service(NamedTuple):
    """Where a service lives that `ask` and `notify` may call. `longest_ms`: no step waits longer; 0: as it says."""

    url: str
    headers: Mapping[str, str] = {}
    longest_ms: int = 0


class Around(NamedTuple):
    """What surrounds a transport. `heard` hears what an operator should know."""

    limits: Limits
    clock_ms: Callable[[], int]
    heard: Heard = lambda _text: None


def usual() -> Around:
    return Around(Limits(time.monotonic), lambda: time.time_ns() // 1_000_000)


def client_for(url: str) -> httpx.AsyncClient:
    """A client for Graph at that address, and for services: HTTP/2 where there is TLS, which is what decides it.

    What is on this machine is never reached by way of a proxy, which would see the secrets that go there without TLS.
    """
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
    return httpx.AsyncClient(http2=url.startswith("https:"), limits=limits, mounts=near_mounts())


def near_mounts() -> dict[str, None]:
    """For a client: no proxy of the environment stands between it and this machine."""
    return dict.fromkeys([f"all://{host}" for host in URL_HOSTS])


class Transport:
    """`carry` sends a command."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        graph_url: str,
        place: Place,
        tokens: TokenSource,
        services: Mapping[str, Service],
        around: Around | None = None,
    ) -> None:
        self._client, self._graph_url, self._place, self._tokens = client, graph_url.rstrip("/"), place, tokens
        self._services, self._around = services, around or usual()

    async def carry(self, session: Session, command: Command) -> Response:
        match command:
            case commands.Request():
                return await self._to_graph(session, command)
            case commands.AskService():
                about = {name: _plain(value) for name, value in command.about}
                return await self._to_service(command.service, {"about": about, "call": session.id}, command.timeout_ms)
            case commands.Notify():
                return await self._to_service(command.service, {"text": command.text, "call": session.id}, 10_000)
            case commands.StartFlow() | commands.FetchRecording():
                return Response(501)  # the runtime around this does these itself

    # ------------------------------------------------------------ Graph

    async def _to_graph(self, session: Session, request: commands.Request) -> Response:
        tenant_id, operation, limits = session.tenant_id, type(request.act).__name__, self._around.limits
        wait = limits.wait_seconds(tenant_id, operation)
        if wait > MOST_WAITED_SECONDS:  # what Graph would say; whoever sent it puts it back for so long
            return Response(TOO_MANY, b"", math.ceil(wait * 1000))
        if wait > 0:
            await anyio.sleep(wait)
        ends = anyio.current_time() + TIMEOUT_SECONDS
        response = await self._tried(session, request, ends)
        if response.status == UNAUTHORIZED:  # refused at the door, so it was not taken
            await self._tokens.forget(tenant_id)
            response = await self._tried(session, request, ends)
        if response.status == TOO_MANY and response.wait_ms > 0:
            limits.rest(tenant_id, operation, response.wait_ms / 1000)
        return response

    async def _tried(self, session: Session, request: commands.Request, ends: float) -> Response:
        try:
            made, is_about_another = prepared(session, request, self._place)
        except UnsafeIdError as error:  # it would be for something else, so it never leaves
            self._around.heard(f"call {session.id}: {type(request.act).__name__} is not sent: {error}")
            return UNSAFE_RESPONSE
        try:
            authorization = await self._tokens.header(session.tenant_id)
        except TokenError as error:
            self._around.heard(str(error))
            return NOT_SENT_RESPONSE
        left_seconds = ends - anyio.current_time()
        if left_seconds <= 0:
            self._around.heard("a token took too long")
            return NOT_SENT_RESPONSE
        headers = [*made.headers, ("Authorization", authorization)]
        response = await self._exchange(made.method, self._graph_url + made.path, headers, made.body, left_seconds)
        if is_about_another and response.status == NOT_FOUND:
            return response._replace(body=REPLACED_IS_GONE)  # the leg of the command is still there
        return response

    # ------------------------------------------------------------ services

    async def _to_service(self, name: str, document: dict[str, object], timeout_ms: int) -> Response:
        service = self._services.get(name)
        if service is None:
            self._around.heard(f"the service {name} has no address in the settings")
            return Response(404)
        longest_ms = min(timeout_ms, service.longest_ms or timeout_ms)
        headers = [("Content-Type", "application/json"), *service.headers.items()]
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        return await self._exchange("POST", service.url, headers, body, longest_ms / 1000)

    async def _exchange(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes, timeout_seconds: float
    ) -> Response:
        """Send it and wait for all that comes back, no longer than the bound: one that answers byte by byte is given up
        like one that does not answer."""
        found: HttpResponse | None = None
        soon = min(CONNECT_SECONDS, timeout_seconds)
        timeout = httpx.Timeout(timeout_seconds, connect=soon, pool=soon)
        try:
            with anyio.move_on_after(timeout_seconds):
                async with self._client.stream(method, url, headers=headers, content=body, timeout=timeout) as answer:
                    content = await _bounded(answer)
                    found = HttpResponse(answer.status_code, tuple(answer.headers.items()), content)
        except NOT_SENT as error:
            self._around.heard(f"{urlsplit(url).hostname} cannot be reached: {type(error).__name__}")
            return NOT_SENT_RESPONSE
        except httpx.HTTPError:
            return LOST
        if found is None:
            return LOST
        return Response(found.status, found.body, came_of(found, self._around.clock_ms()).wait_ms)


async def _bounded(answer: httpx.Response) -> bytes:
    """The body, but no more of it than there is room for."""
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size >= MOST_BYTES:
            break
    return b"".join(parts)[:MOST_BYTES]


Token = Callable[[str], Awaitable[str]]


class PlainTokens:
    """A `TokenSource` from a function, for tests and for the simulated Graph."""

    def __init__(self, token: Token) -> None:
        self._token = token

    async def header(self, tenant_id: str) -> str:
        return await self._token(tenant_id)

    async def forget(self, tenant_id: str) -> None:
        """There is nothing to forget."""


def _plain(value: Value) -> object:
    """A value of the language as JSON has it."""
    if isinstance(value, Party):
        return {"kind": value.kind, "id": value.id, "name": value.name}
    if isinstance(value, Milliseconds):
        return value.ms / 1000
    return value if isinstance(value, str | int | bool) or value is None else str(value)
