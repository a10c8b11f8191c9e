"""How requests go out: those about one leg in their order, each after the answer to the one before (B2).

Graph's 429 and 503 that say when to come back are obeyed as long as the step's own bound allows; after that, and
without that word, the flow hears of them.
"""

from collections import deque
from typing import NamedTuple

from flowlang.call.commands import Request
from flowlang.call.session import Session
from flowlang.wire.decode import retry_after_seconds
from flowlang.wire.http import HttpResponse

COME_BACK_STATUS = (429, 503)
HOUSEKEEPING_BOUND_MS = 30_000  # requests that no step waits for are not tried longer
LONGEST_WAIT_MS = 120_000  # no step of a call waits longer, whatever the platform asks for


class Outgoing(NamedTuple):
    """A request on its way. `place`: of the plan, or -1. `first_ms`: when it was first sent."""

    request: Request
    place: int
    first_ms: int = -1
    tries: int = 0


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

    def is_empty(self) -> bool:
        return not self._busy and not any(self._waiting.values())


def come_back_ms(response: HttpResponse) -> int | None:
    """When Graph wants to be asked again: `Retry-After` of a 429 or 503, in milliseconds."""
    if response.status not in COME_BACK_STATUS:
        return None
    seconds = retry_after_seconds(response)
    return seconds * 1000 if seconds is not None else None


def deadline_ms(session: Session, outgoing: Outgoing) -> int:
    """Until when a request may be sent again: the bound of the step that waits for it. 0: nobody wants it any more."""
    pending = next((p for p in session.pending if p.number == outgoing.request.number), None)
    if pending is None:
        return 0
    if pending.run and pending.run == session.run:
        legs = {leg.number for leg in session.legs if leg.holder == pending.run}
        due = [t.due_ms for t in session.timers if t.ref == pending.run or (t.kind == "ring" and t.ref in legs)]
        if due:
            return min(due)
    return outgoing.first_ms + HOUSEKEEPING_BOUND_MS


def sends_again_at(session: Session, outgoing: Outgoing, response: HttpResponse, now_ms: int) -> int | None:
    """When a refused request goes out again, or None when the flow is to hear of it."""
    wait_ms = come_back_ms(response)
    if wait_ms is None or wait_ms > LONGEST_WAIT_MS:
        return None
    at_ms = now_ms + max(wait_ms, 1)
    return at_ms if at_ms < deadline_ms(session, outgoing) else None
