"""A question to the store for which nobody waits long, and which many may ask: its answer is fresh enough for a while.

The store's thread cannot be called back when the disk hangs. So one task asks, and whoever wants to know waits for it
only so long.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import anyio

from flowlang.store.base import StoreError

T = TypeVar("T")

PATIENCE_SECONDS: Final = 2.0
FRESH_SECONDS: Final = 1.0


class _Round(Generic[T]):
    """One question, and what came of it."""

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.at_seconds = 0.0
        self.answer: T | None = None
        self.error: StoreError | None = None


class Asking(Generic[T]):
    """`run()` asks for whoever wants to know, until it is cancelled."""

    def __init__(
        self, ask: Callable[[], Awaitable[T]], fresh_seconds: float = FRESH_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:  # fmt: skip
        self._ask, self._fresh_seconds, self._patience_seconds = ask, fresh_seconds, patience_seconds
        self._wanted = anyio.Event()
        self._last: _Round[T] | None = None
        self._next: _Round[T] = _Round()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            one, self._next = self._next, _Round()
            try:
                one.answer = await self._ask()
            except StoreError as error:
                one.error = error
            one.at_seconds = anyio.current_time()
            self._last = one
            one.done.set()

    async def answer(self) -> T:
        """What the store says now, or said a moment ago. Raises `StoreError`, also when it says nothing in time."""
        one = self._last
        if one is None or anyio.current_time() - one.at_seconds >= self._fresh_seconds:
            one = self._next
            self._wanted.set()
            with anyio.move_on_after(self._patience_seconds):
                await one.done.wait()
        if one.error is not None:
            raise one.error
        if one.answer is None:
            raise StoreError(f"the store has not answered for {self._patience_seconds:g} seconds")
        return one.answer
