"""Whether a request goes out again by itself, and when. The service and the simulator's loop decide by these words.

Graph has no key against doubles. So a request is repeated only when Graph surely did not take it (it never left; 429;
503 that says when to come back; a token that was refused), or when a second time does no harm. Everything else is for
the step that asked: it asks Graph what became of it, in the way that its file says.
"""

from email.utils import parsedate_to_datetime
from random import Random
from typing import Final, NamedTuple

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.results import Result
from flowlang.call.session import Session, checked_until_ms
from flowlang.wire.http import HttpResponse, header

SAFE_TWICE: Final = (
    commands.GetCall, commands.GetOperation, commands.ListParticipants, commands.HangUp, commands.KeepAlive,
    commands.CancelMedia, commands.SubscribeToTone, commands.Mute, commands.Unmute,
)  # fmt: skip
TOO_MANY, UNAVAILABLE = 429, 503
GATEWAY_STATUS: Final = (502, 504)  # something between Graph and us gave up: nobody knows whether Graph took it
HOUSEKEEPING_BOUND_MS: Final = 30_000  # requests that no step waits for are not tried longer
HANG_UP_BOUND_MS: Final = 45 * 60_000  # by then Graph has ended the call itself, for want of a keepAlive
NOTIFY_BOUND_MS: Final = 10 * 60_000
WITHDRAWN: Final = Result(487, 0, "nobody waits for this call any more")
"""What comes of a call that was never placed, since nobody wants it by now."""
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 200, 10_000


class Came(NamedTuple):
    """What came of sending once. `status` 0: no answer. `is_sent` False: it surely never left.

    `wait_ms`: so long we are to wait, by Graph's word or by our own limits; -1: nobody says.
    """

    status: int
    wait_ms: int = -1
    is_sent: bool = True


def came_of(response: HttpResponse | None, now_ms: int) -> Came:
    """`response` None: there was no answer, and nobody knows whether the request was taken."""
    if response is None:
        return Came(0)
    wait_ms = retry_after_ms(response, now_ms)
    return Came(response.status, -1 if wait_ms is None else wait_ms)


def retry_after_ms(response: HttpResponse, now_ms: int) -> int | None:
    """What `Retry-After` says: seconds, or a date, which counts from the `Date` of the same answer, whoever's clock is
    wrong. None where it says nothing that can be read."""
    text = (header(response, "Retry-After") or "").strip()
    if text.isascii() and text.isdecimal():
        return int(text[:10]) * 1000
    until_ms = _date_ms(text)
    if until_ms is None:
        return None
    here_ms = _date_ms(header(response, "Date") or "")
    return max(until_ms - (now_ms if here_ms is None else here_ms), 0)


def _date_ms(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return None


def is_safe_twice(command: Command) -> bool:
    """Whether sending it a second time does no harm. To start a flow is: the second time is known by its id. So is to
    fetch a recording: what is there already is not fetched again."""
    if isinstance(command, commands.StartFlow | commands.FetchRecording):
        return True
    return isinstance(command, commands.Request) and isinstance(command.act, SAFE_TWICE)


def is_in_doubt(command: Command, status: int) -> bool:
    """Whether an answer says nothing about what became of the request: as good as none."""
    is_request = isinstance(command, commands.Request)
    return status == 0 or (is_request and status in GATEWAY_STATUS and not is_safe_twice(command))


def pause_ms(command: Command, came: Came, tries: int, random: Random) -> int | None:
    """How long to wait until it goes out again, after so many tries; None: it does not."""
    if isinstance(command, commands.AskService):
        return None  # the step's own bound is short, and the flow may ask again
    if came.is_sent and not (came.status and _was_refused(came)) and not _is_harmless(command, came.status):
        return None
    return came.wait_ms if came.wait_ms >= 0 else jitter_ms(tries, random)


def _was_refused(came: Came) -> bool:
    return came.status == TOO_MANY or (came.status == UNAVAILABLE and came.wait_ms >= 0)


def _is_harmless(command: Command, status: int) -> bool:
    return is_safe_twice(command) and status in (0, UNAVAILABLE, *GATEWAY_STATUS)


def jitter_ms(tries: int, random: Random) -> int:
    """By chance up to a bound that doubles with each try, so that calls that failed together do not come back
    together."""
    return random.randrange(1, min(FIRST_PAUSE_MS << min(tries, 16), LONGEST_PAUSE_MS) + 1)


def deadline_ms(session: Session, command: Command, first_ms: int) -> int:
    """Until when it may go out again: the bound of the step that waits for it. 0: nobody wants it any more.

    `first_ms`: when it was first sent.
    """
    if isinstance(command, commands.Notify):
        return first_ms + NOTIFY_BOUND_MS
    if isinstance(command, commands.Request) and isinstance(command.act, commands.HangUp):
        return first_ms + HANG_UP_BOUND_MS  # whoever is on that leg hears nothing until it is over
    run = _run_of(session, command)
    if run < 0:
        return 0
    if run and run == session.run:
        legs = {leg.number for leg in session.legs if leg.holder == run}
        due = [t.due_ms for t in session.timers if t.ref == run or (t.kind == "ring" and t.ref in legs)]
        if due:
            return max(min(due), checked_until_ms(session))  # after a pause all of them may be over
    return first_ms + HOUSEKEEPING_BOUND_MS


def changes_call(command: Command) -> bool:
    """Whether a request does something new for its call. One that has not left yet waits, after a pause of the service,
    until Graph has said how the call stands; what does no harm twice does none when it is late."""
    return isinstance(command, commands.Request) and not is_safe_twice(command)


def is_unwanted(session: Session, command: Command) -> bool:
    """Whether a call is to be placed for a leg that was let go meanwhile: nobody is rung whom nobody wants."""
    if not isinstance(command, commands.Request) or command.leg >= len(session.legs):
        return False
    places_call = isinstance(command.act, commands.CreateCall | commands.JoinMeeting)
    return places_call and session.legs[command.leg].is_unwanted


def _run_of(session: Session, command: Command) -> int:
    """Which run of a step waits for it; 0: housekeeping; -1: nobody."""
    if isinstance(command, commands.StartFlow):  # it is no request to Graph, so it is not pending
        return session.run if getattr(session.waiting, "number", 0) == command.number else -1
    return next((p.run for p in session.pending if p.number == command.number), -1)


def again_at(session: Session, command: Command, first_ms: int, wait_ms: int, now_ms: int) -> int | None:
    """When it goes out again after so long, or None when the flow is to hear of what came."""
    at_ms = now_ms + max(wait_ms, 1)
    return at_ms if at_ms < deadline_ms(session, command, first_ms) else None
