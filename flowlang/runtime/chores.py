"""What the service does now and then, beside calls: ask about those that are silent, forget those that are old."""

from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from flowlang.call.facts import Unheard
from flowlang.codec import encode
from flowlang.runtime.service import Service
from flowlang.store.base import Arrival, Store, StoreError

LOOKS_SECONDS: Final = 30.0
SILENT_MS: Final = 120_000  # a call of which nothing was heard for that long is asked about
MOST_AT_ONCE: Final = 100
FORGETS_SECONDS: Final = 600.0
DAY_MS: Final = 86_400_000

Heard = Callable[[str], None]


async def ask_about_silent_calls(
    service: Service, store: Store, clock_ms: Callable[[], int], heard: Heard, silent_ms: int = SILENT_MS
) -> None:
    """At the start, and then again and again, until it is cancelled. After an outage that is every call."""
    while True:

        async def ask() -> None:
            now_ms = clock_ms()
            silent = await service.in_store(store.unheard, now_ms - silent_ms, MOST_AT_ONCE)
            await service.inbox.take([Arrival(one, "fact", encode(Unheard(now_ms)), now_ms) for one in silent])

        await _tried(ask, heard)
        await anyio.sleep(LOOKS_SECONDS)


async def forget_old_calls(
    service: Service, store: Store, clock_ms: Callable[[], int], keep_days: float, heard: Heard
) -> None:
    """Calls that have been over for so many days go, with all that belongs to them."""
    while True:

        async def forget() -> None:
            await service.in_store(store.forget, clock_ms() - int(keep_days * DAY_MS))

        await _tried(forget, heard)
        await anyio.sleep(FORGETS_SECONDS)


async def _tried(do: Callable[[], Awaitable[None]], heard: Heard) -> None:
    try:
        await do()
    except StoreError as error:
        heard(str(error))
