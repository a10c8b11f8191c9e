"""Web servers of this process: their sockets are bound before anything else is done, so a port in use is one line."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from flowlang.tools.http_bounds import IDLE_SECONDS, BoundedProtocol, look_at
from flowlang.tools.options import UsageError

BACKLOG = 2048
STARTS_SECONDS = 20.0


def listen(host: str, port: int, option: str) -> socket.socket:
    """A socket that listens. Raises `UsageError`, which names the option to change."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        one = socket.socket(family, socket.SOCK_STREAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        one.listen(BACKLOG)
    except OSError as error:
        why = f"port {port} on {host} cannot be used: {error.strerror}"
        raise UsageError(f"{why}; choose another with {option}") from None
    one.setblocking(False)
    return one


def address_of(one: socket.socket) -> str:
    """`http://HOST:PORT`, as somebody on this machine reaches it."""
    host, port = one.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """One of several in a process: signals are for all of them together, and none of its business."""

    def install_signal_handlers(self) -> None:
        """Nothing: older releases of uvicorn ask here."""

    def capture_signals(self) -> Any:
        """Nothing: newer ones ask here."""
        from contextlib import nullcontext

        return nullcontext()

    async def on_tick(self, counter: int) -> bool:
        """It is called ten times a second."""
        if counter % 10 == 0:
            look_at(self.server_state.connections, time.monotonic())
        return await super().on_tick(counter)


def _undisturbed(app: ASGIApp) -> ASGIApp:
    """The application, where somebody who went away amid a body is no error of it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            await app(scope, receive, send)

    return answer


@asynccontextmanager
async def serving(app: Any, on: socket.socket) -> AsyncIterator[uvicorn.Server]:
    """Serves an application while the block runs; requests under way at its end are answered."""
    config = uvicorn.Config(
        _undisturbed(app), log_config=None, log_level="warning", lifespan="off", access_log=False, proxy_headers=True,
        forwarded_allow_ips="127.0.0.1", timeout_graceful_shutdown=5, timeout_keep_alive=IDLE_SECONDS,
        server_header=False, http=BoundedProtocol, ws="none",
    )  # fmt: skip
    server = _Server(config)
    over = anyio.Event()

    async def serve() -> None:
        with anyio.CancelScope(shield=True):  # it closes its sockets by itself
            await server.serve(sockets=[on])
        over.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        with anyio.fail_after(STARTS_SECONDS):
            while not server.started:  # noqa: ASYNC110 - it has no event for it
                await anyio.sleep(0.005)
        try:
            yield server
        finally:
            server.should_exit = True
            with anyio.CancelScope(shield=True):
                await over.wait()
