"""Stopping by a signal: what is in hand comes to its end and is written down, within a bound; then nothing is lost."""

import json
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from flowlang.call.facts import RequestAnswered
from flowlang.codec import from_json
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLED, CALLER, TENANT
from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from flowlang.store.sqlite import SqliteStore
from flowlang.tools import serve_house
from tests.runtime.test_sockets import APPLICATION, QUICK, serving, until
from tests.serve.processes import SETTINGS, Process, free_port

FLOWS = Path(__file__).parents[2] / "flows"


class Slow:
    """An application that takes its time over some requests."""

    def __init__(self, app: Any, ending: str, seconds: float) -> None:
        self._app, self._ending, self._seconds = app, ending, seconds
        self.came = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith(self._ending):
            self.came = True
            await anyio.sleep(self._seconds)
        await self._app(scope, receive, send)


@asynccontextmanager
async def called(folder: Path, ending: str, seconds: float) -> AsyncIterator[Process]:
    """A service in a process of its own; a call has come in, and Graph is slow with one of its requests."""
    shutil.copy(FLOWS / "transfer_blind_user.flow", folder)
    shutil.copytree(FLOWS / "prompts", folder / "prompts")
    graph = GraphServer(SimulatedGraph(7, "live", QUICK), APPLICATION)
    slow, listen = Slow(graph.app, ending, seconds), free_port()
    async with serving(slow) as url, anyio.create_task_group() as tasks:
        settings = SETTINGS.format(
            listen=listen, admin=free_port(), folder=folder, graph=url, application=APPLICATION, tenant=TENANT
        )
        (folder / "site.yaml").write_text(f"{settings}answers: {{default: transfer_blind_user}}\n")
        words = ("serve", "transfer_blind_user.flow", "--config", "site.yaml")
        service = await to_thread.run_sync(lambda: Process(*words, cwd=folder))
        try:
            await to_thread.run_sync(service.says, "admin API")
            graph.graph.webhook = f"http://127.0.0.1:{listen}/callback"
            tasks.start_soon(graph.run)
            now_ms = time.time_ns() // 1_000_000
            graph.graph.incoming_call(now_ms, identity_set(CALLER, TENANT), identity_set(CALLED, TENANT), (), TENANT)
            await until(lambda: slow.came)
            yield service
        finally:
            await to_thread.run_sync(service.kill)
            tasks.cancel_scope.cancel()


def statuses(folder: Path) -> list[int]:
    """What requests came to, as it is written down."""
    store = SqliteStore(str(folder / "calls.db"))
    (call,) = [*store.calls(5), *store.calls(5, over=True)]
    facts = [from_json(json.loads(one.fact)) for one in store.journal(call.call_id)]
    store.close()
    return [one.status for one in facts if isinstance(one, RequestAnswered)]


def test_a_request_under_way_is_waited_for_and_its_answer_is_written(tmp_path: Path) -> None:
    async def main() -> None:
        async with called(tmp_path, "/answer", 1.0) as service:
            assert statuses(tmp_path) == []
            service.send(signal.SIGTERM)
            assert await to_thread.run_sync(service.ends) == 0
            assert statuses(tmp_path)[:1] == [202]

    anyio.run(main)


class Busy:
    """A service whose requests never end."""

    under_way = 1

    async def in_store(self, do: Any) -> None:
        do()


def test_a_graph_that_does_not_answer_holds_up_no_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_house, "STOPS_SECONDS", 0.2)

    async def main() -> None:
        with anyio.fail_after(5):
            await serve_house._finish(Busy())  # type: ignore[arg-type]

    anyio.run(main)


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with called(tmp_path, "/answer", 60.0) as service:
            service.send(signal.SIGTERM)
            await until(lambda: any("stopping" in one for one in service.err))
            began = time.monotonic()
            service.send(signal.SIGTERM)
            await to_thread.run_sync(service.ends)
            assert time.monotonic() - began < serve_house.STOPS_SECONDS / 2

    anyio.run(main)
