"""HTTP/1.1 with bounds: how long a head may be, how many connections there are, how long each thing may take.

A subclass of uvicorn's protocol. It counts what it is given, and once a second it is asked whether it has waited too
long (`look`): a timer for each request would cost more than the request. What is refused here is said in few bytes, and
the connection ends.
"""

from collections.abc import Iterable
from http import HTTPStatus
from math import inf
from typing import Any, Final, Literal, assert_never

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEAD: Final = 32_768  # bytes: a token of Graph has two thousand, and proxies add lines of their own
MOST_URL: Final = 8_192
MOST_HEADERS: Final = 100  # and as many after a body
MOST_MESSAGE: Final = 8_000_000  # bytes as they are sent, of which a body of chunks is a small part
MOST_AFTER_ANSWER: Final = 1_000_000  # of a body that was answered before it had ended
MOST_WAITING: Final = 32  # requests that were sent before the one in front of them was answered
MOST_CONNECTIONS: Final = 1_000  # of one port
HEAD_SECONDS: Final = 10.0
BODY_SECONDS: Final = 30.0  # the webhook and the admin port answer sooner, in a way of their own
FIRST_SECONDS: Final = 10.0  # until something comes at all
UNREAD_SECONDS: Final = 30.0  # an answer of which nothing more is read
LINGER_SECONDS: Final = 2.0  # whoever is refused while sending would not see the answer if we left at once
IDLE_SECONDS: Final = 75  # longer than proxies keep one that nobody uses: else it is closed just as it is used again
VERSIONS: Final = ("1.1", "1.0")

Phase = Literal["first", "head", "body", "answer", "unread", "idle"]
PHASE_SECONDS: Final[dict[Phase, float]] = {
    "first": FIRST_SECONDS, "head": HEAD_SECONDS, "body": BODY_SECONDS, "answer": inf, "unread": UNREAD_SECONDS,
    "idle": IDLE_SECONDS,
}  # fmt: skip
"""How long a connection may be in each. An answer may take long: pages of events have no end."""


class _RefusedError(Exception):
    """Raised inside the parser, which stops at it."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `look(now)` is to be called about once a second; `now` in seconds of any clock that goes on."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._number = 0  # of the message
        self._is_open = self._is_head = False  # a message has begun; its head has not ended
        self._bytes = 0  # of the message, in earlier parts
        self._part = 0
        self._after_answer = self._trailers = 0
        self._status = 400
        self._is_deaf = False
        self._ends = inf
        self._seen: tuple[Phase, int] = ("first", 0)
        self._since = inf

    # ------------------------------------------------------------ connections

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            idle = next((one for one in self.connections if isinstance(one, BoundedProtocol) and one.is_idle), None)
            if idle is not None:
                idle.transport.close()
            else:
                self._refuse(503)

    @property
    def is_idle(self) -> bool:
        """Nothing is lost if it is closed: it has been answered, and asks for nothing."""
        cycle = self._latest()
        return cycle is not None and cycle.response_complete and not self._is_open and not self._is_deaf

    def _latest(self) -> RequestResponseCycle | None:
        """The request that came last with its whole head."""
        return self.cycle

    # ------------------------------------------------------------ what comes

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._after_answer += len(data)
            if self._after_answer > MOST_AFTER_ANSWER:
                self.transport.abort()
            return
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        self._part = len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # it is answered as if nothing else had been asked for
            self._close_after_answers()
            return
        except httptools.HttpParserError:
            self._refuse(self._status)
            return
        if self._is_open:
            self._bytes += len(data)
            if self._is_head and self._bytes > MOST_HEAD:
                self._refuse(414 if not self.headers and len(self.url) > MOST_URL else 431)
            elif self._bytes > MOST_MESSAGE:
                self._refuse(413)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_WAITING:
            raise _RefusedError
        super().on_message_begin()
        self._number += 1
        self._is_open = self._is_head = True
        self._bytes = self._after_answer = self._trailers = 0

    def on_url(self, url: bytes) -> None:
        self.url = url if not self.url else self.url + url
        if len(self.url) > MOST_URL:
            self._stop(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_head:
            self._trailers += 1  # nobody reads them
            if self._trailers > MOST_HEADERS:
                self._stop(431)
            return
        headers, name = self.headers, name.lower()
        if len(headers) >= MOST_HEADERS:
            self._stop(431)
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._bytes + self._part > MOST_HEAD and _size(self.url, self.headers) > MOST_HEAD:
            self._stop(431)
        if self.parser.get_http_version() not in VERSIONS:
            self._stop(505)
        super().on_headers_complete()
        self._is_head = False

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            self._after_answer += len(body)
            if self._after_answer > MOST_AFTER_ANSWER:
                self.transport.close()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_open = False
        super().on_message_complete()

    def _stop(self, status: int) -> None:
        self._status = status
        raise _RefusedError

    # ------------------------------------------------------------ what is refused

    def _refuse(self, status: int) -> None:
        """Say it, if the answer can stand where it belongs, and hear no more."""
        is_of_body = self._is_open and not self._is_head
        cycle = self._latest()
        if cycle is not None and not cycle.response_complete:
            if not is_of_body:
                self._close_after_answers()
                return
            if self.pipeline or cycle.response_started:  # the answer would stand before others, or inside another
                self.transport.close()
                return
            cycle.disconnected = True  # whoever answers it is told that nobody waits
            cycle.message_event.set()
        self._is_deaf = True
        self.transport.write(_answer(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._ends = self.loop.time() + LINGER_SECONDS
        self.flow.resume_reading()

    def _close_after_answers(self) -> None:
        """What came whole is answered; nothing more is heard."""
        self._is_deaf = True
        last = self._latest()
        if last is None or last.response_complete:
            self.transport.close()
        else:
            last.keep_alive = False

    # ------------------------------------------------------------ time

    def look(self, now: float) -> None:
        """End the connection if it has been in one phase for too long."""
        if self._is_deaf and now >= self._ends:
            self.transport.abort()
            return
        phase = self._phase()
        if self._seen != (phase, self._number) or self._since == inf:
            self._seen, self._since = (phase, self._number), now
            return
        if now - self._since <= PHASE_SECONDS[phase] or self._ends < inf:
            return
        match phase:
            case "head" | "body":
                self._refuse(408)
            case "first" | "idle":
                self.transport.close()
            case "unread":
                self.transport.abort()
            case "answer":
                pass
            case _:
                assert_never(phase)

    def _phase(self) -> Phase:
        if self._is_open and self._is_head:
            return "head"
        cycle = self._latest()
        if cycle is None:
            return "first"
        if not cycle.response_complete:
            if self._is_open:
                return "body"
            return "unread" if self.flow.write_paused else "answer"
        return "idle"


def look_at(connections: Iterable[object], now: float) -> None:
    """All connections of a server."""
    for one in list(connections):
        if isinstance(one, BoundedProtocol):
            one.look(now)


def _size(url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> int:
    return len(url) + sum([len(name) + len(value) + 4 for name, value in headers])


def _answer(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase
    head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain\r\ncontent-length: {len(phrase)}\r\n"
    return f"{head}connection: close\r\n\r\n{phrase}".encode("ascii")
