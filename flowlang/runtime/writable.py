"""Whether the store can be written: a write that is tried, and what the service met when it wrote."""

from collections.abc import Callable
from typing import Final

from flowlang.runtime.watch import NoWatch
from flowlang.store.base import Counts, Store, StoreError

HOLDS_MS: Final = 2_000  # the service tries twice a second to write what it has


class Writable(NoWatch):
    """It listens to the service as a `Watch`."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._trouble = ""
        self._at_ms = 0

    def trouble(self, where: str, text: str) -> None:
        if where == "store":
            self._trouble, self._at_ms = text, self._clock_ms()

    def tried(self, store: Store) -> Counts:
        """Try it, in the store's thread. Raises `StoreError`, also when the service could not write a moment ago: there
        may be room for a little and not for what is to be written."""
        store.probe()
        if self._trouble and self._clock_ms() - self._at_ms < HOLDS_MS:
            raise StoreError(self._trouble)
        self._trouble = ""
        return store.counts()
