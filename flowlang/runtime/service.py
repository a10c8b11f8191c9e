"""The service in one process: what arrives is stepped at once, what is to be sent leaves at once, timers fire in time.

All calls of the store go through one thread (`lane`); requests to Graph go side by side. Nothing is remembered outside
the store, so stopping at any moment loses nothing.
"""

import time
from collections.abc import Awaitable, Callable

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.sender import LEASE_MS, MARGIN_MS, MOST, Response, is_safe_twice
from flowlang.runtime.watch import NO_WATCH, Sent, Watch
from flowlang.runtime.worker import Worker, command_of, joined
from flowlang.store.base import Answer, Leased, Store, StoreError

LONGEST_SLEEP_SECONDS = 30.0
AFTER_TROUBLE_SECONDS = 0.5  # a store that cannot be written is tried again
MOST_AT_ONCE = 200  # requests under way

Carry = Callable[[Session, Command], Awaitable[Response]]
"""Sends one command of a call, and waits for what comes back."""
Trouble = Callable[[str], None]
"""Hears of what an operator should know."""


class Service:
    """`run()` works until it is cancelled. `inbox` is where the webhook brings what came in."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        carry: Carry,
        clock_ms: Callable[[], int],
        owner: str,
        trouble: Trouble = lambda _text: None,
        watch: Watch = NO_WATCH,
    ) -> None:
        self._store, self._worker, self._carry, self._clock_ms = store, worker, carry, clock_ms
        self._owner, self._heard, self._watch = owner, trouble, watch
        self._lane = anyio.CapacityLimiter(1)
        self._slots = anyio.Semaphore(MOST_AT_ONCE)
        self._to_work, self._to_send = anyio.Event(), anyio.Event()
        self.inbox = Inbox(store, self._lane, self._arrived)

    def _arrived(self) -> None:
        self._to_work.set()

    async def run(self) -> None:
        """Take over what an earlier process left, then work."""
        await to_thread.run_sync(self._store.end_leases, self._owner, limiter=self._lane)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.inbox.run)
            tasks.start_soon(self._work)
            tasks.start_soon(self._send, tasks)

    # ------------------------------------------------------------ work

    async def _work(self) -> None:
        while True:
            self._to_work = anyio.Event()
            try:
                worked = await to_thread.run_sync(self._worker.work, self._clock_ms(), limiter=self._lane)
                due_ms = await to_thread.run_sync(self._store.next_due_ms, limiter=self._lane)
            except StoreError as error:
                self._trouble(str(error))
                await anyio.sleep(AFTER_TROUBLE_SECONDS)
                continue
            for parked in worked.parked:
                self._heard(f"call {parked.call_id} rests: {parked.reason}")
            if worked.calls:
                self._to_send.set()
                continue
            await _until(self._to_work, self._seconds_to(due_ms))

    def _trouble(self, text: str) -> None:
        self._watch.trouble("store", text)
        self._heard(text)

    def _seconds_to(self, due_ms: int | None) -> float:
        if due_ms is None:
            return LONGEST_SLEEP_SECONDS
        return min(max((due_ms - self._clock_ms()) / 1000, 0.0), LONGEST_SLEEP_SECONDS)

    # ------------------------------------------------------------ send

    async def _send(self, tasks: TaskGroup) -> None:
        while True:
            self._to_send = anyio.Event()
            now_ms = self._clock_ms()
            try:
                leased = await to_thread.run_sync(
                    self._store.lease, now_ms, now_ms + LEASE_MS, self._owner, MOST, limiter=self._lane
                )
            except StoreError as error:
                self._trouble(str(error))
                await anyio.sleep(AFTER_TROUBLE_SECONDS)
                continue
            for one in leased:
                await self._slots.acquire()
                tasks.start_soon(self._sent, one)  # the group holds it: a task that nobody holds may be collected
            if not leased:
                await _until(self._to_send, LEASE_MS / 1000)

    async def _sent(self, leased: Leased) -> None:
        try:
            await self._answer(leased, await self._response(leased))
        finally:
            self._slots.release()

    async def _response(self, leased: Leased) -> Response | None:
        """What came back; None: it was too late to send it, and it belongs to whoever leases it next."""
        intent = leased.intent
        command = command_of(intent.request)
        if leased.attempt > 1 and not is_safe_twice(command):
            return Response(0)
        stored = await to_thread.run_sync(self._store.session, intent.call_id, limiter=self._lane)
        if stored is None or self._clock_ms() > leased.until_ms - MARGIN_MS:
            return None
        session = decode(Session, stored.state)
        began = time.perf_counter()
        with self._watch.sending(session):
            response = await self._carry(session, command)
        self._watch.sent(Sent(session, command, response.status, time.perf_counter() - began, leased.attempt))
        return response

    async def _answer(self, leased: Leased, response: Response | None) -> None:
        """Write down what came back, however long the store is away: an answer that was got is never lost."""
        if response is None:
            return
        intent = leased.intent
        body = joined(intent.request, response.body)
        answer = Answer(intent.call_id, intent.number, response.status, body, self._clock_ms())
        while True:
            try:
                await to_thread.run_sync(self._store.answered, self._owner, leased.attempt, answer, limiter=self._lane)
                break
            except StoreError as error:
                self._trouble(str(error))
                await anyio.sleep(AFTER_TROUBLE_SECONDS)
        self._to_work.set()
        self._to_send.set()


async def _until(event: anyio.Event, seconds: float) -> None:
    with anyio.move_on_after(seconds):
        await event.wait()
