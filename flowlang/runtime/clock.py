"""The time that the service goes by: milliseconds since 1970, and never backwards.

When the clock of the machine is set back, timers of calls would wait longer and news would seem to come before what it
follows. So this one goes on at the pace of the machine until the clock has caught up, and says what happened.
"""

from collections.abc import Callable

NOTICED_MS = 1_000  # smaller corrections are what time servers do every day


class SteadyClock:
    """`clock()` gives the time. `wall_ms` is the clock on the wall, `pace_ms` counts evenly from anywhere."""

    def __init__(
        self, wall_ms: Callable[[], int], pace_ms: Callable[[], int], heard: Callable[[str], None] = lambda _text: None
    ) -> None:
        self._wall_ms, self._pace_ms, self._heard = wall_ms, pace_ms, heard
        self._last_ms, self._at_ms = wall_ms(), pace_ms()
        self._is_behind = False
        self.set_back: Callable[[], None] = lambda: None
        """Called when the clock was set back."""

    def __call__(self) -> int:
        wall_ms, at_ms = self._wall_ms(), self._pace_ms()
        steady_ms = self._last_ms + max(at_ms - self._at_ms, 0)
        back_ms = steady_ms - wall_ms
        if back_ms > NOTICED_MS and not self._is_behind:
            self._heard(f"the clock was set back by {back_ms // 1000} s; the service goes on without a jump")
            self.set_back()
        self._is_behind = back_ms > NOTICED_MS
        self._last_ms, self._at_ms = max(wall_ms, steady_ms if back_ms > 0 else wall_ms), at_ms
        return self._last_ms
