"""The desk's part about what answers: flows with their versions, and hours opened or closed by hand."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from anyio import to_thread

from flowlang.admin.desk import NotFoundError, RefusedError, WrongError
from flowlang.admin.events import EventLog
from flowlang.admin.orders import near
from flowlang.admin.shapes import FlowsRead, FlowView, HoursOrder, HoursView, VersionView
from flowlang.admin.telling import at, at_or_none
from flowlang.plan import Hours, Plan
from flowlang.runtime.flows import ALL, NoVersionError, Serving, StoredFlows
from flowlang.runtime.watch import HoursSwitched
from flowlang.store.base import Deployed, Store, Switched

R = TypeVar("R")


class InStore(Protocol):
    def __call__(self, do: Callable[[], R], /) -> Awaitable[R]: ...


async def read_nothing(_percent: int) -> list[str]:
    """There are no files."""
    return []


def nothing_open(_plan: Plan, _at_ms: int) -> frozenset[str]:
    """There are no hours."""
    return frozenset()


def no_change(_plan: Plan, _name: str, _at_ms: int) -> int | None:
    """Nothing opens or closes."""


def no_news(_one: HoursSwitched) -> None:
    """Nobody wants to know."""


class Answering(NamedTuple):
    """`hours(plan, at_ms)` names the hours that are open, `by_plan` those that would be if nobody had switched any;
    `next_change_ms(plan, name, at_ms)` is when the plan changes one next. `switched` is told of each switch by hand.
    `numbers()`: what each flow answers. `troubles()`: flows whose newest file is not served, with the reason.
    `read(percent)` looks at the files again, lets so many of 100 new calls take what is new, and says what changed;
    raises `WrongError` for files that cannot be found."""

    hours: Callable[[Plan, int], frozenset[str]]
    numbers: Callable[[], Mapping[str, tuple[str, ...]]] = dict
    troubles: Callable[[], Mapping[str, str]] = dict
    by_plan: Callable[[Plan, int], frozenset[str]] = nothing_open
    next_change_ms: Callable[[Plan, str, int], int | None] = no_change
    switched: Callable[[HoursSwitched], None] = no_news
    read: Callable[[int], Awaitable[list[str]]] = read_nothing


class _HoursNow(NamedTuple):
    """Hours of a flow as they stand. `said`: by whose word, where they were opened or closed by hand."""

    hours: Hours
    flow: str
    plan: Plan
    is_open: bool
    said: Switched | None


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
            raise NotFoundError(f"there is no flow {flow}{near(flow, self._served.serving())}")
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
        self._told.deployed(one, f"{flow} {one.digest[:8]}{share}, by {one.by}")
        return view

    # ------------------------------------------------------------ hours

    async def hours(self) -> list[HoursView]:
        return await self._views_of(await self._do(self._hours_now))

    def _hours_now(self, only: str = "") -> list[_HoursNow]:
        """In the store's thread."""
        now_ms = self._now()
        said = {one.hours: one for one in self._shelf.switched() if one.until_ms < 0 or one.until_ms > now_ms}
        found: list[_HoursNow] = []
        for flow, serving in self._served.serving().items():
            plan = self._served.plan(serving.newest.digest)
            named = [one for one in plan.hours if not only or one.name == only] if plan is not None else []
            is_open = self._answering.hours(plan, now_ms) if plan is not None and named else frozenset()
            if plan is not None:
                found += [_HoursNow(one, flow, plan, one.name in is_open, said.get(one.name)) for one in named]
        return found

    async def _views_of(self, found: Sequence[_HoursNow]) -> list[HoursView]:
        """Looking for the next change takes a while, so that it is not done in the store's thread."""
        return await to_thread.run_sync(lambda: [self._hours_view(one) for one in found])

    def _hours_view(self, one: _HoursNow) -> HoursView:
        now_ms, name, said = self._now(), one.hours.name, one.said
        is_open = said.is_open if said is not None else one.is_open
        view = HoursView(
            name=name, flow=one.flow, is_open=is_open, zone=one.hours.zone,
            is_open_by_plan=name in self._answering.by_plan(one.plan, now_ms),
        )  # fmt: skip
        if said is None:
            return view.model_copy(update={"changes_at": _at(self._answering.next_change_ms(one.plan, name, now_ms))})
        changes_ms: int | None = None
        if said.until_ms >= 0:
            then = name in self._answering.by_plan(one.plan, said.until_ms)
            is_other = then != is_open
            changes_ms = said.until_ms if is_other else self._answering.next_change_ms(one.plan, name, said.until_ms)
        by, until = said.by or "an operator", at_or_none(said.until_ms)
        return view.model_copy(update={"by": by, "until": until, "changes_at": _at(changes_ms)})

    async def set_hours(self, name: str, order: HoursOrder, who: str) -> list[HoursView]:
        until_ms = _ms(order.until) if order.until is not None else -1
        if order.until is not None and until_ms <= self._now():
            raise WrongError("that time is over already")

        def act() -> list[_HoursNow]:
            self._known(name)
            self._shelf.switch(Switched(name, order.is_open, until_ms, who))
            return self._hours_now(name)

        now = await self._do(act)
        self._answering.switched(HoursSwitched(name, "open" if order.is_open else "closed", who, until_ms))
        return await self._views_of(now)

    async def clear_hours(self, name: str, who: str) -> list[HoursView]:
        def act() -> list[_HoursNow]:
            self._known(name)
            if not self._shelf.switch_back(name):
                raise RefusedError(f"nobody has opened or closed {name} by hand", "not_by_hand")
            return self._hours_now(name)

        now = await self._do(act)
        self._answering.switched(HoursSwitched(name, "by plan", who))
        return await self._views_of(now)

    def _known(self, name: str) -> None:
        if not self._hours_now(name):
            known = {one.hours.name for one in self._hours_now()}
            raise NotFoundError(f"no flow has hours {name}{near(name, sorted(known))}")


def _at(ms: int | None) -> datetime | None:
    return at(ms) if ms is not None else None


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
