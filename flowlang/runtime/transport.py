"""HTTP to Graph and to services: the one module that knows the client library."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import httpx

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.runtime.outgoing import Place, prepared
from flowlang.runtime.sender import Response

TIMEOUT_SECONDS = 20.0  # shorter than a lease, so that an answer still finds its request
MOST_BYTES = 1_000_000

Token = Callable[[str], Awaitable[str]]
"""The value of the Authorization header for a tenant."""


class Service(NamedTuple):
    """Where a service lives that `ask` and `notify` may call."""

    url: str
    headers: Mapping[str, str] = {}


class Transport:
    """`carry` sends a command. What the network does is a response with status 0: nobody knows whether it was taken."""

    def __init__(
        self, client: httpx.AsyncClient, graph_url: str, place: Place, token: Token, services: Mapping[str, Service]
    ) -> None:
        self._client, self._graph_url, self._place, self._token = client, graph_url.rstrip("/"), place, token
        self._services = services

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

    async def _to_graph(self, session: Session, request: commands.Request) -> Response:
        made = prepared(session, request, self._place)
        headers = [*made.headers, ("Authorization", await self._token(session.tenant_id))]
        return await self._exchange(made.method, self._graph_url + made.path, headers, made.body, TIMEOUT_SECONDS)

    async def _to_service(self, name: str, document: dict[str, object], timeout_ms: int) -> Response:
        import json

        service = self._services.get(name)
        if service is None:
            return Response(404)
        headers = [("Content-Type", "application/json"), *service.headers.items()]
        body = json.dumps(document, ensure_ascii=False).encode()
        return await self._exchange("POST", service.url, headers, body, timeout_ms / 1000)

    async def _exchange(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes, timeout_seconds: float
    ) -> Response:
        try:
            answer = await self._client.request(method, url, headers=headers, content=body, timeout=timeout_seconds)
        except httpx.HTTPError:
            return Response(0)
        return Response(answer.status_code, answer.content[:MOST_BYTES])


def _plain(value: Value) -> object:
    """A value of the language as JSON has it."""
    if isinstance(value, Party):
        return {"kind": value.kind, "id": value.id, "name": value.name}
    if isinstance(value, Milliseconds):
        return value.ms / 1000
    return value if isinstance(value, str | int | bool) or value is None else str(value)
