"""New calls that the store could not take in: Graph says only for a while that a call rings, and the call may ring on.

Whoever brought such a notification was told `503`, so nothing was claimed. Its beginning is remembered here, in memory,
as long as a call may ring, and put into the inbox again until the store takes it. What Graph sent again meanwhile is
known as a repeat. If Graph has given the call up by then, the first request of its flow is told so.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import anyio

from flowlang.runtime.inbox import Inbox
from flowlang.store.base import Arrival, StoreError

MOST_KEPT: Final = 1_000
RINGS_SECONDS: Final = 60.0
LOOKS_SECONDS: Final = 0.5


class _Kept(NamedTuple):
    since_seconds: float
    arrival: Arrival


class MissedCalls:
    """`run()` works until it is cancelled."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._come = anyio.Event()
        inbox.missed = self.keep

    def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Remember those that may begin a call. Where there are too many the oldest ones are forgotten."""
        for one in arrivals:
            if one.begins:
                self._kept.setdefault((one.call_id, one.key), _Kept(anyio.current_time(), one))
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        if self._kept:
            self._come.set()

    async def run(self) -> None:
        while True:
            await self._come.wait()
            self._come = anyio.Event()
            while self._kept:
                await anyio.sleep(LOOKS_SECONDS)
                await self._bring()

    async def _bring(self) -> None:
        oldest = anyio.current_time() - RINGS_SECONDS
        self._kept = {key: one for key, one in self._kept.items() if one.since_seconds > oldest}
        some = list(self._kept.items())
        try:
            await self._inbox.take([one.arrival for _, one in some])
        except StoreError:
            return
        for key, _ in some:
            self._kept.pop(key, None)
