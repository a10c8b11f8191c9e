"""The service in one process: turns in one thread, requests to Graph side by side.

All that touches the store goes through one thread (`lane`). What is in memory only (answers that came just now) may be
lost at any moment without harm: their requests are asked about after the next start.
"""

import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import ParamSpec, TypeVar

import anyio
import anyio.lowlevel
from anyio import to_thread
from anyio.abc import TaskGroup

from flowlang.call.commands import Command
from flowlang.call.operations import operation_of
from flowlang.call.session import Session
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.pauses import LOOKS_SECONDS as NOTICES_SECONDS
from flowlang.runtime.pauses import PauseDetector
from flowlang.runtime.sender import (
    LEASE_MS,
    LOST,
    NOT_PLACED,
    Answered,
    Ready,
    Response,
    Tried,
    answered,
    decide,
    goes_again_at,
)
from flowlang.runtime.turn import Turner
from flowlang.runtime.watch import NO_WATCH, Sent, Watch
from flowlang.runtime.worker import Worker
from flowlang.store.base import Postponed, Store, StoreError

LONGEST_SLEEP_SECONDS = LEASE_MS / 1000  # a lease that has ended without an answer is seen then at the latest
TIDIES_SECONDS = 0.5
LOOKS_SECONDS = 1.0  # at notifications that the store does not take
AFTER_TROUBLE_SECONDS = 0.5  # a store that cannot be written is tried again
MOST_AT_ONCE = 200  # requests under way
START_TOGETHER = 10  # to make one ready takes half a millisecond

Carry = Callable[[Session, Command], Awaitable[Response]]
"""Sends one command of a call, and waits for what comes back."""
"""Hears of what an operator should know."""
P = ParamSpec("P")
R = TypeVar("R")


class Service:
    """`run()` works until it is cancelled. `inbox` is where the webhook brings what came in; `in_store` does something
    with the store, in its thread."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        carry: Carry,
        clock_ms: Callable[[], int],
        owner: str,
        watch: Watch = NO_WATCH,
    ) -> None:
        self._store, self._carry, self._clock_ms = store, carry, clock_ms
        self._owner, self._watch = owner, watch
        self._worker = worker
        self._turner = Turner(store, worker, owner)
        self._pauses = PauseDetector(clock_ms())
        self._is_well = False  # the last turn could be written, and none is under way
        self._paused = anyio.Event()
        self._lane = anyio.CapacityLimiter(1)
        self._wake = anyio.Event()
        self._answers: list[Answered] = []
        self._postponed: list[Postponed] = []
        self._tried: dict[tuple[str, int], Tried] = {}
        self._random = Random()
        self._under_way = 0
        self.inbox = Inbox(self.wake)

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def in_store(self, do: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
        """Do something with the store, or with what belongs to its thread."""
        return await to_thread.run_sync(lambda: do(*given, **named), limiter=self._lane)

    @property
    def under_way(self) -> int:
        """How many requests have left and are not answered."""
        return self._under_way

    @property
    def resumed_ms(self) -> int:
        """When the last pause of the service was over, as long as Graph was not asked about every call since; -1: it
        was."""
        return self._worker.resumed_ms

    def settled(self, resumed_ms: int) -> None:
        """Graph was asked about all calls since the pause that was over then."""
        if self._worker.resumed_ms == resumed_ms:
            self._worker.settled()

    async def wait_for_pause(self) -> None:
        """Returns when a pause of the service is over."""
        await self._paused.wait()

    def clock_was_set(self) -> None:
        """The clock jumped: that counts as a pause."""
        self._pauses.jumped()

    def _resume(self) -> None:
        """From now on Graph is asked how each call stands, before anything new is done for it."""
        self._worker.resume(self._clock_ms())
        self._paused.set()
        self._paused = anyio.Event()
        self.wake()

    async def run(self) -> None:
        """Take over what an earlier process left, then work."""
        await self._for_sure(lambda: self._store.end_leases(self._owner))
        self._resume()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._notice_pauses)
            tasks.start_soon(self._give_up_late_ones)
            tasks.start_soon(self._tidy_up)
            await self._turns(tasks)

    async def _give_up_late_ones(self) -> None:
        """The store may hang: its thread cannot be called back, but nobody has to wait for it."""
        while True:
            await anyio.sleep(LOOKS_SECONDS)
            self.inbox.give_up()

    async def _notice_pauses(self) -> None:
        while True:
            if self._is_well:
                self._notice_pause()
                self._pauses.worked(self._clock_ms())
            await anyio.sleep(NOTICES_SECONDS)

    def _notice_pause(self) -> None:
        now_ms = self._clock_ms()
        if self._pauses.is_pause(now_ms):
            self._pauses.worked(now_ms)
            self._resume()

    async def _tidy_up(self) -> None:
        while True:
            await anyio.sleep(TIDIES_SECONDS)
            await to_thread.run_sync(self._store.tidy_up)

    async def _for_sure(self, do: Callable[[], object]) -> None:
        while True:
            try:
                await self.in_store(do)
            except StoreError as error:
                await self._rest(error)
            else:
                return

    async def _rest(self, error: StoreError) -> None:
        self._watch.trouble("store", str(error))
        await anyio.sleep(AFTER_TROUBLE_SECONDS)

    # ------------------------------------------------------------ turns

    async def _turns(self, tasks: TaskGroup) -> None:
        while True:
            self._wake = anyio.Event()
            batches = self.inbox.following()
            answers, self._answers = self._answers, []
            postponed, self._postponed = self._postponed, []
            arrivals = [one for batch in batches for one in batch.arrivals]
            free = MOST_AT_ONCE - self._under_way
            self._notice_pause()
            self._is_well = False
            try:
                turned = await self.in_store(self._turner.turn, arrivals, answers, self._clock_ms(), free, postponed)
            except StoreError as error:
                self._answers = [*answers, *self._answers]
                self._postponed = [*postponed, *self._postponed]
                self.inbox.refused(batches, error)
                await self._rest(error)
                continue
            self._is_well = True
            self.inbox.written(batches, turned.new)
            for at, ready in enumerate(turned.ready):
                if at % START_TOGETHER == START_TOGETHER - 1:
                    await anyio.lowlevel.checkpoint()  # who else waits for the loop comes in between
                self._under_way += 1
                tasks.start_soon(self._send, ready)  # the group holds it: a task that nobody holds may be collected
            if turned.is_idle or free <= 0:
                await self._until_woken(turned.due_ms)

    async def _until_woken(self, due_ms: int | None) -> None:
        seconds = LONGEST_SLEEP_SECONDS
        if due_ms is not None:
            seconds = min(max((due_ms - self._clock_ms()) / 1000, 0.0), LONGEST_SLEEP_SECONDS)
        with anyio.move_on_after(seconds):
            await self._wake.wait()

    # ------------------------------------------------------------ requests

    async def _send(self, ready: Ready) -> None:
        """Send one request. Its answer waits in memory for the next turn, however long the store is away."""
        began_ms = self._clock_ms()
        try:
            response = await self._response(ready)
            if response is not None:
                self._came_back(ready, response, began_ms)
        finally:
            self._under_way -= 1
            self.wake()

    def _came_back(self, ready: Ready, response: Response, began_ms: int) -> None:
        """An answer is written down; what was surely not taken goes out again, while its step still waits for it. The
        service may have paused since it `began`, with the answer in hand."""
        self._notice_pause()
        paused_ms = max(self._worker.resumed_ms - began_ms, 0)
        intent, now_ms = ready.leased.intent, self._clock_ms()
        key = (intent.call_id, intent.number)
        tried = self._tried.pop(key, Tried(now_ms))
        at_ms = goes_again_at(ready, response, tried, now_ms, self._random, paused_ms)
        if at_ms is None:
            self._answers.append(answered(ready, response, now_ms))
            return
        self._tried[key] = tried._replace(tries=tried.tries + 1)
        self._postponed.append(Postponed(intent.call_id, intent.number, ready.leased.attempt, at_ms))
        self._watch.retried(operation_of(ready.command), str(response.status) if response.status else "no answer")

    async def _response(self, ready: Ready) -> Response | None:
        match decide(ready, self._clock_ms()):
            case "lost":
                return LOST
            case "late":
                return None
            case "withdrawn":
                return NOT_PLACED
            case "send":
                return await self._sent(ready)

    async def _sent(self, ready: Ready) -> Response:
        session, command = ready.session, ready.command
        began = time.perf_counter()
        with self._watch.sending(session):
            response = await self._carry(session, command)
        self._watch.sent(Sent(session, command, response.status, time.perf_counter() - began, ready.leased.attempt))
        return response
