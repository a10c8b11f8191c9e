"""Waiting with a bound that costs nothing where there is nothing to wait for.

A notification is nearly always there as a whole when it is read. To set a timer for each costs as much as to verify its
token, and would be for nothing.
"""

from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

import anyio

T = TypeVar("T")


class _Rest(Generic[T]):
    """What is left of something that was begun already; `first` is what it waits for."""

    def __init__(self, first: object, rest: Generator[Any, Any, T]) -> None:
        self._first, self._rest = first, rest

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            yield self._first
        except BaseException as error:
            self._rest.throw(error)  # what was begun is told, so that it can tidy up
            raise
        return (yield from self._rest)


async def within(seconds: float, awaited: Awaitable[T]) -> T:
    """What it gives. Raises `TimeoutError`."""
    rest = awaited.__await__()
    try:
        first = next(rest)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    with anyio.fail_after(seconds):
        return await _Rest(first, rest)
