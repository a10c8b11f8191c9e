"""What is decided about a request that is to be sent, and what is written down of its answer.

An intent that was leased before may have been sent: Graph has no key against doubles, so it is never repeated on a
guess. What is safe to send twice (a question, a hang-up) is sent again; for all else the engine is told that the answer
was lost, and asks Graph itself, in the way that each step's file says.
"""

from typing import Literal, NamedTuple

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.runtime.worker import joined
from flowlang.store.base import Answer, Leased

LEASE_MS = 30_000  # longer than any request may take
MARGIN_MS = 5_000  # what is left of a lease when nothing is sent any more
SAFE_TWICE = (
    commands.GetCall, commands.GetOperation, commands.ListParticipants, commands.HangUp, commands.KeepAlive,
    commands.CancelMedia, commands.SubscribeToTone,
)  # fmt: skip


class Response(NamedTuple):
    """What came back. `status` 0: nobody knows whether the request was taken.

    `again_ms`: it was surely not taken, and may be sent again after so long; -1: this is the last word.
    """

    status: int
    body: bytes = b""
    again_ms: int = -1


LOST = Response(0)


class Ready(NamedTuple):
    """A request that may be sent now, with the session of its call. `session` None: the call is not there any more."""

    leased: Leased
    command: Command
    session: Session | None


class Answered(NamedTuple):
    """An answer, and the attempt that it is the answer to."""

    attempt: int
    answer: Answer


Sending = Literal["send", "lost", "late"]


def decide(ready: Ready, now_ms: int) -> Sending:
    """`send` it; take it for `lost`, since somebody may have sent it; or leave it, since it is too `late`: it belongs
    to whoever leases it next, who will take it for lost."""
    if ready.leased.attempt > 1 and not is_safe_twice(ready.command):
        return "lost"
    return "late" if now_ms > ready.leased.until_ms - MARGIN_MS or ready.session is None else "send"


def is_safe_twice(command: Command) -> bool:
    """Whether sending it a second time does no harm. To start a flow is: the second time is known by its id. So is to
    fetch a recording: what is there already is not fetched again."""
    if isinstance(command, commands.StartFlow | commands.FetchRecording):
        return True
    return isinstance(command, commands.Request) and isinstance(command.act, SAFE_TWICE)


def answered(ready: Ready, response: Response, at_ms: int) -> Answered:
    """What is written down."""
    intent = ready.leased.intent
    body = joined(intent.request, response.body)
    return Answered(ready.leased.attempt, Answer(intent.call_id, intent.number, response.status, body, at_ms))
