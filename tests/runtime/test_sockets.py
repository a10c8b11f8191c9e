"""Service and simulated Graph on real sockets of this machine: tokens, keys, signed notifications, an SQLite file.

The five examples of Graph's page "call: transfer" are played end to end, and the request that arrives is the page's.
"""

import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import pytest
import uvicorn

from flowlang.call.commands import Command
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.engine.step import is_finished
from flowlang.plan import Plan
from flowlang.runtime.auth import Expected, Verifier
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.outgoing import Place, by_name
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.transport import PlainTokens, Transport
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLED, CALLER, TENANT
from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.values import Failed, Knobs, Outcome, Script
from flowlang.store.sqlite import SqliteStore
from tests.flows.test_transfer_examples import EXAMPLES, page_of, place_ids, without_types
from tests.properties.test_histories import PEOPLE, plan_of
from tests.runtime.told import Told

APPLICATION = "11111111-2222-4333-8444-555555555555"
PATIENCE_SECONDS = 60
QUICK = Knobs(prompt_ms=50, callee_answers_after_ms=80, takes_group_transfer=True)


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


async def until(is_so: Callable[[], object]) -> None:
    """Look until something is so; other processes and sockets are waited for, so there is no event to wait on."""
    with anyio.fail_after(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - see above
            await anyio.sleep(0.01)


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[str]:
    """The address at which an application is served, on loopback, while the block runs."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    over = anyio.Event()

    async def serve() -> None:
        with anyio.CancelScope(shield=True):  # it closes its sockets by itself
            await server.serve()
        over.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = server.force_exit = True
            with anyio.CancelScope(shield=True):
                await over.wait()


class Recorded:
    """An application, and the bodies of the requests that came to it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.seen: list[tuple[str, str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts: list[bytes] = []

        async def listening() -> Any:
            message = await receive()
            parts.append(message.get("body", b""))
            return message

        await self.app(scope, listening, send)
        self.seen.append((scope["method"], scope["path"], b"".join(parts)))


class Stand:
    """A service and a simulated Graph that know each other. `consultative_on`: see `Place`. `results`:
    errors that a test has found in the journal."""

    consultative_on: Literal["caller", "consult"] = "caller"
    results: Sequence[Result] = ()

    def __init__(self, plan: Plan, path: str, *outcomes: tuple[str, Outcome]) -> None:
        self.plan, self.path = plan, path
        self.graph = GraphServer(SimulatedGraph(7, "live", QUICK, Script(*outcomes)), APPLICATION)
        self.recorded = Recorded(self.graph.app)
        self.troubles: list[str] = []
        self.starts = 0
        with socket.socket() as one:  # the same after a restart: Graph knows the address
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]

    @asynccontextmanager
    async def up(self) -> AsyncIterator["Stand"]:
        async with (
            serving(self.recorded) as graph_url,
            httpx.AsyncClient() as client,
            anyio.create_task_group() as tasks,
        ):
            store = SqliteStore(self.path)
            self.store = store
            self.starts += 1

            async def keys() -> object:
                page = (await client.get(f"{graph_url}/v1/.well-known/OpenIdConfiguration")).json()
                return (await client.get(page["jwks_uri"])).json()

            async def token(tenant: str) -> str:
                form = {"grant_type": "client_credentials", "client_id": APPLICATION, "client_secret": "s"}
                answer = await client.post(f"{graph_url}/{tenant or 'common'}/oauth2/v2.0/token", data=form)
                return f"Bearer {answer.json()['access_token']}"

            async def carry(session: Session, command: Command) -> Response:
                return await late[0].carry(session, command)

            find = by_name("https://flowlang.example/prompts")
            place = Place("", find, APPLICATION, consultative_on=self.consultative_on)
            late: list[Transport] = []
            flows = StoredFlows(store, lambda _call: "flow", clock_ms)
            flows.serve({"flow": self.plan})
            worker = Worker(store, flows, lambda _plan, _at: frozenset())
            service = Service(
                store, worker, carry, clock_ms, f"process {self.starts}",
                Told(self.troubles),
            )  # fmt: skip
            self.service = service
            verifier = Verifier(Expected((APPLICATION,)), keys, time.time)
            webhook = Webhook(service.inbox, verifier, clock_ms, Told(self.troubles))
            async with serving(webhook.around(), self.port) as url:
                here = place._replace(callback_base=f"{url}/callback")
                late.append(Transport(client, graph_url, here, PlainTokens(token), {}))
                self.graph.graph.webhook = f"{url}/callback"
                tasks.start_soon(service.run)
                tasks.start_soon(self.graph.run)
                try:
                    yield self
                finally:
                    tasks.cancel_scope.cancel()
            store.close()

    def call(self, *, is_group: bool = False) -> str:
        people = [identity_set(one, TENANT) for one in PEOPLE[:1]] if is_group else []
        source = people[0] if people else identity_set(CALLER, TENANT)
        return self.graph.graph.incoming_call(
            clock_ms(), source, identity_set(CALLED, TENANT), people, TENANT, is_group=is_group
        )

    async def until_over(self, count: int = 1) -> None:
        """The store belongs to the service's thread, so it is asked there."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while (await self.service.in_store(self.store.counts)).over < count or self.graph.graph.legs_up():  # noqa: ASYNC110 - see `until`
                await anyio.sleep(0.01)


def bodies(stand: Stand, ending: str) -> list[dict[str, Any]]:
    return [json.loads(body) for _, path, body in stand.recorded.seen if path.endswith(ending)]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "group" not in name])
def test_an_example_of_the_page_end_to_end(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with Stand(plan_of(f"{name}.flow"), str(tmp_path / "calls.db")).up() as stand:
            stand.call()
            await stand.until_over()
            page = page_of(EXAMPLES[name][0])
            (sent,) = bodies(stand, "/transfer")
            assert without_types(place_ids(sent, page)) == without_types(page)
            (call,) = stand.store.calls(5, over=True)
            session = decode(Session, call.state)
            assert is_finished(session)
            assert session.legs[0].result is None or session.legs[0].result.subcode == 7015
            assert stand.troubles == []
            assert not stand.graph.graph.complaints

    anyio.run(main)


def test_a_transfer_that_fails_takes_the_flows_own_branch(tmp_path: Path) -> None:
    async def main() -> None:
        failed = ("transfer", Failed(500, 7000, ""))
        async with Stand(plan_of("transfer_blind_user.flow"), str(tmp_path / "calls.db"), failed).up() as stand:
            stand.call()
            await stand.until_over()
            assert len(bodies(stand, "/transfer")) == 1
            assert any("sorry" in json.dumps(one) for one in bodies(stand, "/playPrompt"))

    anyio.run(main)


def test_many_calls_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with Stand(plan_of("consult.flow"), str(tmp_path / "calls.db")).up() as stand:
            for _ in range(20):
                stand.call()
            await stand.until_over(20)
            assert len(bodies(stand, "/transfer")) == 20
            assert stand.store.parked() == []
            assert stand.troubles == []

    anyio.run(main)


def test_a_service_that_stops_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    """The process is gone while a consult rings; the next one finishes the call."""
    stand = Stand(plan_of("consult.flow"), str(tmp_path / "calls.db"))

    async def first() -> None:
        async with stand.up():
            stand.call()
            await until(lambda: bodies(stand, "/communications/calls"))

    async def second() -> None:
        async with stand.up():
            await stand.until_over()
            assert len(bodies(stand, "/communications/calls")) == 1
            assert len(bodies(stand, "/transfer")) == 1

    anyio.run(first)
    anyio.run(second)
