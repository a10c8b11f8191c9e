"""What the service does now and then, beside calls: ask about those that are silent, forget what is old."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final, Protocol

import anyio
from anyio import to_thread

from flowlang.runtime.service import Service
from flowlang.runtime.worker import unheard
from flowlang.store.base import Store, StoreError

LOOKS_SECONDS: Final = 30.0
SILENT_MS: Final = 120_000  # a call of which nothing was heard for that long is asked about
MOST_AT_ONCE: Final = 100
SOON_SECONDS: Final = 0.1  # where there are more, as after an outage: a thousand calls a second
FORGETS_SECONDS: Final = 600.0
SOUNDS_SECONDS: Final = 6 * 3600.0
DAY_MS: Final = 86_400_000
SAID_MS: Final = 30 * DAY_MS  # a text that nobody was told for so long is made again when it is needed
LEAST_SAID_MS: Final = 2 * DAY_MS  # that a text is said is written down once a day

Heard = Callable[[str], None]


class OldSounds(Protocol):
    """What is kept of sound, and can be forgotten."""

    async def forget(self, plans: Collection[str], said_before_ms: int) -> int: ...


def said_for_ms(keep_days: float) -> int:
    """How long the sound of a text is kept: what was said is not kept longer than the calls. `keep_days` 0: those for
    ever."""
    return max(min(SAID_MS, int(keep_days * DAY_MS)), LEAST_SAID_MS) if keep_days else SAID_MS


class OldRecordings(Protocol):
    """What callers recorded, on the disk."""

    def old(self, before_ms: int) -> list[str]: ...

    def calls_in(self, name: str) -> list[str]: ...

    def drop(self, names: Iterable[str]) -> None: ...


class Chores:
    """Each of them at the start, and then again and again until it is cancelled."""

    def __init__(self, service: Service, store: Store, clock_ms: Callable[[], int], heard: Heard) -> None:
        self._service, self._store, self._clock_ms, self._heard = service, store, clock_ms, heard

    async def ask_about_silent_calls(self, silent_ms: int = SILENT_MS) -> None:
        """After a pause of the service that is every call. Some at a time: Graph is not flooded, and other calls go
        on."""

        async def ask() -> float:
            now_ms, resumed_ms = self._clock_ms(), self._service.resumed_ms
            since_ms = max(now_ms - silent_ms, resumed_ms)
            silent = await self._service.in_store(self._store.unheard, since_ms, MOST_AT_ONCE)
            await self._service.inbox.take([unheard(one, now_ms) for one in silent])
            if len(silent) == MOST_AT_ONCE:
                return SOON_SECONDS
            if resumed_ms >= 0:
                self._service.settled(resumed_ms)
            return LOOKS_SECONDS

        await self._again_and_again(ask, LOOKS_SECONDS, self._service.wait_for_pause)

    async def forget_old_calls(self, keep_days: float, recordings: OldRecordings | None = None) -> None:
        """Calls that have been over for so many days go, with all that belongs to them; recordings as well, once the
        call that they are of is not in the store any more."""

        async def forget() -> None:
            before_ms = self._clock_ms() - int(keep_days * DAY_MS)
            count, many = 0, MOST_AT_ONCE
            while many == MOST_AT_ONCE:  # between two lots others use the store
                many = await self._service.in_store(self._store.forget, before_ms, MOST_AT_ONCE)
                count += many
            at = await self._service.in_store(self._store.wipe) if count else 0
            while at:
                at = await self._service.in_store(self._store.wipe, at)
            if recordings is not None:
                for name in await to_thread.run_sync(recordings.old, before_ms):
                    if not await self._service.in_store(self._is_of_a_call, recordings.calls_in(name)):
                        await to_thread.run_sync(recordings.drop, [name])

        await self._again_and_again(forget, FORGETS_SECONDS)

    def _is_of_a_call(self, ids: Iterable[str]) -> bool:
        return any(self._store.listed(one) is not None for one in ids)

    async def forget_old_sounds(self, sounds: OldSounds, said_ms: int = SAID_MS) -> None:
        """Sound of plans that the store does not know, and of texts that were not said for long."""

        async def forget() -> None:
            plans = await self._service.in_store(self._store.plans)
            await sounds.forget(plans, self._clock_ms() - said_ms)

        await self._again_and_again(forget, SOUNDS_SECONDS)

    async def _again_and_again(
        self,
        do: Callable[[], Awaitable[float | None]],
        seconds: float,
        sooner: Callable[[], Awaitable[None]] = anyio.sleep_forever,
    ) -> None:
        """`do` says in how many seconds, if not the usual; at once where `sooner` returns."""
        while True:
            pause = None
            try:
                pause = await do()
            except (StoreError, OSError) as error:
                self._heard(str(error))
            with anyio.move_on_after(seconds if pause is None else pause):
                await sooner()
