"""How requests go out: those about one leg in their order, each after the answer to the one before (B2).

What Graph surely did not take, and what may be sent twice, goes out again as long as the step's own bound allows; of
all else the flow hears.
"""

from collections import deque
from random import Random
from typing import NamedTuple

from flowlang.call.commands import Request
from flowlang.call.session import Session
from flowlang.wire.again import again_at, came_of, pause_ms
from flowlang.wire.http import HttpResponse


class Outgoing(NamedTuple):
    """A request on its way. `place`: of the plan, or -1. `first_ms`: when it was first sent. `is_apart`: it keeps no
    order with others about its leg."""

    request: Request
    place: int
    first_ms: int = -1
    tries: int = 0
    is_apart: bool = False


class Lanes:
    """What waits to be sent, by leg."""

    __slots__ = ("_busy", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[int, deque[Outgoing]] = {}
        self._busy: set[int] = set()

    def add(self, outgoing: Outgoing) -> None:
        self._waiting.setdefault(outgoing.request.leg, deque()).append(outgoing)

    def next_of(self, leg: int) -> Outgoing | None:
        """The next request about a leg, if none is under way. It counts as under way from now on."""
        waiting = self._waiting.get(leg)
        if not waiting or leg in self._busy:
            return None
        self._busy.add(leg)
        return waiting.popleft()

    def is_done(self, leg: int) -> None:
        """The answer is there, or given up."""
        self._busy.discard(leg)

    def unsent(self) -> tuple[int, ...]:
        """Numbers of the requests that have not left yet."""
        return tuple([one.request.number for waiting in self._waiting.values() for one in waiting])

    def is_empty(self) -> bool:
        return not self._busy and not any(self._waiting.values())


def sends_again_at(
    session: Session, outgoing: Outgoing, response: HttpResponse | None, now_ms: int, random: Random
) -> int | None:
    """When a request goes out again, or None when the flow is to hear of what came. `response` None: nothing came."""
    wait_ms = pause_ms(outgoing.request, came_of(response, now_ms), outgoing.tries - 1, random)
    if wait_ms is None:
        return None
    return again_at(session, outgoing.request, outgoing.first_ms, wait_ms, now_ms)
