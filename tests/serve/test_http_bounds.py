"""What the servers of a process refuse before an application hears of it, over sockets. Time is given, not spent."""

import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import anyio
import pytest
import uvicorn
from anyio import to_thread

from flowlang.tools import http_bounds
from flowlang.tools.http_bounds import (
    BODY_SECONDS,
    FIRST_SECONDS,
    HEAD_SECONDS,
    IDLE_SECONDS,
    MOST_HEAD,
    MOST_HEADERS,
    MOST_MESSAGE,
    MOST_URL,
    MOST_WAITING,
    UNREAD_SECONDS,
    BoundedProtocol,
    look_at,
)
from flowlang.tools.serve_http import listen, serving

PATIENCE_SECONDS: Final = 20.0
GET: Final = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """Says how long the body was. `/quick` answers at once, `/long` with much, `/never` waits."""
    if scope["path"] == "/never":
        while (await receive())["type"] != "http.disconnect":
            pass
    size, more = 0, scope["path"] not in ("/quick", "/long")
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = b"x" * 50_000_000 if scope["path"] == "/long" else str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Rig:
    """A server, and connections to it from another thread."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.server, self.port = server, port

    @property
    def connections(self) -> list[BoundedProtocol]:
        return [one for one in self.server.server_state.connections if isinstance(one, BoundedProtocol)]

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as one:
            yield one

    def exchange(self, data: bytes) -> bytes:
        """All that comes back, until the connection ends or a second passes."""
        with self.connected() as one:
            one.sendall(data)
            return rest_of(one)

    async def later(self, seconds: float) -> None:
        """The connections, as they are looked at then."""
        look_at(self.connections, time.monotonic())
        look_at(self.connections, time.monotonic() + seconds)

    async def until(self, is_so: Callable[[BoundedProtocol], bool]) -> None:
        """There is one connection, and it is so."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while not [one for one in self.connections if is_so(one)]:  # noqa: ASYNC110 - a server tells nobody
                await anyio.sleep(0.005)


def rest_of(one: socket.socket) -> bytes:
    one.settimeout(1.0)
    parts: list[bytes] = []
    try:
        while part := one.recv(65_536):
            parts.append(part)
    except (TimeoutError, ConnectionResetError):
        pass
    return b"".join(parts)


def is_ended(one: socket.socket) -> bool:
    one.settimeout(PATIENCE_SECONDS)
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    with listen("127.0.0.1", 0, "--port") as on:
        async with serving(reading, on) as server:
            yield Rig(server, on.getsockname()[1])


HEADERS: Final = b"".join([b"x-%d: y\r\n" % number for number in range(MOST_HEADERS - 1)])
REFUSED: Final = {
    "a head that is too long": (b"GET / HTTP/1.1\r\nx: " + b"a" * MOST_HEAD + b"\r\n\r\n", 431),
    "a head that has no end": (b"GET / HTTP/1.1\r\nx: " + b"a" * MOST_HEAD * 2, 431),
    "lines of a head without end": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 50_000, 431),
    "one line too many": (b"GET / HTTP/1.1\r\nHost: x\r\n" + HEADERS + b"z: z\r\n\r\n", 431),
    "an address that is too long": (b"GET /" + b"a" * MOST_URL + b" HTTP/1.1\r\n\r\n", 414),
    "an address that has no end": (b"GET /" + b"a" * MOST_HEAD * 2, 414),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "another version": (b"GET / HTTP/2.0\r\n\r\n", 505),
    "two lengths": (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400,
    ),
    "a negative length": (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
    "chunks that are none": (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab\r\n", 400),
    "lines after a body without end": (
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + b"a: b\r\n" * 50_000, 431,
    ),
    "a line after a body without end": (
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\na: " + b"b" * (MOST_MESSAGE + 1), 413,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_request_is_refused_and_the_connection_ends(what: str) -> None:
    sent, status = REFUSED[what]

    async def main() -> bytes:
        async with rig() as one:
            return await to_thread.run_sync(one.exchange, sent)

    answer = anyio.run(main)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"connection: close" in answer
    assert answer.count(b"HTTP/1.1") == 1


TAKEN: Final = {
    "many lines": (b"GET / HTTP/1.1\r\nHost: x\r\n" + HEADERS + b"\r\n", b"0"),
    "a long head": (b"GET / HTTP/1.1\r\nx: " + b"a" * (MOST_HEAD - 100) + b"\r\n\r\n", b"0"),
    "a long address": (b"GET /" + b"a" * (MOST_URL - 1) + b" HTTP/1.1\r\n\r\n", b"0"),
    "a body": (b"POST / HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n" + b"a" * 1_000_000, b"1000000"),
    "chunks": (
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 9_000 + b"0\r\nx: y\r\n\r\n",
        b"9000",
    ),
    "an upgrade": (b"GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", b"0"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_within_the_bounds_is_answered(what: str) -> None:
    sent, body = TAKEN[what]

    async def main() -> bytes:
        async with rig() as one:
            return await to_thread.run_sync(one.exchange, sent)

    answer = anyio.run(main)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n" + body)


def test_requests_that_come_all_at_once_are_answered_up_to_a_bound() -> None:
    async def main() -> tuple[bytes, bytes, bytes]:
        async with rig() as one:
            some = await to_thread.run_sync(one.exchange, GET * 20)
            many = await to_thread.run_sync(one.exchange, GET * 10_000)
            broken = await to_thread.run_sync(one.exchange, GET * 2 + b"broken\r\n\r\n")
            return some, many, broken

    some, many, broken = anyio.run(main)
    assert some.count(b"HTTP/1.1 200") == 20
    assert 1 <= many.count(b"HTTP/1.1 200") <= MOST_WAITING + 1
    assert broken.count(b"HTTP/1.1") == broken.count(b"HTTP/1.1 200") == 2  # no other answer stands among them


def flood(one: Rig, head: bytes) -> int:
    """How much of 150 MB is taken before the connection ends."""
    sent = 0
    with one.connected() as to:
        to.sendall(head)
        try:
            while sent < 150_000_000:
                to.sendall(b"a" * 1_000_000)
                sent += 1_000_000
        except (BrokenPipeError, ConnectionResetError):
            pass
    return sent


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nx: ",
        b"GET /",
        b"POST /quick HTTP/1.1\r\ncontent-length: 900000000\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\na: ",
    ],
)
def test_what_has_no_end_is_not_taken_without_end(head: bytes) -> None:
    async def main() -> int:
        async with rig() as one:
            return await to_thread.run_sync(flood, one, head)

    assert anyio.run(main) < 40_000_000  # what the sockets hold


SLOW: Final = {
    "nothing": (b"", lambda one: not one.cycle, FIRST_SECONDS, b""),
    "empty lines": (b"\r\n\r\n", lambda one: not one.cycle, FIRST_SECONDS, b""),
    "half a head": (b"GET / HTTP/1.1\r\nx:", lambda one: one._is_head, HEAD_SECONDS, b"408"),
    "half a body": (
        b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nabc", lambda one: bool(one.cycle), BODY_SECONDS, b"408",
    ),
    "half a chunk": (
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", lambda one: bool(one.cycle), BODY_SECONDS,
        b"408",
    ),
    "an answer that nobody reads": (
        b"GET /long HTTP/1.1\r\n\r\n", lambda one: bool(one.flow) and one.flow.write_paused, UNREAD_SECONDS,
        b"200",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SLOW)
def test_whoever_is_slow_is_waited_for_within_a_bound(what: str) -> None:
    sent, is_there, seconds, status = SLOW[what]

    async def main() -> bytes:
        async with rig() as one:
            with one.connected() as to:
                to.sendall(sent)
                await one.until(is_there)
                await one.later(seconds - 1)
                assert len(one.connections) == 1
                await one.later(seconds + 1)
                return await to_thread.run_sync(rest_of, to)

    answer = anyio.run(main)
    assert answer[9:12] == status
    assert answer[9:12] != b"408" or b"connection: close" in answer


def test_a_connection_that_is_not_used_is_closed_also_where_empty_lines_come() -> None:
    async def main() -> bool:
        async with rig() as one:
            with one.connected() as to:
                to.sendall(GET)
                await one.until(lambda it: it.is_idle)
                to.sendall(b"\r\n")
                await one.until(lambda it: it.timeout_keep_alive_task is None)
                await one.later(IDLE_SECONDS + 1)
                to.recv(1_000)
                return await to_thread.run_sync(is_ended, to)

    assert anyio.run(main)


def test_a_request_that_is_worked_on_is_left_alone() -> None:
    async def main() -> None:
        async with rig() as one:
            with one.connected() as to:
                to.sendall(b"GET /never HTTP/1.1\r\n\r\n")
                await one.until(lambda it: bool(it.cycle))
                await one.later(10_000)
                assert len(one.connections) == 1

    anyio.run(main)


def test_there_is_a_bound_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not used makes room; where there is none, who comes is told so."""
    monkeypatch.setattr(http_bounds, "MOST_CONNECTIONS", 2)

    async def main() -> tuple[bytes, bytes]:
        async with rig() as one:
            with one.connected() as first, one.connected() as second:
                first.sendall(GET)
                await one.until(lambda it: it.is_idle)
                second.sendall(b"GET /never HTTP/1.1\r\n\r\n")
                await one.until(lambda it: bool(it.cycle) and not it.is_idle)
                with one.connected() as third:
                    third.sendall(GET)
                    taken = await to_thread.run_sync(rest_of, third)
                    assert await to_thread.run_sync(is_ended, first) is False  # its answer is still to be read
                    third.sendall(b"GET /never HTTP/1.1\r\n\r\n")
                    with anyio.fail_after(PATIENCE_SECONDS):
                        while [it for it in one.connections if it.is_idle]:  # noqa: ASYNC110 - as above
                            await anyio.sleep(0.005)
                    return taken, await to_thread.run_sync(one.exchange, b"")

    taken, refused = anyio.run(main)
    assert taken.startswith(b"HTTP/1.1 200")
    assert refused.startswith(b"HTTP/1.1 503")
