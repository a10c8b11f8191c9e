"""What happens, as a stream: the latest events in a ring, read by any number of listeners at their own pace.

A listener holds a number, never a queue: one that is slow, or was away, finds what it missed in the ring, or a `gap`
where that is gone. It listens to the service as a `Watch`; its methods come from the loop and from the store's thread.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, NamedTuple

from flowlang.admin.shapes import EventKind, EventView
from flowlang.admin.standing import ending, standing
from flowlang.admin.telling import at
from flowlang.call.facts import Incoming, Started
from flowlang.call.session import HANG_UP_BY_HAND, TRANSFER_BY_HAND
from flowlang.call.trace import Trace
from flowlang.runtime.watch import NO_WATCH, HoursSwitched, NoWatch, Played
from flowlang.store.base import Deployed, Parked

KEPT: Final = 1_000
ORDERED: Final = {HANG_UP_BY_HAND: "to hang up", TRANSFER_BY_HAND: "to transfer"}
STILL_HERE_SECONDS: Final = 15.0
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
CHANGES: Final = frozenset(("state", "step", "stage", "idle", "safety-net", "by-hand", "dropped"))
"""Codes of the trace after which a call stands elsewhere, or an operator wants to know why it does not."""


class _Told(NamedTuple):
    """An event as it is kept. What costs time is done when somebody reads it: `says` is a text, or what to look at."""

    number: int
    kind: EventKind
    at_ms: int
    call_id: str
    says: str | Played
    details: Mapping[str, str]


def _view(told: _Told) -> EventView:
    says, details = told.says, dict(told.details)
    if isinstance(says, Played):
        plan, session = says.plan, says.session
        leg = session.legs[session.primary] if session.primary >= 0 else None
        details["state"] = leg.state if leg is not None else ""
        text = f"{standing(plan, session)}{_came_to_nothing(says)}"
    else:
        text = says
    return EventView(
        number=told.number, kind=told.kind, at=at(told.at_ms), call_id=told.call_id, text=text, details=details
    )


def _came_to_nothing(one: Played) -> str:
    """The order of an operator that was dropped, and why."""
    for line in one.trace:
        match line:
            case Trace(code="dropped", facts=(str(event), str(why))) if event in ORDERED:
                return f"; the order {ORDERED[event]} comes to nothing: {why}"
            case _:
                pass
    return ""


class EventLog(NoWatch):
    """The ring. `clock_ms()` gives milliseconds since 1970. Numbers begin with the time at which it was made, so that a
    listener who was connected to an earlier process is told of a gap. `also` is told of
    versions that are put to work too."""

    def __init__(
        self, clock_ms: Callable[[], int], kept: int = KEPT, also: Callable[[Deployed], None] = NO_WATCH.deployed
    ) -> None:
        self._clock_ms, self._also = clock_ms, also
        self._number = clock_ms() * 1_000
        self._ring: deque[_Told] = deque(maxlen=kept)
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._is_closed = False

    # ------------------------------------------------------------ in

    def tell(self, kind: EventKind, call_id: str = "", text: str = "", at_ms: int = -1, **details: str) -> None:
        """Something happened."""
        self._keep(kind, call_id, text, at_ms if at_ms >= 0 else self._clock_ms(), details)

    def _keep(self, kind: EventKind, call_id: str, says: str | Played, at_ms: int, details: Mapping[str, str]) -> None:
        with self._lock:
            self._number += 1
            self._ring.append(_Told(self._number, kind, at_ms, call_id, says, details))
            listeners = list(self._listeners.items()) if self._listeners else ()
        self._wake(listeners)

    def _wake(self, listeners: Iterable[tuple[asyncio.Event, asyncio.AbstractEventLoop]]) -> None:
        for event, loop in listeners:
            with suppress(RuntimeError):  # its loop has closed meanwhile
                loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """The service stops: whoever listens gets what there is, and then the end, so that nobody is cut off."""
        with self._lock:
            self._is_closed = True
            listeners = list(self._listeners.items())
        self._wake(listeners)

    def deployed(self, one: Deployed, text: str = "") -> None:
        """Another version of a flow takes new calls. `text`: for people."""
        self.tell("flow deployed", text=text, flow=one.flow, version=one.digest)
        self._also(one)

    def forget(self, call_ids: Iterable[str]) -> None:
        """Nobody is told any more what happened in these calls."""
        gone = frozenset(call_ids)
        with self._lock:
            kept = [one for one in self._ring if one.call_id not in gone]
            self._ring.clear()
            self._ring.extend(kept)

    def began(self, one: Played) -> None:
        details: dict[str, str] = {}
        for name, party in (("caller", one.session.caller), ("called", one.session.called)):
            details[name] = party.id if party is not None else ""
            if party is not None and party.name:
                details[f"{name}_name"] = party.name
        self.tell("call began", one.session.id, one.plan.title, one.fact.at_ms, **details)

    def played(self, one: Played) -> None:
        """A call has changed when the trace says so; the first and the last change are told by themselves."""
        if one.session.end or isinstance(one.fact, Incoming | Started):
            return
        if any(line.code in CHANGES for line in one.trace):
            self._keep("call changed", one.session.id, one, one.fact.at_ms, NOTHING)

    def ended(self, one: Played) -> None:
        self.tell("call ended", one.session.id, f"{ending(one.session)}{_came_to_nothing(one)}", one.fact.at_ms)

    def parked(self, one: Parked) -> None:
        self.tell("call parked", one.call_id, one.reason, one.at_ms)

    def hours_switched(self, one: HoursSwitched) -> None:
        until = f" until {at(one.until_ms).isoformat(timespec='minutes')}" if one.until_ms >= 0 else ""
        does = {"open": "are open", "closed": "are closed", "by plan": "follow their plan again"}[one.state]
        self.tell("hours switched", text=f"{one.hours} {does}{until}, by {one.by}", hours=one.hours, state=one.state)

    # ------------------------------------------------------------ out

    async def listen(
        self, after: int, still_here_seconds: float = STILL_HERE_SECONDS
    ) -> AsyncIterator[EventView | None]:
        """Events after that number, or from now on where it is negative. None when nothing happened for a while.
        It ends when the log is closed."""
        woken = asyncio.Event()
        with self._lock:
            last = after if after >= 0 else self._number
            self._listeners[woken] = asyncio.get_running_loop()
        try:
            while True:
                woken.clear()
                for one in self._since(last):
                    last = one.number
                    yield one
                if self._is_closed:
                    return
                try:
                    async with asyncio.timeout(still_here_seconds):
                        await woken.wait()
                except TimeoutError:
                    yield None
        finally:
            with self._lock:
                del self._listeners[woken]

    def _since(self, last: int) -> list[EventView]:
        with self._lock:
            if last == self._number:
                return []
            kept = list(self._ring)
            oldest = kept[0].number if kept else self._number + 1
            is_whole = oldest <= last + 1 and last <= self._number
        if is_whole:
            return [_view(one) for one in kept if one.number > last]
        missed = EventView(number=oldest - 1, kind="gap", at=at(self._clock_ms()), text="some events were missed")
        return [missed, *[_view(one) for one in kept]]

    def latest(self) -> list[EventView]:
        """What is kept, the latest last."""
        with self._lock:
            kept = list(self._ring)
        return [_view(one) for one in kept]
