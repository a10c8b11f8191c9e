"""From intents in the store to requests on the wire, and back.

An intent that was leased before may have been sent: Graph has no key against doubles, so it is never repeated on a
guess. What is safe to send twice (a question, a hang-up) is sent again; for all else the engine is told that the answer
was lost, and asks Graph itself, in the way that each step's file says.
"""

from collections.abc import Callable
from typing import NamedTuple

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.runtime.worker import command_of, joined
from flowlang.store.base import Answer, Leased, Store

LEASE_MS = 30_000  # longer than any request may take
MARGIN_MS = 5_000  # what is left of a lease when nothing is sent any more
MOST = 100
SAFE_TWICE = (
    commands.GetCall, commands.GetOperation, commands.ListParticipants, commands.HangUp, commands.KeepAlive,
    commands.CancelMedia, commands.SubscribeToTone,
)  # fmt: skip


class Response(NamedTuple):
    """What came back. `status` 0: nobody knows whether the request was taken."""

    status: int
    body: bytes = b""


Carry = Callable[[str, Command], Response]
"""Sends one command of a call and waits for what comes back."""


class Sender:
    """`send(now_ms)` leases what is to be sent, sends it, and writes down what came back."""

    def __init__(self, store: Store, owner: str, carry: Carry, clock_ms: Callable[[], int]) -> None:
        self._store, self._owner, self._carry, self._clock_ms = store, owner, carry, clock_ms

    def send(self, now_ms: int) -> int:
        """How many requests were answered."""
        leased = self._store.lease(now_ms, now_ms + LEASE_MS, self._owner, MOST)
        return sum(self._sent(one) for one in leased)

    def _sent(self, leased: Leased) -> bool:
        intent = leased.intent
        command = command_of(intent.request)
        if leased.attempt > 1 and not is_safe_twice(command):
            response = Response(0)
        elif self._clock_ms() > leased.until_ms - MARGIN_MS:
            return False  # too late: it belongs to whoever leases it next, who will take it for sent
        else:
            response = self._carry(intent.call_id, command)
        answer = Answer(
            intent.call_id, intent.number, response.status, joined(intent.request, response.body), self._clock_ms()
        )
        return self._store.answered(self._owner, leased.attempt, answer)


def is_safe_twice(command: Command) -> bool:
    """Whether sending it a second time does no harm."""
    return isinstance(command, commands.Request) and isinstance(command.act, SAFE_TWICE)
