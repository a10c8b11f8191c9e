"""The desk's part about what answers: flows with their versions, and hours opened or closed by hand."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from flowlang.admin.desk import NotFoundError, RefusedError, WrongError
from flowlang.admin.events import EventLog
from flowlang.admin.shapes import FlowsRead, FlowView, HoursOrder, HoursView, VersionView
from flowlang.admin.telling import at, at_or_none
from flowlang.plan import Plan
from flowlang.runtime.flows import ALL, NoVersionError, Serving, StoredFlows
from flowlang.store.base import Deployed, Store, Switched

R = TypeVar("R")


class InStore(Protocol):
    def __call__(self, do: Callable[[], R], /) -> Awaitable[R]: ...


async def read_nothing(_percent: int) -> list[str]:
    """There are no files."""
    return []


class Answering(NamedTuple):
    """`hours(plan, at_ms)` names the hours that are open. `numbers()`: what each flow answers. `troubles()`: flows
    whose newest file is not served, with the reason. `read(percent)` looks at the files again, lets so many of 100
    new calls take what is new, and says what changed; raises `WrongError` for files that cannot be found."""

    hours: Callable[[Plan, int], frozenset[str]]
    numbers: Callable[[], Mapping[str, tuple[str, ...]]] = dict
    troubles: Callable[[], Mapping[str, str]] = dict
    read: Callable[[int], Awaitable[list[str]]] = read_nothing


class FlowDesk:
    """Part of `StoreDesk`."""

    def __init__(
        self,
        store: Store,
        flows: StoredFlows,
        in_store: InStore,
        clock_ms: Callable[[], int],
        log: EventLog,
        answering: Answering,
    ) -> None:
        self._shelf, self._served, self._do, self._now, self._told = store, flows, in_store, clock_ms, log
        self._answering = answering

    def names(self) -> dict[str, str]:
        """Names of flows by the digests of their versions. In the store's thread."""
        return {one.digest: one.flow for one in self._shelf.deployed()}

    def plan_for(self, flow: str) -> Plan:
        """What new calls of a flow take. In the store's thread. Raises `NotFoundError`."""
        serving = self._served.serving().get(flow)
        plan = self._served.plan(serving.newest.digest) if serving is not None else None
        if plan is None:
            raise NotFoundError(f"there is no flow {flow}")
        return plan

    # ------------------------------------------------------------ versions

    async def flows(self) -> list[FlowView]:
        return await self._do(self._flow_views)

    def _flow_views(self) -> list[FlowView]:
        numbers, troubles, serving = self._answering.numbers(), self._answering.troubles(), self._served.serving()
        names = sorted({*serving, *troubles})
        return [self._flow(name, serving.get(name), numbers.get(name, ()), troubles.get(name, "")) for name in names]

    def _flow(self, name: str, serving: Serving | None, numbers: tuple[str, ...], trouble: str) -> FlowView:
        if serving is None:
            return FlowView(name=name, answers=numbers, trouble=trouble)
        plan = self._served.plan(serving.newest.digest)
        latest: dict[str, Deployed] = {}
        for one in reversed(self._served.history(name)):
            latest.setdefault(one.digest, one)
        return FlowView(
            name=name,
            title=plan.title if plan is not None else "",
            answers=numbers,
            trouble=trouble,
            versions=tuple([_version(one, serving) for one in latest.values()]),
        )

    async def read_flows(self, percent: int = ALL) -> FlowsRead:
        said = await self._answering.read(percent)
        return FlowsRead(said=tuple(said), troubles=dict(self._answering.troubles()))

    async def activate(self, flow: str, digest: str, who: str) -> FlowView:
        return await self._deployed(flow, lambda: self._served.activate(flow, digest, ALL, who))

    async def roll_back(self, flow: str, who: str) -> FlowView:
        return await self._deployed(flow, lambda: self._served.roll_back(flow, who))

    async def share(self, flow: str, digest: str, percent: int, who: str) -> FlowView:
        return await self._deployed(flow, lambda: self._served.activate(flow, digest, percent, who))

    async def _deployed(self, flow: str, deploy: Callable[[], Deployed]) -> FlowView:
        def act() -> tuple[Deployed, FlowView]:
            self.plan_for(flow)
            try:
                one = deploy()
            except NoVersionError as error:
                raise RefusedError(str(error), "no_version") from None
            numbers, troubles = self._answering.numbers(), self._answering.troubles()
            view = self._flow(flow, self._served.serving().get(flow), numbers.get(flow, ()), troubles.get(flow, ""))
            return one, view

        one, view = await self._do(act)
        share = f", for {one.share} of 100 new calls" if one.share < ALL else ""
        self._told.tell(
            "flow deployed", text=f"{flow} {one.digest[:8]}{share}, by {one.by}", flow=flow, version=one.digest
        )
        return view

    # ------------------------------------------------------------ hours

    async def hours(self) -> list[HoursView]:
        return await self._do(self._hours_views)

    def _hours_views(self, only: str = "") -> list[HoursView]:
        now_ms = self._now()
        said = {one.hours: one for one in self._shelf.switched() if one.until_ms < 0 or one.until_ms > now_ms}
        found: list[HoursView] = []
        for flow, serving in self._served.serving().items():
            plan = self._served.plan(serving.newest.digest)
            named = [one.name for one in plan.hours if not only or one.name == only] if plan is not None else []
            is_open = self._answering.hours(plan, now_ms) if plan is not None and named else frozenset()
            found += [_hours_view(name, flow, name in is_open, said.get(name)) for name in named]
        return found

    async def set_hours(self, name: str, order: HoursOrder, who: str) -> list[HoursView]:
        until_ms = _ms(order.until) if order.until is not None else -1
        if order.until is not None and until_ms <= self._now():
            raise WrongError("that time is over already")

        def act() -> list[HoursView]:
            self._known(name)
            self._shelf.switch(Switched(name, order.is_open, until_ms, who))
            return self._hours_views(name)

        return await self._do(act)

    async def clear_hours(self, name: str) -> list[HoursView]:
        def act() -> list[HoursView]:
            self._known(name)
            if not self._shelf.switch_back(name):
                raise RefusedError(f"nobody has opened or closed {name} by hand", "not_by_hand")
            return self._hours_views(name)

        return await self._do(act)

    def _known(self, name: str) -> None:
        if not self._hours_views(name):
            raise NotFoundError(f"no flow has hours {name}")


def _ms(moment: datetime) -> int:
    try:
        return int(moment.timestamp() * 1000)
    except OverflowError:
        raise WrongError("no calendar has that time") from None


def _version(one: Deployed, serving: Serving) -> VersionView:
    newest, others = serving
    active = others or newest
    share = newest.share if others is not None else ALL
    percent = share if one.digest == newest.digest else ALL - share if one.digest == active.digest else 0
    return VersionView(
        digest=one.digest, since=at(one.at_ms), is_active=one.digest == active.digest, share_percent=percent, by=one.by
    )


def _hours_view(name: str, flow: str, is_open: bool, said: Switched | None) -> HoursView:
    if said is None:
        return HoursView(name=name, flow=flow, is_open=is_open)
    return HoursView(
        name=name, flow=flow, is_open=said.is_open, by=said.by or "an operator", until=at_or_none(said.until_ms)
    )
