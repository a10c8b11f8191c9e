"""An operator at a service that really runs: its own loop, an SQLite file, and a simulated Graph that answers."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

from flowlang.admin.access import Access
from flowlang.admin.app import admin_app
from flowlang.admin.events import EventLog
from flowlang.admin.flow_desk import Answering
from flowlang.admin.store_desk import Around, StoreDesk
from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.intake import arrivals_of
from flowlang.runtime.outgoing import Place, by_name, prepared
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.worker import Worker
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLED, CALLER, TENANT
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import bearer
from flowlang.simulator.values import Failed, Knobs, Outcome, Script
from flowlang.store.sqlite import SqliteStore
from flowlang.wire.http import HttpRequest
from tests.flowtext import plan_of

APPLICATION = "11111111-2222-4333-8444-555555555555"
PATIENCE_SECONDS = 10
QUEUE = 'on answered: play "https://flowlang.example/hold.wav" repeating\non ended: log "over"'


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


async def until(is_so: Callable[[], object]) -> None:
    with anyio.fail_after(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - two loops are waited for, and neither has an event for it
            await anyio.sleep(0.005)


async def unwritten(_who: str, _what: str, _call: str, _detail: Mapping[str, str]) -> bool:
    """Nobody keeps it."""
    return True


class Stand:
    """A service, its Graph, and its admin API."""

    def __init__(self, path: Path, *outcomes: tuple[str, Outcome]) -> None:
        knobs = Knobs(prompt_ms=50, callee_answers_after_ms=30)
        self.graph = SimulatedGraph(7, "live", knobs, Script(*outcomes))
        self.graph.webhook = "https://flowlang.example/callback"
        self.store = SqliteStore(str(path))
        self.log = EventLog(clock_ms)
        flows = StoredFlows(self.store, lambda _call: "queue", clock_ms)
        flows.serve({"queue": plan_of(QUEUE)})
        worker = Worker(self.store, flows, lambda _plan, _at: frozenset(), self.log)
        self.troubles: list[str] = []
        self.sent: list[HttpRequest] = []
        self.service = Service(self.store, worker, self.carry, clock_ms, "one")
        around = Around(
            self.service.in_store, self.service.inbox.take, self.service.wake, clock_ms, lambda: "started",
            lambda _digest, _plan, entries: f"{len(entries)} facts",
        )  # fmt: skip
        desk = StoreDesk(self.store, flows, around, self.log, Answering(lambda _plan, _at: frozenset()))
        self.app = admin_app(desk, Access(is_loopback=True), unwritten)

    async def carry(self, session: Session, command: Command) -> Response:
        assert isinstance(command, commands.Request)
        place = Place("https://flowlang.example/callback", by_name("https://flowlang.example/prompts"), APPLICATION)
        made = prepared(session, command, place).request
        token = ("Authorization", bearer(session.tenant_id, APPLICATION))
        request = HttpRequest(made.method, made.path, (*made.headers, token), made.body)
        self.sent.append(request)
        answer = self.graph.request(request, clock_ms())
        return Response(answer.status, answer.body) if answer is not None else Response(0)

    async def deliver(self) -> None:
        while True:
            for one in self.graph.deliveries(clock_ms()):
                path = urlsplit(one.url).path
                await self.service.inbox.take(arrivals_of(HttpRequest("POST", path, one.headers, one.body), clock_ms()))
                self.graph.acknowledge(one, 202, clock_ms())
            await anyio.sleep(0.005)

    @asynccontextmanager
    async def up(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8081") as client,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(self.service.run)
            tasks.start_soon(self.deliver)
            caller, called = identity_set(CALLER, TENANT), identity_set(CALLED, TENANT)
            self.graph.incoming_call(clock_ms(), caller, called, [], TENANT, is_group=False)
            yield client
            tasks.cancel_scope.cancel()
        self.store.close()

    async def until_over(self) -> None:
        """The store belongs to the service's thread, so it is asked there."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while (await self.service.in_store(self.store.counts)).over != 1 or self.graph.legs_up():  # noqa: ASYNC110 - it is another thread's
                await anyio.sleep(0.005)

    def bodies(self, ending: str) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.sent if one.path.endswith(ending)]

    def told(self) -> list[str]:
        return [one.text for one in self.log.latest()]


async def one_call(client: httpx.AsyncClient) -> dict[str, Any]:
    (call,) = (await client.get("/v1/calls")).json()["calls"]
    return dict(call)


def test_an_operator_hands_a_waiting_caller_over(tmp_path: Path) -> None:
    async def main() -> None:
        stand = Stand(tmp_path / "calls.db")
        async with stand.up() as client:
            await until(lambda: stand.bodies("/playPrompt"))
            call = await one_call(client)
            assert call["standing"] == "plays https://flowlang.example/hold.wav"
            answer = await client.post(f"/v1/calls/{call['id']}/transfer", json={"id": "+15550123"})
            assert answer.status_code == 202
            await until(lambda: "over: transferred" in stand.told())
            (body,) = stand.bodies("/transfer")
            assert body["transferTarget"]["identity"]["phone"]["id"] == "+15550123"
            assert (await one_call(client))["state"] == "over"
            journal = (await client.get(f"/v1/calls/{call['id']}/journal")).json()["entries"]
            assert "this machine transfers to +15550123" in [one["words"] for one in journal]
            assert stand.troubles == []
            assert not stand.graph.complaints

    anyio.run(main)


def test_a_transfer_by_hand_that_fails_leaves_the_caller_waiting_until_somebody_hangs_up(tmp_path: Path) -> None:
    async def main() -> None:
        stand = Stand(tmp_path / "calls.db", ("transfer", Failed(500, 7000, "")))
        async with stand.up() as client:
            await until(lambda: stand.bodies("/playPrompt"))
            name = (await one_call(client))["id"]
            await client.post(f"/v1/calls/{name}/transfer", json={"id": "+15550123"})
            await until(lambda: len(stand.bodies("/playPrompt")) > 1)
            assert (await one_call(client))["standing"].startswith("plays ")
            assert (await client.post(f"/v1/calls/{name}/hangup")).status_code == 202
            await stand.until_over()
            assert (await client.post(f"/v1/calls/{name}/hangup")).json()["error"]["code"] == "over"
            assert len(stand.bodies("/transfer")) == 1
            assert (await client.post("/v1/people/erase", json={"who": CALLER.id})).json()["erased"] == 1
            assert stand.troubles == []

    anyio.run(main)


def test_looking_while_calls_go_on_holds_nobody_up(tmp_path: Path) -> None:
    """Many who look at once, while a call is worked on by the same thread of the store."""

    async def main() -> None:
        stand = Stand(tmp_path / "calls.db")
        async with stand.up() as client, anyio.create_task_group() as tasks:
            for path in ("/v1/calls", "/v1/figures", "/v1/flows", "/v1/hours", "/health/ready") * 10:
                tasks.start_soon(client.get, path)
            await until(lambda: stand.bodies("/playPrompt"))
            assert stand.troubles == []

    anyio.run(main)
