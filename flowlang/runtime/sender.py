"""What is decided about a request that is to be sent, and what is written down of its answer.

An intent that was leased before may have been sent: Graph has no key against doubles, so it is never repeated on a
guess. What is safe to send twice (a question, a hang-up) is sent again; for all else the engine is told that the answer
was lost, and asks Graph itself, in the way that each step's file says.
"""

from random import Random
from typing import Literal, NamedTuple

from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.runtime.refusals import refused
from flowlang.runtime.worker import joined
from flowlang.store.base import Answer, Leased
from flowlang.wire.again import WITHDRAWN, Came, again_at, is_in_doubt, is_safe_twice, is_unwanted, pause_ms

LEASE_MS = 30_000  # longer than any request may take
MARGIN_MS = 5_000  # what is left of a lease when nothing is sent any more


class Response(NamedTuple):
    """What came back. `status` 0: no answer; whether it was taken nobody knows, but where `is_sent` is False it surely
    was not. `wait_ms`: so long Graph wants to be left alone; -1: it does not say."""

    status: int
    body: bytes = b""
    wait_ms: int = -1
    is_sent: bool = True


LOST = Response(0)


class Ready(NamedTuple):
    """A request that may be sent now, with the session of its call."""

    leased: Leased
    command: Command
    session: Session


class Answered(NamedTuple):
    """An answer, and the attempt that it is the answer to."""

    attempt: int
    answer: Answer


Sending = Literal["send", "lost", "late", "withdrawn"]
NOT_PLACED = Response(*refused(WITHDRAWN))


def decide(ready: Ready, now_ms: int) -> Sending:
    """`send` it; take it for `lost`, since somebody may have sent it; leave it, since it is too `late`: it belongs to
    whoever leases it next, who will take it for lost; or it is `withdrawn`: nobody is rung whom nobody wants."""
    if ready.leased.attempt == 1 and is_unwanted(ready.session, ready.command):
        return "withdrawn"
    if ready.leased.attempt > 1 and not is_safe_twice(ready.command):
        return "lost"
    return "late" if now_ms > ready.leased.until_ms - MARGIN_MS else "send"


class Tried(NamedTuple):
    """How often a request went out, and when first."""

    first_ms: int
    tries: int = 0


def goes_again_at(
    ready: Ready, response: Response, tried: Tried, now_ms: int, random: Random, paused_ms: int = 0
) -> int | None:
    """When it goes out again; None when the flow is to hear of what came. `paused_ms`: how long the service paused
    while it was under way: a request that Graph did not take counts as one that has not left, and its step has the time
    left that it had before."""
    came = Came(response.status, response.wait_ms, response.is_sent)
    wait_ms = pause_ms(ready.command, came, tried.tries, random)
    if wait_ms is None:
        return None
    before_ms = now_ms - paused_ms
    at_ms = again_at(ready.session, ready.command, min(tried.first_ms, before_ms), wait_ms, before_ms)
    return None if at_ms is None else at_ms + paused_ms


def answered(ready: Ready, response: Response, at_ms: int) -> Answered:
    """What is written down. An answer that says nothing is as good as none."""
    intent = ready.leased.intent
    known = LOST if is_in_doubt(ready.command, response.status) else response
    body = joined(intent.request, known.body)
    return Answered(ready.leased.attempt, Answer(intent.call_id, intent.number, known.status, body, at_ms))
