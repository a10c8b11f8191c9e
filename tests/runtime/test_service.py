"""The service at work: how many requests are under way, and in which order those of one call leave."""

from collections.abc import Awaitable, Callable, Sequence

import anyio
import pytest

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import CallUpdated, Incoming
from flowlang.call.session import Session
from flowlang.codec import encode
from flowlang.plan import Plan
from flowlang.runtime import service as services
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.worker import Worker
from flowlang.scenario.world import CALLED, CALLER, TENANT
from flowlang.store.base import Arrival
from flowlang.store.memory import MemoryStore
from tests.flowtext import plan_of
from tests.runtime.test_sockets import clock_ms

ANSWERS = "on incoming: answer\n"
SPEAKS = 'on incoming: answer\non answered: play "a.wav" then hang up\non tone 1: hang up\n'


async def served(
    plan: Plan, calls: int, carry: Callable[[Session, Command], Awaitable[Response]],
    use: Callable[[], Awaitable[None]], news: Sequence[CallUpdated] = (),
) -> None:  # fmt: skip
    """A service while `use` runs; so many calls have come in, and then the news."""
    store = MemoryStore()
    flows = StoredFlows(store, lambda _call: "flow", clock_ms)
    flows.serve({"flow": plan})
    service = Service(store, Worker(store, flows, lambda _plan, _at: frozenset()), carry, clock_ms, "one")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(service.run)
        begun = [Incoming(clock_ms(), f"call {at}", CALLER, CALLED, "peer", TENANT) for at in range(calls)]
        await service.inbox.take([Arrival(one.call_id, "fact", encode(one), one.at_ms, begins=True) for one in begun])
        await service.inbox.take([Arrival(one.call_id, "fact", encode(one), one.at_ms) for one in news])
        with anyio.fail_after(20):
            await use()
        tasks.cancel_scope.cancel()


def test_no_more_requests_are_under_way_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_AT_ONCE", 5)
    under_way = most = done = 0

    async def main() -> None:
        all_done, full, go_on = anyio.Event(), anyio.Event(), anyio.Event()

        async def carry(_session: Session, _command: Command) -> Response:
            nonlocal under_way, most, done
            under_way += 1
            most = max(most, under_way)
            if under_way == 5:
                full.set()
            await go_on.wait()
            under_way -= 1
            done += 1
            if done == 30:
                all_done.set()
            return Response(202)

        async def use() -> None:
            await full.wait()
            go_on.set()
            await all_done.wait()

        await served(plan_of(ANSWERS), 30, carry, use)

    anyio.run(main)
    assert (most, done) == (5, 30)


def test_a_call_whose_graph_is_slow_holds_up_no_other() -> None:
    answered: set[str] = set()

    async def main() -> None:
        others = anyio.Event()

        async def carry(session: Session, _command: Command) -> Response:
            if session.id == "call 0":
                await anyio.sleep_forever()
            answered.add(session.id)
            if len(answered) == 19:
                others.set()
            return Response(202)

        await served(plan_of(ANSWERS), 20, carry, others.wait)

    anyio.run(main)
    assert "call 0" not in answered


def test_requests_about_one_leg_leave_one_after_the_other() -> None:
    """Keys are asked for and a prompt is played in the same moment: the second waits for the answer to the first."""
    under_way: list[str] = []
    left: list[str] = []

    async def main() -> None:
        over = anyio.Event()

        async def carry(_session: Session, command: Command) -> Response:
            assert isinstance(command, commands.Request)
            under_way.append(type(command.act).__name__)
            left.append("+".join(under_way))
            await anyio.sleep(0.02)
            under_way.pop()
            if isinstance(command.act, commands.Play):
                over.set()
            return Response(202)

        up = [CallUpdated(clock_ms(), 0, "call 0", "established", audio="active")]
        await served(plan_of(SPEAKS), 1, carry, over.wait, up)

    anyio.run(main)
    assert left == ["Answer", "SubscribeToTone", "Play"]
