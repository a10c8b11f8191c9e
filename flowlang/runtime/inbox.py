"""Group commit: what arrives while one commit is being written goes into the next, all together.

Whoever brings something waits until it is on the disk. A burst costs a few commits, not one for each notification.
"""

from collections.abc import Callable, Sequence
from typing import Final

import anyio
from anyio import to_thread

from flowlang.store.base import Arrival, Store, StoreError

MOST_WAITING: Final = 20_000  # notifications; more than that and the store cannot keep up: 503, Graph sends again
MOST_IN_A_COMMIT: Final = 1_000


class FullError(Exception):
    """So much waits for the store already that nothing more is taken."""


class _Batch:
    """What somebody brought, and whether it is on the disk."""

    __slots__ = ("arrivals", "done", "error", "new")

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.done = anyio.Event()
        self.error: StoreError | None = None
        self.new: list[bool] = []


class Inbox:
    """`take(arrivals)` returns when they are durable. `run()` is the one who writes; `lane` keeps the store to one
    thread; `arrived()` is called after each commit that brought something new."""

    def __init__(self, store: Store, lane: anyio.CapacityLimiter, arrived: Callable[[], None]) -> None:
        self._store, self._lane, self._arrived = store, lane, arrived
        self._waiting: list[_Batch] = []
        self._count = 0
        self._wake = anyio.Event()

    async def take(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Which of them were new. Raises `StoreError` when the store cannot take them, `FullError` when too many
        wait."""
        if not arrivals:
            return []
        if self._count + len(arrivals) > MOST_WAITING:
            raise FullError("too many wait")
        batch = _Batch(arrivals)
        self._waiting.append(batch)
        self._count += len(arrivals)
        self._wake.set()
        await batch.done.wait()
        if batch.error is not None:
            raise batch.error
        return batch.new

    async def run(self) -> None:
        """Write what waits, again and again."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            while self._waiting:
                await self._write(self._next())

    def _next(self) -> list[_Batch]:
        some: list[_Batch] = []
        size = 0
        while self._waiting and (not some or size + len(self._waiting[0].arrivals) <= MOST_IN_A_COMMIT):
            batch = self._waiting.pop(0)
            size += len(batch.arrivals)
            some.append(batch)
        return some

    async def _write(self, batches: list[_Batch]) -> None:
        arrivals = [one for batch in batches for one in batch.arrivals]
        try:
            new = await to_thread.run_sync(self._store.arrive, arrivals, limiter=self._lane)
        except StoreError as error:
            for batch in batches:
                batch.error = error
            new = []
        at = 0
        for batch in batches:
            batch.new = new[at : at + len(batch.arrivals)]
            at += len(batch.arrivals)
            self._count -= len(batch.arrivals)
            batch.done.set()
        if any(new):
            self._arrived()
