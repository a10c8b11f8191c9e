"""How many requests may leave: Graph counts them for each application and tenant (throttling limits, cloud
communications: 50,000 in 15 seconds), and answers 429 beyond that."""

from collections.abc import Callable
from typing import Final

PER_SECOND: Final = 3_000.0
BURST: Final = 5_000.0


class Bucket:
    """Holds what may still leave at once, and fills evenly."""

    __slots__ = ("_at", "_burst", "_level", "_per_second")

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._per_second, self._burst = per_second, burst
        self._level, self._at = burst, float("-inf")

    def wait_seconds(self, now: float) -> float:
        """Take one; how long to wait until it is there. `now`: seconds that never go back."""
        gained = (now - self._at) * self._per_second
        self._level = min(self._burst, self._level + gained) if gained < self._burst else self._burst
        self._at = now
        self._level -= 1
        return max(-self._level / self._per_second, 0.0)


class Limits:
    """A bucket for each tenant and operation. `clock()` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._clock, self._per_second, self._burst = clock, per_second, burst
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def wait_seconds(self, tenant_id: str, operation: str) -> float:
        """How long this request has to wait; it counts from now on."""
        key = (tenant_id, operation)
        if key not in self._buckets:
            self._buckets[key] = Bucket(self._per_second, self._burst)
        return self._buckets[key].wait_seconds(self._clock())
