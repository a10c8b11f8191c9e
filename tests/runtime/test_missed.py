"""Calls that ring while the store cannot be written: those that still ring are answered when it can be again.

In time that jumps.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from flowlang.runtime import missed
from flowlang.runtime.asking import Asking
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.missed import MissedCalls
from flowlang.runtime.writable import Writable
from flowlang.simulator.outbox import Outbox
from flowlang.store.base import Arrival, Counts, StoreError
from flowlang.store.memory import MemoryStore
from tests.properties.test_histories import plan_of
from tests.runtime.test_away import done_once, ending
from tests.runtime.virtual import Town, play


class Away(MemoryStore):
    """A store that cannot be written for a while. Being asked it can."""

    is_away = False

    @contextmanager
    def together(self) -> Iterator[None]:
        self.probe()
        with super().together():
            yield

    def arrive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        self.probe()
        return super().arrive(arrivals)

    def probe(self) -> None:
        if self.is_away:
            raise StoreError("the disk is full")


@pytest.fixture
def rings_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Graph that lets a call ring on whose first word nobody took; else the simulated one ends it at once."""
    acknowledge = Outbox.acknowledge

    def acknowledged(self: Outbox, *given: Any) -> None:
        acknowledge(self, *given)

    monkeypatch.setattr(Outbox, "acknowledge", acknowledged)


@pytest.mark.usefixtures("rings_on")
def test_a_call_that_still_rings_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        store = Away()
        async with Town(plan_of("consult.flow"), store, monkeypatch).up() as town:
            before = town.call()
            await anyio.sleep(1)
            store.is_away = True
            meanwhile = [town.call() for _ in range(5)]
            await anyio.sleep(9)  # Graph says it a few times within two seconds, and rings on
            assert not set(town.taken("answer")) & set(meanwhile)
            store.is_away = False
            await anyio.sleep(60)
            assert [ending(town, one) for one in (before, *meanwhile)] == ["transferred"] * 6
            await anyio.sleep(600)
            assert town.is_over(), store.counts()
            done_once(town)

    play(main)


def test_a_call_that_has_gone_is_over_without_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        store = Away()
        async with Town(plan_of("consult.flow"), store, monkeypatch).up() as town:
            store.is_away = True
            call = town.call()
            await anyio.sleep(20)
            assert ending(town, call) == "not taken"
            store.is_away = False
            told = len(town.heard)
            await anyio.sleep(600)
            assert town.is_over(), store.counts()
            assert store.counts().over == 1, "it was found, and Graph said that it is over"
            assert town.heard[told:] == []
            done_once(town)

    play(main)


def test_what_rang_too_long_ago_is_forgotten_and_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MOST_KEPT", 3)

    def arrival(number: int, *, begins: bool = True) -> Arrival:
        return Arrival(f"call-{number}", "notification", b"{}", 1, f"{number}", 0, begins)

    async def main() -> None:
        inbox = Inbox(lambda: None)
        one = MissedCalls(inbox)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.run)
            one.keep([arrival(0, begins=False), *[arrival(number) for number in range(1, 6)]])
            await anyio.sleep(0.6)
            (batch,) = batches = inbox.following()
            assert [come.call_id for come in batch.arrivals] == ["call-3", "call-4", "call-5"]
            inbox.refused(batches, StoreError("still away"))
            await anyio.sleep(0.6)
            (again,) = batches = inbox.following()
            assert again.arrivals == batch.arrivals
            await anyio.sleep(missed.RINGS_SECONDS)
            inbox.refused(batches, StoreError("still away"))
            one.keep([arrival(9)])
            await anyio.sleep(0.6)
            (later,) = batches = inbox.following()
            assert [come.call_id for come in later.arrivals] == ["call-9"]
            inbox.written(batches, [True])
            await anyio.sleep(5)
            assert inbox.following() == []
            tasks.cancel_scope.cancel()

    play(main)


def test_whether_it_can_be_written_is_asked_seldom_and_nobody_waits_long() -> None:
    asked = 0
    hangs = False

    async def main() -> None:
        store = Away()
        writable = Writable(lambda: int(anyio.current_time() * 1000))

        async def ask() -> Counts:
            nonlocal asked
            asked += 1
            if hangs:
                await anyio.sleep(30)
            return writable.tried(store)

        asking = Asking(ask)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(asking.run)
            for _ in range(5):
                assert (await asking.answer()).live == 0
            assert asked == 1
            await anyio.sleep(1)
            store.is_away = True
            with pytest.raises(StoreError, match="the disk is full"):
                await asking.answer()
            store.is_away = False
            await anyio.sleep(1)
            writable.trouble("store", "no room for so much")
            with pytest.raises(StoreError, match="no room for so much"):
                await asking.answer()
            writable.trouble("routing", "nobody answers")
            await anyio.sleep(2)
            await asking.answer()
            nonlocal hangs
            hangs = True
            await anyio.sleep(1)
            began = anyio.current_time()
            with pytest.raises(StoreError, match="has not answered for 2 seconds"):
                await asking.answer()
            with pytest.raises(StoreError, match="has not answered"):
                await asking.answer()
            assert anyio.current_time() - began < 5
            hangs = False
            await anyio.sleep(30)
            await asking.answer()
            tasks.cancel_scope.cancel()

    play(main)
