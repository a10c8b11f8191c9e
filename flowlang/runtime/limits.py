"""How many requests may leave: Graph counts them for each application and tenant (throttling limits, cloud
communications: 50,000 in 15 seconds), and answers 429 beyond that.

A bucket for the tenant, and one for each operation in it, so that many of one kind leave room for the others: questions
about silent calls never hold up a hang-up. Where Graph says `Retry-After`, that operation rests in that tenant.
"""

from collections.abc import Callable
from typing import Final

PER_SECOND: Final = 3_300.0  # a tenant's requests, all together
BURST: Final = 5_000.0
OPERATION_SHARE: Final = 0.8  # what one operation may have of that
MOST_WAITED_SECONDS: Final = 1.0  # whoever would have to wait longer comes again then, and holds up nobody meanwhile


class Bucket:
    """Holds what may still leave at once, and fills evenly."""

    __slots__ = ("_at", "_burst", "_level", "_per_second")

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._per_second, self._burst = per_second, burst
        self._level, self._at = burst, float("-inf")

    def wait_seconds(self, now: float) -> float:
        """How long to wait until there is one more. `now`: seconds that never go back."""
        gained = (now - self._at) * self._per_second
        self._level = min(self._burst, self._level + gained) if gained < self._burst else self._burst
        self._at = now
        return max((1 - self._level) / self._per_second, 0.0)

    def take(self) -> None:
        """Take one, which may not be there yet: the next ones wait the longer."""
        self._level -= 1


class Limits:
    """A bucket for each tenant, and for each operation in it. `clock()` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._clock, self._per_second, self._burst = clock, per_second, burst
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._rests: dict[tuple[str, str], float] = {}

    def wait_seconds(self, tenant_id: str, operation: str) -> float:
        """How long this request has to wait. It counts from now on, unless it is more than `MOST_WAITED_SECONDS`: then
        it is to ask again."""
        now, key = self._clock(), (tenant_id, operation)
        rests_until = self._rests.get(key)
        if rests_until is not None:
            if rests_until > now:
                return max(rests_until - now, MOST_WAITED_SECONDS + 0.001)
            del self._rests[key]
        buckets = (self._bucket((tenant_id, ""), 1.0), self._bucket(key, OPERATION_SHARE))
        wait = max(bucket.wait_seconds(now) for bucket in buckets)
        if wait <= MOST_WAITED_SECONDS:
            for bucket in buckets:
                bucket.take()
        return wait

    def rest(self, tenant_id: str, operation: str, seconds: float) -> None:
        """Graph wants that operation to rest for so long."""
        key = (tenant_id, operation)
        self._rests[key] = max(self._clock() + seconds, self._rests.get(key, 0.0))

    def _bucket(self, key: tuple[str, str], share: float) -> Bucket:
        if key not in self._buckets:
            self._buckets[key] = Bucket(self._per_second * share, self._burst * share)
        return self._buckets[key]
