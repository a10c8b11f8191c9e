"""When a request that Graph did not take goes out again: not before Graph wants it, and not after the step that asks.

The service and the simulator's loop decide by the same words.
"""

from random import Random

from flowlang.call.session import Session
from flowlang.wire.decode import retry_after_seconds
from flowlang.wire.http import HttpResponse

COME_BACK_STATUS = (429, 503)
HOUSEKEEPING_BOUND_MS = 30_000  # requests that no step waits for are not tried longer
LONGEST_WAIT_MS = 120_000  # no step of a call waits longer, whatever the platform asks for
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 200, 10_000


def come_back_ms(response: HttpResponse) -> int | None:
    """When Graph wants to be asked again: `Retry-After` of a 429 or 503, in milliseconds."""
    if response.status not in COME_BACK_STATUS:
        return None
    seconds = retry_after_seconds(response)
    return seconds * 1000 if seconds is not None else None


def deadline_ms(session: Session, number: int, first_ms: int) -> int:
    """Until when a request may be sent again: the bound of the step that waits for it. 0: nobody wants it any more.

    `first_ms`: when it was first sent.
    """
    pending = next((p for p in session.pending if p.number == number), None)
    if pending is None:
        return 0
    if pending.run and pending.run == session.run:
        legs = {leg.number for leg in session.legs if leg.holder == pending.run}
        due = [t.due_ms for t in session.timers if t.ref == pending.run or (t.kind == "ring" and t.ref in legs)]
        if due:
            return min(due)
    return first_ms + HOUSEKEEPING_BOUND_MS


def again_at(session: Session, number: int, first_ms: int, wait_ms: int, now_ms: int) -> int | None:
    """When a request goes out again after so long, or None when the flow is to hear of it."""
    if wait_ms > LONGEST_WAIT_MS:
        return None
    at_ms = now_ms + max(wait_ms, 1)
    return at_ms if at_ms < deadline_ms(session, number, first_ms) else None


def pause_ms(tries: int, random: Random) -> int:
    """How long to wait after so many tries that did not reach Graph: longer each time, by chance, so that calls that
    failed together do not come back together."""
    return random.randrange(1, min(FIRST_PAUSE_MS << min(tries, 16), LONGEST_PAUSE_MS) + 1)
