"""What waits to be written: who waits for which commit, and nobody without end."""

import threading
from collections.abc import Awaitable, Callable

import anyio
import pytest

from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.runtime import inbox as inboxes
from flowlang.runtime import service as services
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.inbox import Inbox, SlowError
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.worker import Worker
from flowlang.store.base import Arrival, StoreError
from flowlang.store.memory import MemoryStore
from tests.properties.test_histories import plan_of
from tests.runtime.test_sockets import clock_ms, until
from tests.runtime.test_webhook import body, notification


def arrival(call_id: str = "a", key: str = "") -> Arrival:
    return Arrival(call_id, "notification", body(notification(call_id=call_id)), 10, key, 0, begins=True)


class Takers:
    """Those who brought something, and what each was told."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.told: dict[str, list[bool] | str] = {}
        self.woken = 0

    async def bring(self, name: str, count: int = 1) -> None:
        try:
            self.told[name] = await self.inbox.take([arrival(name)] * count)
        except StoreError as error:
            self.told[name] = type(error).__name__


def with_takers(use: Callable[[Inbox, Takers, Callable[..., Awaitable[None]]], Awaitable[None]]) -> None:
    async def main() -> None:
        inbox = Inbox(lambda: None)
        takers = Takers(inbox)
        async with anyio.create_task_group() as tasks:

            async def bring(*names: str, count: int = 1) -> None:
                for name in names:
                    tasks.start_soon(takers.bring, name, count)
                await anyio.wait_all_tasks_blocked()

            with anyio.fail_after(10):
                await use(inbox, takers, bring)
            tasks.cancel_scope.cancel()

    anyio.run(main)


def test_who_comes_while_one_commit_is_written_waits_for_the_next() -> None:
    async def use(inbox: Inbox, takers: Takers, bring: Callable[..., Awaitable[None]]) -> None:
        await bring("a", "b")
        first = inbox.following()
        await bring("c")
        inbox.written(first, [True, False])
        await anyio.wait_all_tasks_blocked()
        assert takers.told == {"a": [True], "b": [False]}
        second = inbox.following()
        inbox.refused(second, StoreError("away"))
        await anyio.wait_all_tasks_blocked()
        assert takers.told["c"] == "StoreError"
        assert inbox.following() == []

    with_takers(use)


def test_a_burst_is_written_in_parts_and_each_is_told_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "MOST_IN_A_COMMIT", 3)

    async def use(inbox: Inbox, takers: Takers, bring: Callable[..., Awaitable[None]]) -> None:
        await bring("a", "b", "c", count=2)
        for name in ("a", "b", "c"):
            batches = inbox.following()
            assert [one.arrivals[0].call_id for one in batches] == [name]
            inbox.written(batches, [True, True])
            await anyio.wait_all_tasks_blocked()
            assert takers.told.get(name) == [True, True]
        assert len(takers.told) == 3

    with_takers(use)


def test_whoever_has_waited_too_long_is_told_and_the_others_go_on_waiting() -> None:
    async def use(inbox: Inbox, takers: Takers, bring: Callable[..., Awaitable[None]]) -> None:
        await bring("written", "late")
        under_way = inbox.following()
        await bring("waits", "too")
        under_way[1].began -= 60
        inbox._waiting[0].began -= 60
        inbox.give_up()
        await anyio.wait_all_tasks_blocked()
        assert takers.told == {"late": "SlowError", "waits": "SlowError"}
        inbox.written(under_way, [True, True])
        following = inbox.following()
        assert [one.arrivals[0].call_id for one in following] == ["too"]
        inbox.written(following, [True])
        await anyio.wait_all_tasks_blocked()
        assert (takers.told["written"], takers.told["too"]) == ([True], [True])
        inbox.give_up()
        assert inbox._count == 0

    with_takers(use)


def test_a_store_that_hangs_keeps_nobody_waiting_and_a_repeat_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """`503` although it may be written after all: Graph sends it again, and then it is no news."""
    monkeypatch.setattr(services, "LOOKS_SECONDS", 0.02)
    goes_on = threading.Event()

    class Hanging(MemoryStore):
        def arrive(self, arrivals: object) -> list[bool]:
            goes_on.wait(20)
            return super().arrive(arrivals)  # type: ignore[arg-type]

    async def carry(_session: Session, _command: Command) -> Response:
        return Response(202)

    async def main() -> None:
        store = Hanging()
        flows = StoredFlows(store, lambda _call: "flow", clock_ms)
        flows.serve({"flow": plan_of("one_line.flow")})
        service = Service(store, Worker(store, flows, lambda _plan, _at: frozenset()), carry, clock_ms, "one")
        service.inbox.patience_seconds = 0.1
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.run)
            with anyio.fail_after(10), pytest.raises(SlowError):
                await service.inbox.take([arrival(key="m1")])
            goes_on.set()
            await until(lambda: store.counts().live == 1)
            with anyio.fail_after(10):
                assert await service.inbox.take([arrival(key="m1"), arrival(key="m2")]) == [False, True]
            tasks.cancel_scope.cancel()

    anyio.run(main)
