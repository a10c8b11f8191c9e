"""The way in as the world uses it: proxies, callers that take for ever, and whatever else comes to the port.

The fuzzer talks to the whole service over a socket, with a store on the disk and a call under way: whatever it sends,
no answer is an error of ours, none stays away, and the call that comes next is taken.
"""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.runtime.doorway import doorway
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.intake import PATHS
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.store.sqlite import SqliteStore
from flowlang.tools.serve_http import address_of, listen, serving
from tests.properties.test_histories import plan_of
from tests.runtime.test_webhook import CALL, body, notification
from tests.runtime.told import Told

OURS = (*PATHS, "/prompts")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the path that it was asked for, once all has come."""
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def asked(app: Any, use: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            with anyio.fail_after(20):
                await use(client)

    anyio.run(main)


@pytest.mark.parametrize(
    ("public_url", "path", "inside"),
    [
        ("https://x.example", "/callback/c/1", "/callback/c/1"),
        ("https://x.example/calls", "/calls/callback/c/1", "/callback/c/1"),  # the proxy leaves the path whole
        ("https://x.example/calls", "/callback/c/1", "/callback/c/1"),  # it takes it off
        ("https://x.example/a/b/", "/a/b/api/calls", "/api/calls"),
        ("https://x.example/calls", "/calls/prompts/d.wav", "/prompts/d.wav"),
        ("https://x.example/callback", "/callback/callback/c/1", "/callback/c/1"),
        ("https://x.example/callback", "/callback/c/1", "/callback/c/1"),
        ("https://x.example/calls", "/calls/elsewhere", "/calls/elsewhere"),
        ("https://x.example/calls", "/callsback", "/callsback"),
    ],
)
def test_the_path_of_the_public_address_may_be_there_or_not(public_url: str, path: str, inside: str) -> None:
    async def use(client: httpx.AsyncClient) -> None:
        assert (await client.post(path)).text == inside

    asked(doorway(echo, public_url, OURS), use)


@pytest.mark.parametrize("path", ["/callback/c/" + "9" * 5_000, "/callback/" + "c" * 1_000])
def test_what_can_be_no_address_of_ours_is_not_there(path: str) -> None:
    async def use(client: httpx.AsyncClient) -> None:
        assert (await client.post(path)).status_code == 404

    asked(doorway(echo, "https://x.example", OURS), use)


# ---------------------------------------------------------------- whatever comes


class House:
    """The whole way in, over a socket, with the service behind it and a call under way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.said: list[str] = []

    @asynccontextmanager
    async def up(self) -> AsyncIterator["House"]:
        store = self.store = SqliteStore(self.path)
        flows = StoredFlows(store, lambda _call: "flow", clock_ms)
        flows.serve({"flow": plan_of("consult.flow")})

        async def carry(_session: Session, _command: Command) -> Response:
            return Response(202)

        worker = Worker(store, flows, lambda _plan, _at: frozenset())
        service = Service(store, worker, carry, clock_ms, "one")
        webhook = Webhook(service.inbox, None, clock_ms, Told(self.said))
        with listen("127.0.0.1", 0, "--port") as socket:
            url = address_of(socket)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(service.run)
                async with (
                    serving(doorway(webhook.around(), "https://x.example/calls", OURS), socket),
                    httpx.AsyncClient(base_url=url, timeout=10) as self.client,
                ):
                    self.port = int(url.rpartition(":")[2])
                    await self.begin(CALL)
                    yield self
                tasks.cancel_scope.cancel()
        store.close()

    async def begin(self, call_id: str) -> None:
        """A call comes in, is taken, and is worked on."""
        answer = await self.client.post("/callback", content=body(notification(call_id=call_id)))
        assert answer.status_code == 202
        with anyio.fail_after(10):
            while self.store.session(call_id) is None:  # noqa: ASYNC110 - another thread writes it
                await anyio.sleep(0.005)


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


WORDS = st.sampled_from([
    "value", "changeType", "resourceUrl", "resource", "resourceData", "@odata.type", "state", "id", "resultInfo",
    "code", "created", "updated", "deleted", "incoming", "established", "terminated", "toneInfo",
    "#microsoft.graph.playPromptOperation", "tone", "tone1", "sequenceId", "recordingAccessToken", "recordingLocation",
    f"/communications/calls/{CALL}", f"/communications/calls/{CALL}/participants", "\x00", "\ud800", "é", "x" * 300,
    "#microsoft.graph.call",
])  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=20,
)
GOOD = json.dumps(notification("updated", "established"))
BODIES = st.one_of(
    st.binary(max_size=300),
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps({"value": [value, value]}).encode()),
    st.builds(lambda cut, noise: GOOD.encode()[:cut] + noise, st.integers(0, len(GOOD)), st.binary(max_size=9)),
    st.sampled_from([
        b"[" * 100_000, b'{"value":' * 5_000, b'"changeType"' * 9, b'{"value": [1e999, -1e999, NaN]}',
        b'{"recordingAccessToken": "t"' * 3, b"\xff\xfe{\x00", b'{"value": [' + b"9" * 5_000 + b"]}",
    ]),
)  # fmt: skip
PARTS = st.sampled_from([
    "callback", "api", "calls", CALL, "0", "1", "-1", "9" * 9, "9" * 25, "9" * 5_000, "%00", "%ED%A0%80", "..", "", "é",
])  # fmt: skip
LEG = st.sampled_from((1, 9, 10, 18, 19, 20, 25, 5_000)).map(lambda digits: f"/callback/{CALL}/" + "9" * digits)
ADDRESSES = st.lists(PARTS, max_size=5).map(lambda parts: "/" + "/".join(parts))
HEADERS = st.dictionaries(
    st.sampled_from([
        "X-Microsoft-Skype-Message-ID", "X-Microsoft-Skype-Original-Message-ID", "Authorization", "Content-Type",
        "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Content-Encoding", "Accept", "Expect",
    ]),
    st.sampled_from([b"", b"m1", b"\xff\xfe", b"Bearer a.b.c", b"gzip", b"1" * 3_000, b"100-continue", b"10.0.0.1, x"]),
    max_size=4,
)  # fmt: skip
METHODS = st.sampled_from(["POST", "POST", "POST", "POST", "GET", "PUT", "OPTIONS", "BREW"])
ONE = st.tuples(METHODS, ADDRESSES | LEG | st.just("/callback") | st.just(f"/calls/callback/{CALL}/0"), HEADERS, BODIES)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ONE, min_size=8, max_size=8), st.integers(0, 1 << 60))
def test_whatever_is_sent_no_answer_is_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, requests: list[Any], number: int
) -> None:
    async def main() -> None:
        async with House(str(tmp_path_factory.mktemp("fuzz") / "calls.db")).up() as house:
            for method, path, headers, content in requests:
                given_headers = [(name.encode(), value) for name, value in headers.items()]
                answer = await house.client.request(method, path, headers=given_headers, content=content)
                assert answer.status_code < 500, (method, path, headers, content)
                assert answer.status_code != 204
            await house.begin(f"call-{number}")  # it goes on
            assert house.store.parked() == [], house.said

    anyio.run(main)


RAW = (
    b"", b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST\r\n\r\n",
    b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /callback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it",
    b"POST /callback HTTP/9.9\r\nHost: x\r\n\r\n", b"POST /callback HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000,
)  # fmt: skip


def test_what_is_no_http_is_closed_or_refused_and_holds_up_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        async with House(str(tmp_path / "calls.db")).up() as house:
            for raw in RAW:
                async with await anyio.connect_tcp("127.0.0.1", house.port) as stream:
                    answer = b""
                    try:
                        await stream.send(raw)
                        await stream.send_eof()
                        with anyio.fail_after(10):
                            async for part in stream:
                                answer += part
                    except (anyio.BrokenResourceError, anyio.EndOfStream):
                        pass
                    assert not answer.startswith(b"HTTP/1.1 5"), raw[:80]
            await house.begin("the-next-call")

    anyio.run(main)
