"""The watchdog: whoever is silent is asked about, all of them, and what Graph says is news."""

import anyio
import pytest

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import Incoming
from flowlang.call.session import Session
from flowlang.codec import encode
from flowlang.runtime import chores as chore
from flowlang.runtime.chores import Chores
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.worker import Worker
from flowlang.scenario.world import CALLED, CALLER, TENANT
from flowlang.store.base import Arrival, StoreError
from flowlang.store.memory import MemoryStore
from tests.flowtext import plan_of
from tests.runtime.test_sockets import clock_ms, until

WAITS = "on incoming: answer\non answered: wait 1h then hang up\n"
GONE = b'{"error": {"code": "8522", "message": "Call not found."}}'


class Graph:
    """Answers what it is asked: calls are established, and those in `gone` are not there any more."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gone: set[str] = set()

    async def carry(self, session: Session, command: Command) -> Response:
        if isinstance(command, commands.Request) and isinstance(command.act, commands.GetCall):
            self.asked.append(session.id)
            return Response(404, GONE) if session.id in self.gone else Response(200, b'{"state": "established"}')
        return Response(202)


class Broken(MemoryStore):
    """A store that cannot say who is silent, once."""

    is_broken = True

    def unheard(self, since_ms: int, limit: int) -> list[str]:
        if self.is_broken:
            self.is_broken = False
            raise StoreError("the disk is away")
        return super().unheard(since_ms, limit)


async def until_asked(graph: Graph, store: MemoryStore, names: set[str], said: list[str]) -> None:
    """The chore goes on until it has asked about all of them."""
    flows = StoredFlows(store, lambda _call: "flow", clock_ms)
    flows.serve({"flow": plan_of(WAITS)})
    worker = Worker(store, flows, lambda _plan, _at: frozenset())
    service = Service(store, worker, graph.carry, clock_ms, "one")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(service.run)
        begun = [Incoming(clock_ms(), one, CALLER, CALLED, "peer", TENANT) for one in sorted(names)]
        await service.inbox.take([Arrival(one.call_id, "fact", encode(one), one.at_ms, begins=True) for one in begun])
        await until(lambda: store.counts().live == len(names) and not store.counts().to_send)
        tasks.start_soon(lambda: Chores(service, store, clock_ms, said.append).ask_about_silent_calls(0))
        await until(lambda: set(graph.asked) >= names and store.counts().live == len(names - graph.gone))
        tasks.cancel_scope.cancel()


def test_all_that_are_silent_are_asked_about_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than are asked at once: the next ones follow soon, not at the next look."""
    monkeypatch.setattr(chore, "MOST_AT_ONCE", 20)
    monkeypatch.setattr(chore, "SOON_SECONDS", 0.01)
    graph = Graph()
    names = {f"call {at}" for at in range(90)}
    anyio.run(until_asked, graph, MemoryStore(), names, [])


def test_a_call_that_graph_does_not_know_any_more_is_over() -> None:
    graph = Graph()
    graph.gone = {"b"}
    anyio.run(until_asked, graph, MemoryStore(), {"a", "b"}, [])


def test_a_store_that_is_away_is_told_and_looked_into_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chore, "LOOKS_SECONDS", 0.01)
    said: list[str] = []
    anyio.run(until_asked, Graph(), Broken(), {"a"}, said)
    assert said == ["the disk is away"]
