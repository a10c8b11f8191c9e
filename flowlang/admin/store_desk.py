"""The desk over the store and the service of this process: what the admin API does really happens here.

All that touches the store, or what belongs to its thread, goes through `Around.in_store`. Reading what was found back
into sessions is work of its own and is done elsewhere, so that calls do not wait for somebody who looks at them.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Final, NamedTuple, ParamSpec, Protocol, TypeVar
from uuid import NAMESPACE_URL, uuid5

from anyio import to_thread

from flowlang.admin import orders
from flowlang.admin.desk import AwayError, ForbiddenError, NotFoundError, RefusedError, Wanted, WrongError
from flowlang.admin.events import EventLog
from flowlang.admin.flow_desk import Answering, FlowDesk
from flowlang.admin.people import export_of, find_person, person_of, said_in, wipe
from flowlang.admin.shapes import (
    CallDetail,
    CallPage,
    CallView,
    CheckView,
    Erased,
    EventView,
    Figures,
    Health,
    JournalPage,
    PersonExport,
    RecordingView,
    StartOrder,
    Taken,
    TransferOrder,
)
from flowlang.admin.telling import entry_view
from flowlang.admin.views import call_detail, call_view
from flowlang.call.facts import Fact, OperatorHungUp, OperatorTransferred
from flowlang.call.session import Session
from flowlang.call.spelling import spellings
from flowlang.codec import encode
from flowlang.engine.index import ready
from flowlang.plan import Plan
from flowlang.replay.recording import NotARecordingError, Recording, document
from flowlang.replay.stored import recorded
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.inbox import FullError
from flowlang.runtime.worker import Unbegun, start_of, unbegun
from flowlang.store.base import LATEST, Arrival, Counts, Entry, Listed, Store, StoreError, Waiting, Which

P = ParamSpec("P")
R = TypeVar("R")

SHORTEST_BEGINNING: Final = 4  # of an id that stands for the whole one
GONE: Final = 404  # Graph's answer about a call that is over
FIRST_NEWS: Final = 10  # of a call that was parked before it began: among them is who calls
MOST_WAITING: Final = 5_000  # in the inbox; with more than that, new calls wait too long to be answered in time


class InStore(Protocol):
    """Does something in the store's thread."""

    def __call__(self, do: Callable[P, R], *given: P.args, **named: P.kwargs) -> Awaitable[R]: ...


Ladder = Callable[[str, Plan, Sequence[Entry]], str]
"""Draws a call from its plan, with the plan's digest, and its journal."""
Checks = Callable[[], Awaitable[Sequence[CheckView]]]


async def no_checks() -> Sequence[CheckView]:
    """Nothing else to look at."""
    return ()


async def forget_nowhere(_plain: str) -> None:
    """Nothing else knows anybody."""


class SoundsOf(NamedTuple):
    """What is kept on the disk of calls, by their ids. `recordings(ids)` names what was recorded, `remove(ids)` removes
    it; both work on the disk. `unsay(texts)` forgets the sound of texts that only these calls were told."""

    recordings: Callable[[Sequence[str]], Sequence[str]]
    remove: Callable[[Sequence[str]], int]
    unsay: Callable[[Collection[str]], Awaitable[None]]


async def _unsay_nothing(_texts: Collection[str]) -> None:
    """Nothing was said."""


NO_SOUNDS = SoundsOf(lambda _call_ids: (), lambda _call_ids: 0, _unsay_nothing)


async def hang_up_nothing(_session: Session) -> list[int]:
    """There is no Graph."""
    return []


class Around(NamedTuple):
    """What surrounds the store. `take`: puts arrivals into the inbox. `wake`: there is something to do. `new_id`: of a
    call that an operator starts. `checks`: what else has to be well before calls are taken. `sounds_of`: what
    is kept on the disk of what was recorded and said. `hang_up(session)` tells Graph at once to end every leg, beside
    the store, and gives the status of each answer, 0 for none. `forget_person`: whatever else knows that number or
    identifier, in its plain spelling. `writable`: the store's counts, once it was tried that it can be written; raises
    `StoreError` within a bound."""

    in_store: InStore
    take: Callable[[Sequence[Arrival]], Awaitable[list[bool]]]
    wake: Callable[[], None]
    clock_ms: Callable[[], int]
    new_id: Callable[[], str]
    ladder: Ladder
    checks: Checks = no_checks
    is_simulated: bool = False
    sounds_of: SoundsOf = NO_SOUNDS
    hang_up: Callable[[Session], Awaitable[list[int]]] = hang_up_nothing
    forget_person: Callable[[str], Awaitable[None]] = forget_nowhere
    writable: Callable[[], Awaitable[Counts]] | None = None


def _is_wanted(view: CallView, wanted: Wanted) -> bool:
    """Of a parked call: the store finds those by their state alone."""
    people = [one.id.lower() for one in (view.caller, view.called) if one is not None]
    return wanted.flow in ("", view.flow) and (not wanted.who or wanted.who.lower() in people)


class StoreDesk(FlowDesk):
    """See `Desk`; flows and hours are in `FlowDesk`."""

    def __init__(self, store: Store, flows: StoredFlows, around: Around, log: EventLog, answering: Answering) -> None:
        super().__init__(store, flows, self._in, around.clock_ms, log, answering)
        self._store, self._flows, self._around, self._log = store, flows, around, log

    async def _in(self, do: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
        try:
            return await self._around.in_store(do, *given, **named)
        except StoreError as error:
            raise AwayError(f"the store cannot do it now: {error}") from None

    # ------------------------------------------------------------ looking

    async def calls(self, wanted: Wanted) -> CallPage:
        if wanted.before and not (wanted.before.isascii() and wanted.before.isdecimal() and len(wanted.before) < 19):
            raise WrongError(f"{wanted.before} is no page: `before` is the `next` of the page before")
        found, following = await self._in(self._find, wanted, int(wanted.before or 0))
        plans, names, unbegun = await self._in(lambda: (self._plans_of(found), self.names(), self._unbegun(found)))
        views = await to_thread.run_sync(
            lambda: tuple(
                [call_view(one, plans.get(one.session.plan), names, unbegun.get(one.session.call_id)) for one in found]
            )
        )
        if wanted.state == "parked":
            views = tuple([one for one in views if _is_wanted(one, wanted)])
        return CallPage(calls=views, next=str(following) if following else "")

    def _unbegun(self, found: Sequence[Listed]) -> dict[str, Unbegun]:
        """What calls that were parked before they began would have begun with."""
        ids = [one.session.call_id for one in found if one.parked and not one.session.version]
        looked = {call_id: unbegun(self._store.inbox(call_id, FIRST_NEWS)) for call_id in ids}
        return {call_id: one for call_id, one in looked.items() if one is not None}

    def _find(self, wanted: Wanted, before: int) -> tuple[list[Listed], int]:
        if wanted.state == "parked":
            rested = self._store.parked()[::-1]
            some = rested[before : before + wanted.limit]
            found = [one for parked in some if (one := self._store.listed(parked.call_id)) is not None]
            following = before + wanted.limit if len(rested) > before + wanted.limit else 0
        else:
            plans = tuple([mark for mark, name in self.names().items() if name == wanted.flow]) if wanted.flow else None
            is_over = None if wanted.state is None else wanted.state == "over"
            people = spellings(wanted.who) if wanted.who.strip() else ()
            looked = self._store.find(Which(is_over, people, plans, before or LATEST), wanted.limit)
            found = [one for one in looked.found if wanted.state is None or not one.parked]
            following = looked.before
        return found, following

    def _plans_of(self, found: Sequence[Listed]) -> dict[str, Plan]:
        marks = {one.session.plan for one in found if one.session.plan}
        return {mark: ready(plan) for mark in marks if (plan := self._flows.plan(mark)) is not None}

    async def call(self, call_id: str) -> CallDetail:
        def read() -> tuple[Listed, dict[str, Plan], dict[str, str], int, Unbegun | None]:
            one = self._one(call_id)
            whole_id = one.session.call_id
            facts = len(self._store.journal(whole_id))
            return one, self._plans_of([one]), self.names(), facts, self._unbegun([one]).get(whole_id)

        one, plans, names, facts, begins = await self._in(read)
        return call_detail(one, plans.get(one.session.plan), names, facts, begins)

    def _one(self, call_id: str) -> Listed:
        """A call by its id, or by an unambiguous beginning of it."""
        found = self._store.listed(call_id)
        if found is not None:
            return found
        ids = self._store.beginning_with(call_id, 2) if len(call_id) >= SHORTEST_BEGINNING else []
        if len(ids) > 1:
            raise RefusedError(f"several calls begin with {call_id}", "ambiguous")
        found = self._store.listed(ids[0]) if ids else None
        if found is None:
            raise NotFoundError(f"there is no call {call_id}")
        return found

    def _exactly(self, call_id: str) -> tuple[Listed, Plan | None]:
        found = self._store.listed(call_id)
        if found is None:
            raise NotFoundError(f"there is no call {call_id}")
        return found, self._plans_of([found]).get(found.session.plan)

    async def ladder(self, call_id: str) -> str:
        def read() -> tuple[Waiting, Plan | None, list[Entry]]:
            one = self._one(call_id).session
            return one, self._flows.plan(one.plan), self._store.journal(one.call_id)

        one, plan, entries = await self._in(read)
        if plan is None or not entries:
            raise RefusedError(f"call {one.call_id} has no journal that could be drawn", "no_ladder")
        return await to_thread.run_sync(self._around.ladder, one.plan, plan, entries)

    async def journal(self, call_id: str, after: int, limit: int) -> JournalPage:
        entries = await self._in(lambda: self._store.journal(self._one(call_id).session.call_id))
        left = [one for one in entries if one.number > after]
        some = await to_thread.run_sync(lambda: tuple([entry_view(one) for one in left[:limit]]))
        return JournalPage(entries=some, next=some[-1].number if len(left) > limit else 0)

    async def recording(self, call_id: str) -> RecordingView:
        def read() -> tuple[str, Recording | None]:
            stored = self._one(call_id).session
            return stored.call_id, recorded(self._store, stored.call_id, self.names().get(stored.plan, ""))

        try:
            whole_id, found = await self._in(read)
        except NotARecordingError as error:
            raise RefusedError(str(error), "no_recording") from None
        if found is None:
            raise RefusedError(f"call {whole_id} has not begun, so there is nothing to play again", "no_recording")
        return await to_thread.run_sync(lambda: RecordingView.model_validate(document(found)))

    # ------------------------------------------------------------ acting

    async def hang_up(self, call_id: str, who: str) -> Taken:
        found, plan = await self._in(self._exactly, call_id)
        session = orders.in_flight(found)
        note = orders.note_for(plan, session)
        try:
            return await self._order(call_id, OperatorHungUp(self._around.clock_ms(), who), note)
        except AwayError as error:
            if note:
                raise AwayError(f"{error}; {note}") from None
            return await self._hung_up_directly(session, str(error))

    async def _hung_up_directly(self, session: Session, why: str) -> Taken:
        """The store cannot take the order, and somebody wants the call to end: Graph is told at once. The store learns
        of it by the news that Graph sends, as often as it takes."""
        statuses = await self._around.hang_up(session)
        if not statuses or not all(200 <= one < 300 or one == GONE for one in statuses):
            said = ", ".join([str(one) if one else "no answer" for one in statuses]) or "there is no leg to hang up"
            raise AwayError(f"{why}; and Graph, asked directly to hang up, says: {said}")
        note = f"hung up directly at Graph; {why}; the call's own handlers run when the store can be written"
        return Taken(call_id=session.id, note=note, is_direct=True)

    async def transfer(self, call_id: str, order: TransferOrder, who: str) -> Taken:
        found, plan = await self._in(self._exactly, call_id)
        session = orders.in_flight(found)
        target = orders.target_of(order, plan, session)
        note = orders.note_for(plan, session)
        return await self._order(call_id, OperatorTransferred(self._around.clock_ms(), target, who), note)

    async def inject(self, call_id: str, fact: list[object]) -> Taken:
        if not self._around.is_simulated:
            raise ForbiddenError("facts are taken only where Graph is simulated", "not_simulated")
        given = orders.fact_of(fact)
        found, _ = await self._in(self._exactly, call_id)
        orders.in_flight(found)
        return await self._order(call_id, given, "")

    async def _order(self, call_id: str, fact: Fact, note: str) -> Taken:
        arrival = Arrival(call_id, "fact", encode(fact), self._around.clock_ms())
        if not await self._take(arrival):
            raise RefusedError(f"call {call_id} is over", "over")
        return Taken(call_id=call_id, note=note)

    async def _take(self, arrival: Arrival) -> bool:
        try:
            return (await self._around.take([arrival]))[0]
        except (StoreError, FullError) as error:
            raise AwayError(f"the store cannot take it now: {error}") from None

    async def start(self, flow: str, order: StartOrder) -> Taken:
        plan = await self._in(self.plan_for, flow)
        call_id = str(uuid5(NAMESPACE_URL, f"flowlang:{flow}/{order.key}")) if order.key else self._around.new_id()
        fact = orders.start_of(plan, flow, order.values, call_id, self._around.clock_ms())
        is_new = await self._take(start_of(call_id, flow, fact, order.after_seconds * 1000, order.key))
        return Taken(call_id=call_id, note="" if is_new else "it was started with that key already; nothing new begins")

    async def retry(self, call_id: str) -> Taken:
        def unpark() -> None:
            found = self._store.listed(call_id)
            if found is None:
                raise NotFoundError(f"there is no call {call_id}")
            if not self._store.unpark(call_id):
                raise RefusedError(f"call {call_id} does not rest", "not_parked")

        await self._in(unpark)
        self._around.wake()
        return Taken(call_id=call_id)

    # ------------------------------------------------------------ people

    async def export(self, who: str) -> PersonExport:
        found = await find_person(self._store, self._in, person_of(who))
        plans, names = await self._in(lambda: (self._plans_of([one for one, _ in found]), self.names()))
        return await to_thread.run_sync(export_of, who, found, plans, names, self._around.sounds_of.recordings)

    async def erase(self, who: str) -> Erased:
        person = person_of(who)
        found = [one for one, _ in await find_person(self._store, self._in, person)]
        is_done = [one.over_ms >= 0 or (bool(one.parked) and not one.to_send) for one in found]
        ids = [one.session.call_id for one in found]
        gone = [name for name, done in zip(ids, is_done, strict=True) if done]
        left = tuple([name for name in ids if name not in set(gone)])
        said = await self._in(lambda: said_in(self._store, gone) - said_in(self._store, left))
        await self._around.sounds_of.unsay(said)  # first: a call that is left is found again
        await to_thread.run_sync(self._around.sounds_of.remove, gone)
        try:
            copies = await to_thread.run_sync(self._store.remove_copies, person.is_in, gone)
            await self._around.forget_person(person.text)
        except OSError as error:
            raise AwayError(f"nothing was erased: {error.filename} cannot be changed: {error.strerror}") from None
        await self._in(self._store.erase, gone)
        self._log.forget(gone)
        try:
            await wipe(self._store, self._around.in_store)
        except StoreError as error:
            said_so = f"{len(gone)} calls are erased, but their place in the file is not overwritten yet"
            raise AwayError(f"{said_so}: {error}. Erase again when that is over") from None
        return Erased(erased=len(gone), live=left, copies=tuple([os.path.basename(name) for name in copies]))

    # ------------------------------------------------------------ service

    async def figures(self) -> Figures:
        return Figures(**(await self._in(self._store.counts))._asdict())

    async def health(self) -> Health:
        checks: list[CheckView] = []
        try:
            counts = await self._around.writable() if self._around.writable is not None else await self._probed()
            checks.append(CheckView(name="store", is_ok=True))
            is_quick = counts.inbox <= MOST_WAITING
            checks.append(CheckView(name="inbox", is_ok=is_quick, detail=f"{counts.inbox} wait"))
        except StoreError as error:
            checks.append(CheckView(name="store", is_ok=False, detail=str(error)))
        checks += await self._around.checks()
        return Health(is_ok=all(one.is_ok for one in checks), checks=tuple(checks))

    async def _probed(self) -> Counts:
        await self._around.in_store(self._store.probe)
        return await self._around.in_store(self._store.counts)

    def events(self, after: int) -> AsyncIterator[EventView | None]:
        return self._log.listen(after)

    def end_streams(self) -> None:
        """Nothing happens any more that listeners could be told."""
        self._log.close()
