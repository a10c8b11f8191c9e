"""One turn of the service: what came in, what was answered, what is due, all stepped and written in one transaction.

So one commit carries a whole burst: the notifications that Graph waits to be rid of, the answers to requests, the
sessions that they lead to, the journal, and the next requests, leased at once to us who wrote them. A process that
dies before the commit has done nothing; what came in comes again, and what was answered is asked about.
"""

from collections.abc import Sequence
from typing import NamedTuple

from flowlang.call.session import Session, is_checked
from flowlang.codec import NotReadableError, decode
from flowlang.runtime.sender import LEASE_MS, Answered, Ready
from flowlang.runtime.worker import Worked, Worker, unheard
from flowlang.store.base import Arrival, Leased, Postponed, Store
from flowlang.wire.again import changes_call

CHECKED_AGAIN_MS = 200  # when a request that waits for Graph's word about its call is looked at again


class Turned(NamedTuple):
    """What a turn came to. `new`: which arrivals were no repeats. `due_ms`: when there is something to do next."""

    new: list[bool]
    worked: Worked
    ready: list[Ready]
    due_ms: int | None

    @property
    def is_idle(self) -> bool:
        """Nothing was done, so the next turn can wait for news."""
        return not (self.worked.calls or self.worked.parked or self.ready)


class Turner:
    """`turn` does one. Only one thread may call it."""

    def __init__(self, store: Store, worker: Worker, owner: str) -> None:
        self._store, self._worker, self._owner = store, worker, owner

    def turn(
        self,
        arrivals: Sequence[Arrival],
        answers: Sequence[Answered],
        now_ms: int,
        free: int,
        postponed: Sequence[Postponed] = (),
    ) -> Turned:
        """Raises `StoreError`, and then nothing has happened. `free`: so many requests may be sent now."""
        try:
            with self._store.together():
                for one in postponed:
                    self._store.postpone(self._owner, one)
                turned = self._turned(arrivals, answers, now_ms, free)
        except BaseException:
            self._worker.forget()
            raise
        self._worker.tell(turned.worked)
        return turned

    def _turned(self, arrivals: Sequence[Arrival], answers: Sequence[Answered], now_ms: int, free: int) -> Turned:
        store = self._store
        new = store.arrive(arrivals) if arrivals else []
        for one in answers:
            store.answered(self._owner, one.attempt, one.answer)
        worked = self._worker.step_all(now_ms)
        leased = store.lease(now_ms, now_ms + LEASE_MS, self._owner, free) if free > 0 else []
        ready = self._sendable([self._ready(one) for one in leased], now_ms)
        return Turned(new, worked, ready, store.next_due_ms())

    def _sendable(self, leased: list[Ready], now_ms: int) -> list[Ready]:
        """Those that may leave. After a pause Graph is asked first how a call stands: what does something new for it,
        and never left, waits so long."""
        ready: list[Ready] = []
        for one in leased:
            intent = one.leased.intent
            is_old = self._worker.may_be_old(intent.call_id)
            waits = changes_call(one.command) and (is_old or is_checked(one.session))
            if one.leased.attempt > 1 or not waits:  # after the first attempt the step asks itself what became of it
                ready.append(one)
                continue
            self._store.postpone(self._owner, Postponed(intent.call_id, intent.number, 1, now_ms + CHECKED_AGAIN_MS))
            if is_old:
                self._store.arrive([unheard(intent.call_id, now_ms)._replace(from_ms=now_ms)])
        return ready

    def _ready(self, leased: Leased) -> Ready:
        intent = leased.intent
        return Ready(leased, self._worker.command(intent), self._session(intent.call_id))

    def _session(self, call_id: str) -> Session:
        """Nothing but its name is known of a call that rests since its beginning, or that cannot be read any more; the
        last requests of such a one name their leg themselves."""
        known = self._worker.remembered(call_id)
        if known is not None:
            return known
        stored = self._store.session(call_id)
        try:
            return decode(Session, stored.state) if stored is not None and stored.state else Session(call_id, "")
        except NotReadableError:
            return Session(call_id, "")
