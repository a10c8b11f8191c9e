"""The service's own figures: whole calls through the store, latency, memory, bytes, start. No sockets but where said.

A whole call is `answer`, a prompt, `hang up`: four notifications of Graph (the same size as Graph's), three requests,
each durable before it leaves, its answer durable before it is worked on. Graph is a function that answers at once.
"""

import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import anyio

from bench.ours import TENANT, guid, plan_of
from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.intake import arrivals_of
from flowlang.runtime.memory import forget_seldom
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.worker import Worker
from flowlang.store.sqlite import SqliteStore
from flowlang.wire.http import HttpRequest

WHOLE = """
on incoming: answer
on answered: play "https://bot.example/hello.wav" then hang up
"""
LANES = 64
RATE_SECONDS = 8.0


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


def notification(change: str, call_id: str, state: str, **more: object) -> bytes:
    """One of Graph's, about as long as a real one."""
    person = {"identity": {"user": {"id": guid(1), "displayName": "Adele Vance", "tenantId": TENANT}}}
    account = {"identity": {"applicationInstance": {"id": guid(2), "displayName": "Front desk", "tenantId": TENANT}}}
    data: dict[str, object] = {
        "@odata.type": "#microsoft.graph.call", "state": state, "direction": "incoming", "id": call_id,
        "callbackUri": "https://bot.example.com/callback", "source": {**person, "endpointType": "default"},
        "targets": [account], "requestedModalities": ["audio"], "callChainId": guid(3), "myParticipantId": guid(4),
        "tenantId": TENANT, **more,
    }  # fmt: skip
    item = {
        "@odata.type": "#microsoft.graph.commsNotification", "changeType": change,
        "resource": f"/app/calls/{call_id}", "resourceUrl": f"/communications/calls/{call_id}", "resourceData": data,
    }  # fmt: skip
    return json.dumps({"@odata.type": "#microsoft.graph.commsNotifications", "value": [item]}).encode()


def operation_done(call_id: str, context: str) -> bytes:
    data = {
        "@odata.type": "#microsoft.graph.playPromptOperation", "id": guid(9), "clientContext": context,
        "status": "completed", "resultInfo": {"code": 200, "subcode": 0, "message": ""},
    }  # fmt: skip
    where = f"/communications/calls/{call_id}/operations/{guid(9)}"
    item = {
        "@odata.type": "#microsoft.graph.commsNotification", "changeType": "deleted", "resourceUrl": where,
        "resourceData": data,
    }  # fmt: skip
    return json.dumps({"@odata.type": "#microsoft.graph.commsNotifications", "value": [item]}).encode()


def name_of(number: int) -> str:
    """Graph's ids are in no order."""
    return str(uuid5(NAMESPACE_OID, str(number)))


MARK = b"12345678-aaaa-4bbb-8ccc-123456789abc"
CREATED = notification("created", MARK.decode(), "incoming")
UP = notification("updated", MARK.decode(), "established", mediaState={"audio": "active"})
PLAYED = operation_done(MARK.decode(), "CONTEXT")
OVER = notification("deleted", MARK.decode(), "terminated")


class Bed:
    """A service on a SQLite file, and a Graph that answers at once. `asked(call id)`: the next request of a call."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.plan = plan_of(WHOLE)
        self.store = SqliteStore(path)
        self.waiting: dict[str, anyio.Event] = {}
        self.requests: dict[str, commands.Request] = {}
        self.latencies: list[float] = []
        flows = StoredFlows(self.store, lambda _call: "flow", clock_ms)
        flows.serve({"flow": self.plan})
        worker = Worker(self.store, flows, lambda _plan, _at: frozenset())
        self.service = Service(self.store, worker, self.carry, clock_ms, "bench")

    async def carry(self, session: Session, command: Command) -> Response:
        assert isinstance(command, commands.Request)
        call_id = session.legs[0].call_id
        self.requests[call_id] = command
        event = self.waiting.pop(call_id, None)
        if event is not None:
            event.set()
        match command.act:
            case commands.Play():
                return Response(200, json.dumps({"id": guid(9), "status": "running"}).encode())
            case commands.HangUp():
                return Response(204)
            case _:
                return Response(202)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.service.run)
            yield
            tasks.cancel_scope.cancel()
        self.store.close()

    async def tell(self, path: str, body: bytes) -> None:
        await self.service.inbox.take(arrivals_of(HttpRequest("POST", path, (), body), clock_ms()))

    async def told_and_asked(self, call_id: str, path: str, body: bytes) -> None:
        """Bring a notification, and wait until the request that it causes is on the wire."""
        event = self.waiting[call_id] = anyio.Event()
        began = time.perf_counter()
        await self.tell(path, body)
        await event.wait()
        self.latencies.append(time.perf_counter() - began)

    async def call(self, call_id: str) -> None:
        leg, mark = f"/callback/{call_id}/0", call_id.encode()
        await self.told_and_asked(call_id, "/callback", CREATED.replace(MARK, mark))
        await self.told_and_asked(call_id, leg, UP.replace(MARK, mark))
        act = self.requests.pop(call_id).act
        assert isinstance(act, commands.Play)
        played = PLAYED.replace(MARK, mark).replace(b"CONTEXT", act.context.encode())
        await self.told_and_asked(call_id, leg, played)
        await self.tell(leg, OVER.replace(MARK, mark))

    async def calls(self, count: int, lanes: int = LANES, begin: int = 0) -> float:
        """Play so many whole calls, so many at once; the seconds it took until all were over in the store."""
        numbers = iter(range(begin, begin + count))
        over = self.store.counts().over + count
        start = time.perf_counter()

        async def lane() -> None:
            for number in numbers:
                await self.call(name_of(number))

        async with anyio.create_task_group() as tasks:
            for _ in range(lanes):
                tasks.start_soon(lane)
        while self.store.counts().over < over:  # noqa: ASYNC110 - the last commits
            await anyio.sleep(0.001)
        return time.perf_counter() - start

    async def at_a_rate(self, per_second: float, seconds: float, begin: int) -> None:
        """Calls that come in evenly, whether or not earlier ones are through."""
        start = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for at in range(int(per_second * seconds)):
                await anyio.sleep(max(start + at / per_second - time.perf_counter(), 0.0))
                tasks.start_soon(self.call, name_of(begin + at))


def played(main: Callable[[], Awaitable[dict[str, float]]]) -> dict[str, float]:
    """As the service runs."""
    forget_seldom()
    return anyio.run(main, backend_options={"use_uvloop": True})


def whole_calls() -> dict[str, float]:
    """Whole calls a second, milliseconds from a notification to the request that it causes, and bytes on disk a
    finished call."""

    async def main() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            bed = Bed(str(Path(folder) / "calls.db"))
            async with bed.running():
                await bed.calls(200)
                bed.latencies.clear()
                seconds = await bed.calls(3_000, begin=200)
                counts = bed.store.counts()
                assert (counts.live, counts.parked, counts.over) == (0, 0, 3_200), counts
            size = (await anyio.Path(bed.path).stat()).st_size
            return {"calls_per_second": 3_000 / seconds, **milliseconds(bed.latencies), "bytes_per_call": size / 3_200}

    return played(main)


def milliseconds(latencies: Sequence[float]) -> dict[str, float]:
    """The middle one, and that of one in a hundred."""
    ordered = sorted(latencies)
    return {"p50_ms": ordered[len(ordered) // 2] * 1e3, "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3}


def at_half_load(path: str, top_per_second: float, begin: int = 0) -> dict[str, float]:
    """The same, on a store in which calls wait, while calls come in half as fast as they could; and the memory of this
    process at its peak, in mebibytes. `begin`: the number of the first call, which no earlier one may have had."""

    async def main() -> dict[str, float]:
        bed = Bed(path)
        async with bed.running():
            await bed.calls(200, begin=begin)
            bed.latencies.clear()
            await bed.at_a_rate(top_per_second / 2, RATE_SECONDS, begin + 200)
        peak_kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {**milliseconds(bed.latencies), "mebibytes": peak_kibibytes / 1024}

    return played(main)
