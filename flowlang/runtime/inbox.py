"""What waits to be written: whoever brings something waits until it is on the disk.

What arrives while one turn is being written goes into the next, all together. A burst costs a few commits, not one for
each notification.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

import anyio

from flowlang.store.base import Arrival, StoreError

MOST_WAITING: Final = 20_000  # notifications; more than that and the store cannot keep up: 503, Graph sends again
MOST_IN_A_COMMIT: Final = 1_000
PATIENCE_SECONDS: Final = 15.0


class FullError(StoreError):
    """So much waits for the store already that nothing more is taken."""


class SlowError(StoreError):
    """The store has not taken it within the bound; it may still, and a repeat is recognised then."""


class _Commit:
    """Those that are written together: whoever waits for one of them waits for all."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = anyio.Event()


class Batch:
    """What somebody brought, and whether it is on the disk."""

    __slots__ = ("arrivals", "began", "commit", "error", "is_settled", "new")

    def __init__(self, arrivals: Sequence[Arrival], commit: _Commit) -> None:
        self.arrivals, self.commit = arrivals, commit
        self.began = time.monotonic()
        self.is_settled = False
        self.error: StoreError | None = None
        self.new: list[bool] = []


class Inbox:
    """`take(arrivals)` returns when they are durable. `arrived()` is called when there is something to write; whoever
    writes calls `following`, and then `written` or `refused`; and `give_up` now and then, for a store that hangs."""

    def __init__(self, arrived: Callable[[], None], patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._arrived, self.patience_seconds = arrived, patience_seconds
        self._waiting: list[Batch] = []
        self._under_way: Sequence[Batch] = ()
        self._commit = _Commit()
        self._count = 0
        self.missed: Callable[[Sequence[Arrival]], None] = lambda _arrivals: None  # hears of what was refused

    async def take(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Which of them were new. Raises `StoreError` when the store cannot take them, `FullError` when too many
        wait, `SlowError` when it has waited too long."""
        if not arrivals:
            return []
        if self._count + len(arrivals) > MOST_WAITING:
            raise FullError("too many wait")
        batch = Batch(arrivals, self._commit)
        self._waiting.append(batch)
        self._count += len(arrivals)
        self._arrived()
        while not batch.is_settled:
            await batch.commit.done.wait()
        if batch.error is not None:
            raise batch.error
        return batch.new

    def following(self) -> list[Batch]:
        """What is to be written next, in the order in which it came."""
        if not self._waiting:
            return []
        size = count = 0
        for batch in self._waiting:
            if count and size + len(batch.arrivals) > MOST_IN_A_COMMIT:
                break
            size += len(batch.arrivals)
            count += 1
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        self._under_way, self._commit = some, _Commit()
        for batch in self._waiting:  # they are in the next one
            batch.commit = self._commit
        return some

    def written(self, batches: Sequence[Batch], new: Sequence[bool]) -> None:
        """They are on the disk; `new` says of each arrival whether it was."""
        at = 0
        for batch in batches:
            batch.new = list(new[at : at + len(batch.arrivals)])
            at += len(batch.arrivals)
        self._settle(batches)

    def refused(self, batches: Sequence[Batch], error: StoreError) -> None:
        """The store could not take them; whoever brought them is told."""
        for batch in batches:
            batch.error = batch.error or error
            self.missed(batch.arrivals)
        self._settle(batches)

    def give_up(self) -> None:
        """Tell those who have waited too long: Graph sends it again, and nobody waits without end."""
        before = time.monotonic() - self.patience_seconds
        late = [one for one in (*self._under_way, *self._waiting) if one.began <= before and not one.is_settled]
        if not late:
            return
        self._waiting = [one for one in self._waiting if one.began > before]
        self._commit, under_way = _Commit(), _Commit()
        self.refused(late, SlowError("the store takes too long"))
        for one in self._waiting:  # whoever came later goes on waiting
            one.commit = self._commit
        for one in self._under_way:
            one.commit = under_way

    def _settle(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if not batch.is_settled:
                batch.is_settled = True
                self._count -= len(batch.arrivals)
        for done in {batch.commit.done for batch in batches}:
            done.set()
