"""The service notices by itself that it could not work for a while, and asks Graph about every call before it goes
on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import anyio
import pytest

from flowlang.runtime.pauses import NOTICED_MS, PauseDetector
from flowlang.store.base import StoreError
from flowlang.store.memory import MemoryStore
from tests.flowtext import plan_of
from tests.runtime.virtual import JumpingLoop, Town, play

WAITS = 'on incoming: answer\non answered: wait 10m then play "a.wav" then hang up\n'
CALLS = 250  # more than are asked about in one go


class FullStore(MemoryStore):
    """Cannot be written as long as `is_full`."""

    is_full = False

    @contextmanager
    def together(self) -> Iterator[None]:
        if self.is_full:
            raise StoreError("the disk is full")
        inside: AbstractContextManager[None] = super().together()
        with inside:
            yield


def stall(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    loop.jumped_seconds += seconds


async def stalled(_town: Town) -> None:
    """The loop does nothing for 45 s, as when the process is suspended."""
    stall(45)


async def set_ahead(town: Town) -> None:
    town.set_back_ms -= 300_000


async def set_back(town: Town) -> None:
    town.set_back_ms += 300_000


async def disk_full(town: Town) -> None:
    assert isinstance(town.store, FullStore)
    town.store.is_full = True
    town.call()
    await anyio.sleep(60)
    town.store.is_full = False


PAUSES: dict[str, Callable[[Town], Awaitable[None]]] = {
    "a loop that was stalled": stalled, "a clock that was set ahead": set_ahead, "a clock that was set back": set_back,
    "a disk that was full": disk_full,
}  # fmt: skip


@pytest.mark.parametrize("name", PAUSES)
def test_after(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call that waits is asked about, once and soon, although nothing is due for any of them."""

    async def main() -> None:
        async with Town(plan_of(WAITS), FullStore(), monkeypatch).up() as town:
            calls = [town.call() for _ in range(CALLS)]
            await anyio.sleep(30)
            assert town.taken("get") == []
            await PAUSES[name](town)
            await anyio.sleep(4)
            assert sorted(one for one in town.taken("get") if one in calls) == sorted(calls)
            await anyio.sleep(30)
            assert len([one for one in town.taken("get") if one in calls]) == CALLS, "once is enough"
            assert town.service.resumed_ms == -1

    play(main)


def test_a_short_pause_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with Town(plan_of(WAITS), MemoryStore(), monkeypatch).up() as town:
            town.call()
            await anyio.sleep(30)
            stall(NOTICED_MS / 1000 - 2)
            await anyio.sleep(10)
            assert town.taken("get") == []

    play(main)


def test_the_bound_of_a_pause() -> None:
    detector = PauseDetector(0)
    detector.worked(1_000)
    assert not detector.is_pause(1_000 + NOTICED_MS)
    assert detector.is_pause(1_001 + NOTICED_MS)
    detector.worked(1_001 + NOTICED_MS)
    assert not detector.is_pause(1_002 + NOTICED_MS)
    detector.jumped()
    assert detector.is_pause(1_002 + NOTICED_MS)
    assert not detector.is_pause(1_002 + NOTICED_MS), "a jump is told once"


def test_a_start_is_a_pause_however_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next service asks about a call of the one before, although nothing is due for it."""

    async def main() -> None:
        store = MemoryStore()
        async with Town(plan_of(WAITS), store, monkeypatch).up() as town:
            call_id = town.call()
            await anyio.sleep(30)
        async with Town(plan_of(WAITS), store, monkeypatch).up() as town:
            await anyio.sleep(3)
            assert [path for _, path in town.to_graph.tried if path.endswith(call_id)]

    play(main)
