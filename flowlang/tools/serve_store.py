"""How the store of `flowlang serve` does, for who asks; and new calls that it could not take in."""

from collections.abc import Callable

import anyio

from flowlang.runtime.asking import Asking
from flowlang.runtime.missed import MissedCalls
from flowlang.runtime.service import Service
from flowlang.runtime.writable import Writable
from flowlang.store.base import Store
from flowlang.telemetry.metrics import standing_of


class StoreLooks:
    """`run()` works until it is cancelled. `writable` and `standing` are asked within a bound."""

    def __init__(self, service: Service, store: Store, writable: Writable, clock_ms: Callable[[], int]) -> None:
        self.writable = Asking(lambda: service.in_store(writable.tried, store))
        self.standing = Asking(lambda: service.in_store(standing_of, store, clock_ms()), fresh_seconds=0)
        self._missed = MissedCalls(service.inbox)

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            for work in (self.writable.run, self.standing.run, self._missed.run):
                tasks.start_soon(work)
