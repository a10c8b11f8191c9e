"""The parts of `flowlang serve` put together: store, service, webhook, admin API, logs."""

import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Literal, NamedTuple

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from flowlang.admin.access import Access, Token
from flowlang.admin.app import admin_app
from flowlang.admin.audit import AuditFile
from flowlang.admin.desk import WrongError
from flowlang.admin.events import EventLog
from flowlang.admin.flow_desk import Answering
from flowlang.admin.store_desk import Around, SoundsOf, StoreDesk
from flowlang.call.facts import Incoming
from flowlang.codec import digest
from flowlang.plan import Plan
from flowlang.runtime.auth import ISSUERS, Expected, RefusedError, Verifier
from flowlang.runtime.carrying import Carrier
from flowlang.runtime.challenge import challenge_routes
from flowlang.runtime.chores import Chores, said_for_ms
from flowlang.runtime.clock import SteadyClock
from flowlang.runtime.doorway import doorway
from flowlang.runtime.flows import ALL, SHOWN, StoredFlows
from flowlang.runtime.intake import PATHS
from flowlang.runtime.limits import Limits
from flowlang.runtime.loop_lag import LoopLag
from flowlang.runtime.open_hours import OpenHours
from flowlang.runtime.outgoing import Place
from flowlang.runtime.own_thread import in_own_thread
from flowlang.runtime.service import Carry, Service
from flowlang.runtime.tokens import TokenError
from flowlang.runtime.transport import Around as TransportAround
from flowlang.runtime.transport import Service as ServiceAddress
from flowlang.runtime.transport import Transport, client_for
from flowlang.runtime.watch import Several
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.runtime.writable import Writable
from flowlang.source import Source
from flowlang.store.base import Entry, Store, Switched
from flowlang.store.only_one import only_one
from flowlang.store.sqlite import SqliteStore
from flowlang.telemetry.logs import stall_logged
from flowlang.telemetry.seeing import Shown
from flowlang.tools.options import UsageError
from flowlang.tools.serve_bots import PREFIX, Bot, Owners, carried_by, doors
from flowlang.tools.serve_flows import Loaded
from flowlang.tools.serve_ladder import stored_ladder
from flowlang.tools.serve_settings import SETTINGS
from flowlang.tools.serve_sounds import SoundHouse, SoundWish, sound_house
from flowlang.tools.serve_store import StoreLooks

GONE = "its file is not there any more"
STOPS_SECONDS = 10.0  # requests under way are waited for so long
LOOKS_SECONDS = 0.05
MOST_TOLD = 4_096  # characters of what an operator is told
OURS = (*PATHS, PREFIX.rstrip("/"), "/prompts")
"""What addresses begin with that Graph knows of us."""


class Graph(NamedTuple):
    """The Graph that is talked to: its address, who we are there (at least one), who may post to us.

    `keys()` gets the key set by which notifications are signed, `issuers` are those of their tokens.
    """

    url: str
    bots: Sequence[Bot]
    keys: Callable[[], Awaitable[object]]
    issuers: tuple[str, ...] = ISSUERS


class Wish(NamedTuple):
    """What is to be served. `public_url`: how Graph reaches the webhook, without a slash at the end. `keep_days` 0:
    calls are kept for ever. `route`: which flow answers a call, of those that are served. `load` reads the flow files
    again, and raises `UsageError`. `flow_bots`: by which application a flow works where its call does not tell."""

    flows: Sequence[Loaded]
    store: str
    public_url: str
    route: Callable[[Incoming, Collection[str]], str | None]
    load: Callable[[], Sequence[Loaded]]
    answers: Mapping[str, tuple[str, ...]]
    sounds: SoundWish
    services: Mapping[str, ServiceAddress] = {}
    admin_tokens: Sequence[Token] = ()
    is_admin_on_loopback: bool = True
    keep_days: float = 0
    is_simulated: bool = False
    switched: Sequence[Switched] = ()
    graph_version: Literal["beta", "v1.0"] = "beta"
    consultative_on: Literal["caller", "consult"] = "caller"
    flow_bots: Mapping[str, str] = {}


class House(NamedTuple):
    """What runs. `flows_loaded`: as they were put to work at the start, or not. `deploy` puts newer ones to work."""

    flows_loaded: Sequence[Loaded]
    service: Service
    store: SqliteStore
    flows: StoredFlows
    desk: StoreDesk
    webhook: ASGIApp
    admin: Starlette
    deploy: Callable[[Sequence[Loaded]], Awaitable[list[str]]]


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def pace_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@asynccontextmanager
async def house(wish: Wish, graph: Graph, shown: Shown) -> AsyncIterator[House]:
    """Everything that works, from the store up; it runs while the block does. Raises `StoreError`, and `UsageError` for
    folders that cannot be used."""
    heard = _seldom(shown.log.warning)
    clock_ms = SteadyClock(wall_ms, pace_ms, heard)
    log = EventLog(clock_ms, also=shown.watch.deployed)
    writable = Writable(clock_ms)
    watch = Several([shown.watch, log, writable])
    async with AsyncExitStack() as stack:
        stack.enter_context(only_one(wish.store))
        store = SqliteStore(wish.store)
        stack.callback(store.close)
        client = await stack.enter_async_context(client_for(graph.url))
        sounds = sound_house(wish.sounds, wish.public_url, client, clock_ms, heard, watch.prompt_fetched)
        loaded = [await sounds.ready(one, heard) for one in wish.flows]
        flows = StoredFlows(store, lambda fact: wish.route(fact, flows.served), clock_ms)
        flows.serve({one.name: one.plan for one in loaded if one.plan is not None})
        switch_by_file(store, wish.switched, clock_ms())
        shelf = Shelf(sounds, flows, log, heard, loaded)
        hours = OpenHours(store, shelf.calendars, heard)
        shelf.names.update({one.digest: one.flow for one in store.deployed()})  # versions that calls in flight have
        owners = Owners(f"{wish.store}.bots", heard)
        around_transport = TransportAround(Limits(time.monotonic), clock_ms, heard)
        way_out = _way_out(wish, graph, owners, shelf, lambda bot: Transport(
            client, graph.url, _place(wish, bot, sounds), bot.tokens, wish.services, around_transport
        ))  # fmt: skip
        carrier = Carrier(sounds.sounds.around(way_out), clock_ms, flows.serving, heard)
        worker = Worker(store, flows, hours.names, watch, [bot.tenant_id for bot in graph.bots])
        owner = f"{os.getpid():x}-{uuid.uuid4().hex[:6]}"
        service = Service(store, worker, carrier.carry, clock_ms, owner, watch)
        clock_ms.set_back = service.clock_was_set
        carrier.take = service.inbox.take
        looks = StoreLooks(service, store, writable, clock_ms)
        carrier.unknown = lambda start: service.in_store(flows.unknown_values, start.flow, dict(start.values))
        around = Around(
            service.in_store, service.inbox.take, service.wake, clock_ms, lambda: str(uuid.uuid4()), shelf.ladder,
            is_simulated=wish.is_simulated, sounds_of=_sounds_of(sounds, flows, service),
            forget_person=owners.forget, hang_up=carrier.hang_up, writable=looks.writable.answer,
        )  # fmt: skip
        answering = Answering(
            hours.names, lambda: wish.answers, lambda: shelf.troubles, hours.by_plan, hours.next_change_ms,
            watch.hours_switched, lambda share: shelf.read(service, wish.load, share),
        )  # fmt: skip
        desk = StoreDesk(store, flows, around, log, answering)
        admin = admin_app(
            desk, Access(wish.admin_tokens, is_loopback=wish.is_admin_on_loopback),
            AuditFile(f"{wish.store}.audit", clock_ms),
        )  # fmt: skip
        admin.router.routes.extend(shown.metrics.routes(looks.standing.answer, looks.writable.answer))
        verifiers = _verifiers(graph, clock_ms)
        app = doorway(_way_in(graph, verifiers, owners, sounds.routes, lambda verifier: Webhook(
            service.inbox, verifier, clock_ms, watch, sounds.sounds.withhold
        )), wish.public_url, OURS)  # fmt: skip
        chores = Chores(service, store, clock_ms, heard)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        lag = LoopLag(shown.metrics.lagged, stall_logged(shown.log))
        for chore in (service.run, lag.run, looks.run, sounds.recordings.run, chores.ask_about_silent_calls):
            tasks.start_soon(chore)
        tasks.start_soon(_warm, graph.bots, verifiers, heard)
        tasks.start_soon(to_thread.run_sync, admin.openapi)  # its page takes long to make, and is kept
        tasks.start_soon(chores.forget_old_sounds, sounds.sounds, said_for_ms(wish.keep_days))
        if wish.keep_days:
            tasks.start_soon(chores.forget_old_calls, wish.keep_days, sounds.recordings)
        try:
            yield House(loaded, service, store, flows, desk, app, admin, lambda newer: shelf.deploy(service, newer))
            await _finish(service)
        finally:
            tasks.cancel_scope.cancel()


def _sounds_of(sounds: SoundHouse, flows: StoredFlows, service: Service) -> SoundsOf:
    def serving() -> list[Plan]:
        marks = [one.digest for pair in flows.serving().values() for one in pair if one is not None]
        return [plan for mark in marks if (plan := flows.plan(mark)) is not None]

    async def unsay(texts: Collection[str]) -> None:
        await sounds.sounds.unsay(texts, await service.in_store(serving))

    return SoundsOf(sounds.recordings.names_of, sounds.recordings.remove, unsay)


def _place(wish: Wish, bot: Bot, sounds: SoundHouse) -> Place:
    base = f"{wish.public_url}{bot.path}/callback"
    ids = (bot.application_id, bot.tenant_id)
    return Place(base, sounds.sounds.find, *ids, wish.graph_version, wish.consultative_on)


def _way_out(wish: Wish, graph: Graph, owners: Owners, shelf: "Shelf", transport: Callable[[Bot], Transport]) -> Carry:
    """Requests leave by the bot whose call it is."""
    carry = {bot.name: transport(bot).carry for bot in graph.bots}
    if len(carry) == 1:
        return carry[graph.bots[0].name]
    return carried_by(
        carry, graph.bots, owners, lambda session: wish.flow_bots.get(shelf.names.get(session.plan, ""), "")
    )


def _way_in(
    graph: Graph, verifiers: Sequence[Verifier], owners: Owners, routes: Sequence[BaseRoute],
    webhook: Callable[[Verifier], Webhook],
) -> ASGIApp:  # fmt: skip
    """Where notifications come in: of each bot at its own path, of the first one also where a single one has it.

    `verifiers`: of each bot.
    """

    def door(bot: Bot, verifier: Verifier, more: Sequence[BaseRoute]) -> ASGIApp:
        return webhook(verifier).around(Starlette(routes=[*challenge_routes(bot.application_id), *more]))

    first, by_bot = graph.bots[0], list(zip(graph.bots, verifiers, strict=True))
    own = {bot.name: owners.learning(bot.name, door(bot, verifier, ())) for bot, verifier in by_bot if bot.path}
    other = door(first, verifiers[0], routes)
    return doors(own, owners.learning(first.name, other)) if own else other


def _verifiers(graph: Graph, clock_ms: Callable[[], int]) -> list[Verifier]:
    return [
        Verifier(
            Expected((one.application_id,), graph.issuers, one.token_tenants),
            graph.keys,
            lambda: clock_ms() / 1000,
            time.time,
        )
        for one in graph.bots
    ]


async def _warm(bots: Sequence[Bot], verifiers: Sequence[Verifier], heard: Callable[[str], None]) -> None:
    """What the first call would wait for is fetched before it comes; what cannot be had now is fetched then."""

    async def fetched(do: Callable[[], Awaitable[object]]) -> None:
        try:
            await do()
        except (TokenError, RefusedError) as error:
            heard(str(error))

    async with anyio.create_task_group() as tasks:
        for verifier, bot in zip(verifiers, bots, strict=True):
            tasks.start_soon(fetched, verifier.warm)
            tasks.start_soon(fetched, partial(bot.tokens.header, bot.tenant_id))


def switch_by_file(store: Store, switched: Sequence[Switched], now_ms: int) -> None:
    """Hours as the settings open or close them. What they said at an earlier start and do not say now counts no more,
    nor does what is over; what an operator said of other hours stays."""
    switched = [one for one in switched if one.until_ms < 0 or one.until_ms > now_ms]
    named = {one.hours for one in switched}
    for one in store.switched():
        if one.by == SETTINGS and one.hours not in named:
            store.switch_back(one.hours)
    for one in switched:
        store.switch(one)


class Shelf:
    """The flows that are served, with why some are not; newer ones are put there. `names`: by their digests."""

    def __init__(
        self, sounds: SoundHouse, flows: StoredFlows, log: EventLog, heard: Callable[[str], None],
        loaded: Sequence[Loaded],
    ) -> None:  # fmt: skip
        self._sounds, self._flows, self._log, self._heard = sounds, flows, log, heard
        self.troubles = {one.name: one.trouble for one in loaded if one.plan is None}
        self.calendars = {name: text for one in loaded for name, text in one.calendars}
        self.names: dict[str, str] = {}
        self._sources: dict[str, dict[str, Source]] = {}
        for one in loaded:
            self._learn(one)

    def _learn(self, one: Loaded) -> None:
        if one.plan is not None:
            mark = digest(one.plan)
            self.names[mark] = one.name
            self._sources[mark] = {source.path: source for source in one.sources}

    def ladder(self, mark: str, plan: Plan, entries: Sequence[Entry]) -> str:
        """A call of the store, with the lines of its flow where this process has read them."""
        return stored_ladder(plan, entries, self._sources.get(mark, {}))

    async def read(self, service: Service, load: Callable[[], Sequence[Loaded]], share: int = ALL) -> list[str]:
        """Look at the files now. Raises `WrongError` for paths that are not there any more."""
        try:
            loaded = await in_own_thread(load)
        except (UsageError, TimeoutError) as error:
            raise WrongError(f"the flows cannot be read: {error}") from None
        return await self.deploy(service, loaded, share)

    async def deploy(self, service: Service, loaded: Sequence[Loaded], share: int = ALL) -> list[str]:
        """Puts what is good to work and says so; what is not keeps its old version. `loaded`: all that there is."""
        said = self._gone(await service.in_store(self._flows.serving), {one.name for one in loaded})
        for newer in loaded:
            one = await self._sounds.ready(newer, self._heard)
            if one.plan is None:
                if self.troubles.get(one.name) != one.trouble:
                    said.append(f"{one.path} is not served: {one.trouble}; what was served before goes on")
                self.troubles[one.name] = one.trouble
                continue
            self.troubles.pop(one.name, None)
            self.calendars.update(one.calendars)
            self._learn(one)
            done = await service.in_store(self._flows.from_file, one.name, one.plan, share)
            if done is not None:
                calls = "new calls" if done.share == ALL else f"{done.share} of 100 new calls"
                said.append(f"{one.name}: version {done.digest[:SHOWN]} takes {calls}")
                self._log.deployed(done, said[-1])
        return said

    def _gone(self, served: Collection[str], names: Collection[str]) -> list[str]:
        """Flows whose files are not there any more: calls are answered all the same, until the next start."""
        said: list[str] = []
        for name in served:
            if name not in names and self.troubles.get(name) != GONE:
                self.troubles[name] = GONE
                said.append(f"{name}: {GONE}; what was served before goes on")
        return said


async def _finish(service: Service) -> None:
    """What is in hand is brought to its end, within a bound; what is not is found by the next start.

    An answer that came is written before the process goes: the next one would have to ask Graph what it said.
    """
    with anyio.move_on_after(STOPS_SECONDS):
        is_quiet = False
        while not is_quiet:
            while service.under_way:  # noqa: ASYNC110 - many requests end, each by itself
                await anyio.sleep(LOOKS_SECONDS)
            await anyio.sleep(LOOKS_SECONDS)
            await service.in_store(_nothing)  # behind the turn that writes what came last
            await anyio.sleep(LOOKS_SECONDS)
            is_quiet = not service.under_way  # else that turn had something to send


def _nothing() -> None:
    """Waits for its turn in the store's thread."""


def _seldom(tell: Callable[[str], None], again_seconds: float = 60.0) -> Callable[[str], None]:
    """The same text only once a minute: a store that is away is seen twice a second. Of a long text the beginning."""
    told: dict[str, float] = {}

    def hear(text: str) -> None:
        text, now = text[:MOST_TOLD], time.monotonic()
        if now - told.get(text, float("-inf")) >= again_seconds:
            if len(told) > 1_000:
                told.clear()
            told[text] = now
            tell(text)

    return hear
