"""Time and memory of many calls at once, measured the same way for everyone.

Every call gets its first event, then every call its second, and so on, as in a server: what a call needs is then out
of the processor's caches when its turn comes. The best of some rounds counts: other programs only ever slow one down.
"""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from bench.chart import EVENTS, LIVE

ROUNDS = 3
M = TypeVar("M")


class Machines(NamedTuple, Generic[M]):
    """`build` makes so many new calls; `fire` gives one event to each, in place; `is_over`: it came to its end."""

    build: Callable[[int], list[M]]
    fire: Callable[[list[M], str], None]
    is_over: Callable[[M], bool]


class Figures(NamedTuple):
    """`bytes_each`: resident memory of one established call; None where the system does not tell."""

    events_per_second: float
    bytes_each: float | None


def resident_bytes() -> int | None:
    """Memory of this process that is in RAM. Only Linux tells without help."""
    gc.collect()
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return None


def bytes_each(machines: Machines[M], calls: int) -> float | None:
    """Growth of resident memory for one established call. Run it first in a fresh process, before memory is reused."""
    before = resident_bytes()
    living = machines.build(calls)
    for event in EVENTS[:LIVE]:
        machines.fire(living, event)
    after = resident_bytes()
    return None if before is None or after is None else max(0, after - before) / len(living)


def events_per_second(machines: Machines[M], calls: int) -> float:
    """Events in a second, best of some rounds. Raises `RuntimeError` if the calls do not come to their end."""
    best = 0.0
    for _ in range(ROUNDS):
        living = machines.build(calls)
        start = time.perf_counter()
        for event in EVENTS:
            machines.fire(living, event)
        took = time.perf_counter() - start
        if not all(machines.is_over(call) for call in living):
            raise RuntimeError("some calls did not come to their end")
        best = max(best, len(EVENTS) * calls / took)
    return best


def measure(machines: Machines[M], calls: int) -> Figures:
    """Both figures. A few calls go through first, so that caches of the library itself are not counted."""
    warm = machines.build(10)
    for event in EVENTS:
        machines.fire(warm, event)
    memory = bytes_each(machines, calls)
    return Figures(events_per_second(machines, calls), memory)
