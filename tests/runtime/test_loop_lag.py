"""A loop that stands still is noticed, and it is told whether its own thread was at work meanwhile."""

import time

import anyio
import anyio.lowlevel

from flowlang.runtime.loop_lag import PERIOD_SECONDS, Lag, LagMeter, LoopLag


class Times:
    def __init__(self) -> None:
        self.now = self.busy = 100.0

    def meter(self) -> LagMeter:
        return LagMeter(lambda: self.now, lambda: self.busy)

    def after(self, seconds: float, busy: float) -> None:
        self.now, self.busy = self.now + seconds, self.busy + busy


def looked(*spent: tuple[float, float]) -> list[tuple[float, float]]:
    times = Times()
    meter = times.meter()
    found = []
    for seconds, busy in spent:
        times.after(seconds, busy)
        lag = meter.look()
        found.append((round(lag.late_seconds, 6), round(lag.busy_seconds, 6)))
    return found


def test_who_is_woken_in_time_is_not_late() -> None:
    assert looked((PERIOD_SECONDS, 0.001), (PERIOD_SECONDS / 2, 0.0)) == [(0.0, 0.0), (0.0, 0.0)]


def test_work_of_the_loop_is_told_from_work_of_others() -> None:
    assert looked((PERIOD_SECONDS + 0.5, 0.5), (PERIOD_SECONDS + 3.0, 0.01)) == [(0.5, 0.5), (3.0, 0.01)]


def test_a_stall_is_told_once_with_its_length() -> None:
    stalls: list[Lag] = []
    measured: list[Lag] = []

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(LoopLag(measured.append, stalls.append, 0.05).run)
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
            ends = time.thread_time() + 0.15
            while time.thread_time() < ends:  # the loop is held
                pass
            while not stalls:  # noqa: ASYNC110 - it is told by a callback
                await anyio.sleep(0.001)
            tasks.cancel_scope.cancel()

    anyio.run(main)
    assert max(one.late_seconds for one in stalls) > 0.1
    assert max(one.busy_seconds for one in stalls) > 0.1
    assert measured[: len(stalls)]
