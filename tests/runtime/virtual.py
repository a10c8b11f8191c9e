"""The whole runtime on a simulated Graph, in time that jumps: webhook, inbox, service, transport and chores as they
are in earnest, and neither sockets nor threads. Ten minutes pass in a second.
"""

import asyncio
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, ParamSpec, TypeVar

import anyio
import httpx
import pytest

from flowlang.plan import Plan
from flowlang.runtime.auth import Expected, Verifier
from flowlang.runtime.chores import Chores
from flowlang.runtime.clock import SteadyClock
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.limits import Limits
from flowlang.runtime.missed import MissedCalls
from flowlang.runtime.outgoing import Place, by_name
from flowlang.runtime.service import Service
from flowlang.runtime.transport import Around, PlainTokens, Transport
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLED, CALLER, TENANT
from flowlang.sim_server import server as server_module
from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import bearer
from flowlang.simulator.values import Knobs
from flowlang.store.base import Store
from tests.runtime.told import Told

APPLICATION: Final = "11111111-2222-4333-8444-555555555555"
GRAPH, HERE = "https://graph.test", "https://here.test"
MONDAY_MS: Final = 1_795_420_800_000  # 2026-11-23T08:00Z
P = ParamSpec("P")
R = TypeVar("R")
Way = Literal["open", "closed"]


class JumpingLoop(asyncio.SelectorEventLoop):
    """Nobody waits: when there is nothing to do, it is at once as late as the next thing is due."""

    def __init__(self) -> None:
        self.jumped_seconds = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.jumped_seconds


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        assert found or timeout is not None, "everybody waits, and nothing is due"
        if not found and timeout:
            self._loop.jumped_seconds += timeout
        return found


def play(main: Callable[[], Awaitable[None]]) -> None:
    """Run it in time that jumps."""
    anyio.run(main, backend_options={"loop_factory": JumpingLoop})


class Wire(httpx.AsyncBaseTransport):
    """The way to an application. `slow_ms(path)`: so long an answer takes; a client that waits less gives up."""

    def __init__(self, app: Any) -> None:
        self._to = httpx.ASGITransport(app)
        self.way: Way = "open"
        self.slow_ms: Callable[[str], int] = lambda _path: 0
        self.tried: list[tuple[float, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.tried.append((anyio.current_time(), request.url.path))
        if self.way == "closed":
            raise httpx.ConnectError("no way", request=request)
        answer = await self._to.handle_async_request(request)
        seconds = self.slow_ms(request.url.path) / 1000
        bound = request.extensions.get("timeout", {}).get("read")
        if bound is not None and seconds > bound:
            await anyio.sleep(bound)
            raise httpx.ReadTimeout("too late", request=request)
        await anyio.sleep(seconds)
        return answer


async def _inline(do: Callable[[], R], **_limits: object) -> R:
    return do()


class Town:
    """A service, and a Graph. `wall_ms()` is the clock of the machine, which may be set."""

    def __init__(self, plan: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plan, self.store = plan, store
        self.set_back_ms = 0
        self.heard: list[str] = []
        monkeypatch.setattr(anyio.to_thread, "run_sync", _inline)
        monkeypatch.setattr(server_module, "client", lambda: httpx.AsyncClient(transport=self.to_us, timeout=None))

    def true_ms(self) -> int:
        return MONDAY_MS + int(anyio.current_time() * 1000)

    def wall_ms(self) -> int:
        return self.true_ms() - self.set_back_ms

    @asynccontextmanager
    async def up(self) -> AsyncIterator["Town"]:
        self.graph = GraphServer(
            SimulatedGraph(7, "live", Knobs(), webhook=f"{HERE}/callback"), APPLICATION, self.true_ms
        )
        self.to_graph = Wire(self.graph.app)
        self.clock_ms = SteadyClock(self.wall_ms, lambda: int(anyio.current_time() * 1000), self.heard.append)
        flows = StoredFlows(self.store, lambda _call: "flow", self.clock_ms)
        flows.serve({"flow": self.plan})
        worker = Worker(self.store, flows, lambda _plan, _at: frozenset())
        async with httpx.AsyncClient(transport=self.to_graph) as client, anyio.create_task_group() as tasks:
            place = Place(f"{HERE}/callback", by_name("https://flowlang.example/prompts"), APPLICATION)
            around = Around(Limits(anyio.current_time), self.clock_ms, self.heard.append)
            transport = Transport(client, GRAPH, place, PlainTokens(_token), {}, around)
            self.service = Service(self.store, worker, transport.carry, self.clock_ms, "one")
            self.clock_ms.set_back = self.service.clock_was_set
            verifier = Verifier(
                Expected((APPLICATION,)), self._keys, lambda: self.clock_ms() / 1000, lambda: self.wall_ms() / 1000
            )
            webhook = Webhook(self.service.inbox, verifier, self.clock_ms, Told(self.heard))
            self.to_us = Wire(webhook.around())
            missed = MissedCalls(self.service.inbox)
            chores = Chores(self.service, self.store, self.clock_ms, self.heard.append)
            for work in (self.service.run, self.graph.run, chores.ask_about_silent_calls, missed.run):
                tasks.start_soon(work)
            yield self
            tasks.cancel_scope.cancel()

    async def _keys(self) -> object:
        return self.graph.key_set()

    def call(self) -> str:
        """Somebody calls; the call's id."""
        source, target = identity_set(CALLER, TENANT), identity_set(CALLED, TENANT)
        return self.graph.graph.incoming_call(self.true_ms(), source, target, tenant_id=TENANT)

    def taken(self, operation: str) -> list[str]:
        """The calls of which Graph took that, each time."""
        return [one.call_id for one in self.graph.graph.taken if one.operation == operation and 200 <= one.status < 300]

    def is_over(self) -> bool:
        counts = self.store.counts()
        return not (counts.live or counts.inbox or counts.to_send or self.graph.graph.legs_up())


async def _token(tenant: str) -> str:
    return bearer(tenant, APPLICATION)
