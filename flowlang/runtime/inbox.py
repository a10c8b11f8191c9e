"""What waits to be written: whoever brings something waits until it is on the disk.

What arrives while one turn is being written goes into the next, all together. A burst costs a few commits, not one for
each notification.
"""

from collections.abc import Callable, Sequence
from typing import Final

import anyio

from flowlang.store.base import Arrival, StoreError

MOST_WAITING: Final = 20_000  # notifications; more than that and the store cannot keep up: 503, Graph sends again
MOST_IN_A_COMMIT: Final = 1_000


class FullError(StoreError):
    """So much waits for the store already that nothing more is taken."""


class Batch:
    """What somebody brought, and whether it is on the disk."""

    __slots__ = ("arrivals", "done", "error", "new")

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.done = anyio.Event()
        self.error: StoreError | None = None
        self.new: list[bool] = []


class Inbox:
    """`take(arrivals)` returns when they are durable. `arrived()` is called when there is something to write; whoever
    writes calls `following`, and then `written` or `refused`."""

    def __init__(self, arrived: Callable[[], None]) -> None:
        self._arrived = arrived
        self._waiting: list[Batch] = []
        self._count = 0

    async def take(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Which of them were new. Raises `StoreError` when the store cannot take them, `FullError` when too many
        wait."""
        if not arrivals:
            return []
        if self._count + len(arrivals) > MOST_WAITING:
            raise FullError("too many wait")
        batch = Batch(arrivals)
        self._waiting.append(batch)
        self._count += len(arrivals)
        self._arrived()
        await batch.done.wait()
        if batch.error is not None:
            raise batch.error
        return batch.new

    def following(self) -> list[Batch]:
        """What is to be written next, in the order in which it came."""
        size = count = 0
        for batch in self._waiting:
            if count and size + len(batch.arrivals) > MOST_IN_A_COMMIT:
                break
            size += len(batch.arrivals)
            count += 1
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        return some

    def written(self, batches: Sequence[Batch], new: Sequence[bool]) -> None:
        """They are on the disk; `new` says of each arrival whether it was."""
        at = 0
        for batch in batches:
            batch.new = list(new[at : at + len(batch.arrivals)])
            at += len(batch.arrivals)
            self._settle(batch)

    def refused(self, batches: Sequence[Batch], error: StoreError) -> None:
        """The store could not take them; whoever brought them is told."""
        for batch in batches:
            batch.error = error
            self._settle(batch)

    def _settle(self, batch: Batch) -> None:
        self._count -= len(batch.arrivals)
        batch.done.set()
