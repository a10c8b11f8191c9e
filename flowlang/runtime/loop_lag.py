"""How late the event loop comes to what is due: while something holds it, no call is worked on and nobody is heard.

A task sleeps for a short time, again and again, and sees how late it is woken. It also sees for how long the loop's own
thread was at work meanwhile: where that is little, others had the processor, or the process was stopped.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

import anyio

PERIOD_SECONDS: Final = 0.02
STALL_SECONDS: Final = 0.1


class Lag(NamedTuple):
    """`late_seconds`: after it was due; no less than zero. `busy_seconds`: of these, the processor time of the loop's
    own thread at most."""

    late_seconds: float
    busy_seconds: float


Clock = Callable[[], float]


class LagMeter:
    """`look()` is called each time that the task is woken; it says how late that was."""

    def __init__(self, clock: Clock = time.perf_counter, busy: Clock = time.thread_time) -> None:
        self._clock, self._busy = clock, busy
        self._due, self._before = clock() + PERIOD_SECONDS, busy()

    def look(self) -> Lag:
        now, busy = self._clock(), self._busy()
        late_seconds = max(now - self._due, 0.0)
        lag = Lag(late_seconds, min(late_seconds, max(busy - self._before, 0.0)))
        self._due, self._before = now + PERIOD_SECONDS, busy
        return lag


class LoopLag:
    """`run()` looks until it is cancelled. `measured` is told of every look, `on_stall` of those that were late by more
    than the bound."""

    def __init__(
        self,
        measured: Callable[[Lag], None] = lambda _lag: None,
        on_stall: Callable[[Lag], None] = lambda _lag: None,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._measured, self._on_stall, self._stall_seconds = measured, on_stall, stall_seconds

    async def run(self) -> None:
        meter = LagMeter()
        while True:
            await anyio.sleep(PERIOD_SECONDS)
            lag = meter.look()
            self._measured(lag)
            if lag.late_seconds > self._stall_seconds:
                self._on_stall(lag)
