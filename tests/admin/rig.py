"""The admin API over a whole desk without sockets or threads: what an act puts into the inbox is stepped at once."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import httpx

from flowlang.admin.access import Access, Token
from flowlang.admin.app import admin_app
from flowlang.admin.events import EventLog
from flowlang.admin.flow_desk import Answering
from flowlang.admin.store_desk import Around, StoreDesk
from flowlang.call.facts import Fact, Started
from flowlang.call.session import Session
from flowlang.codec import encode
from flowlang.hours import open_hours
from flowlang.plan import Plan
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.open_hours import OpenHours
from flowlang.runtime.worker import Worker, start_of
from flowlang.store.base import Arrival, Entry, Store, StoreError
from flowlang.store.memory import MemoryStore
from tests.engine.bed import Bed
from tests.flowtext import plan_of

P = ParamSpec("P")
R = TypeVar("R")

MONDAY_NOON_MS = 1_768_824_000_000  # 2026-01-19T12:00:00Z
QUEUE = """
on start: call alice then hang up
on answered: play "hold.wav" repeating
on tone 1: transfer to bob
on failed: hang up
"""


class Rig:
    """A desk with flows, a clock that is set by hand, and what was written to the audit log."""

    def __init__(
        self,
        flows: Mapping[str, str | Plan] | None = None,
        tokens: Sequence[Token] = (),
        store: Store | None = None,
        *,
        is_loopback: bool = True,
        is_simulated: bool = True,
    ) -> None:
        self.now_ms = MONDAY_NOON_MS
        self.store = store or MemoryStore()
        self.log = EventLog(self.clock)
        self.flows = StoredFlows(self.store, lambda _fact: "queue", self.clock)
        self.flows.serve(
            {name: one if isinstance(one, Plan) else plan_of(one) for name, one in (flows or {"queue": QUEUE}).items()}
        )
        self.worker = Worker(self.store, self.flows, self.hours, self.log)
        self.audited: list[tuple[str, str, str, dict[str, str]]] = []
        self.woken = 0
        self.started = 0
        self.is_audit_full = False
        self.is_audit_in_file = True
        self.is_store_full = False
        self.hung_up: list[Session] = []
        self.hang_up_statuses = [204]
        around = Around(
            self.in_store, self.take, self.wake, self.clock, self.new_id, self.ladder, is_simulated=is_simulated,
            hang_up=self.hang_up,
        )  # fmt: skip
        plan_alone = OpenHours(self.store, {}, lambda _text: None)
        answering = Answering(
            self.hours, by_plan=plan_alone.by_plan, next_change_ms=plan_alone.next_change_ms,
            switched=self.log.hours_switched,
        )  # fmt: skip
        self.desk = StoreDesk(self.store, self.flows, around, self.log, answering)
        self.app = admin_app(self.desk, Access(tokens, is_loopback=is_loopback), self.audit)

    # ------------------------------------------------------------ what surrounds the desk

    def clock(self) -> int:
        return self.now_ms

    def hours(self, plan: Plan, at_ms: int) -> frozenset[str]:
        said = {one.hours: one.is_open for one in self.store.switched()}
        by_plan = open_hours(plan, at_ms, {}, {})
        return frozenset(one.name for one in plan.hours if said.get(one.name, one.name in by_plan))

    async def in_store(self, do: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
        return do(*given, **named)

    async def take(self, arrivals: Sequence[Arrival]) -> list[bool]:
        if self.is_store_full:
            raise StoreError("database or disk is full")
        new = self.store.arrive(arrivals)
        self.work()
        return new

    async def hang_up(self, session: Session) -> list[int]:
        self.hung_up.append(session)
        return self.hang_up_statuses

    def work(self) -> None:
        self.worker.work(self.now_ms)

    def wake(self) -> None:
        self.woken += 1
        self.work()

    def new_id(self) -> str:
        self.started += 1
        return f"started-{self.started}"

    def ladder(self, _digest: str, plan: Plan, entries: Sequence[Entry]) -> str:
        return f"{plan.title}: {len(entries)} facts, +15550100 calls"

    async def audit(self, who: str, what: str, call_id: str, detail: Mapping[str, str]) -> bool:
        if self.is_audit_full:
            raise OSError(28, "no space left on device")
        self.audited.append((who, what, call_id, dict(detail)))
        return self.is_audit_in_file

    # ------------------------------------------------------------ calls

    def call(self, script: str = "incoming -> *\nestablished -> *", name: str = "call-one", flow: str = "queue") -> Bed:
        """A call that a script of `tests.engine.bed` brought to where it is. The bed knows what comes next."""
        plan = self.flows.plan(self.flows.serving()[flow].newest.digest)
        assert plan is not None
        bed = Bed(plan)
        bed.at_ms = self.now_ms
        give = bed.give

        def given(fact: Fact) -> Any:
            begins = start_of(name, flow, fact) if isinstance(fact, Started) else None
            self.store.arrive([begins or Arrival(name, "fact", encode(fact), fact.at_ms, begins=True)])
            self.now_ms = max(self.now_ms, fact.at_ms)
            self.work()
            return give(fact)

        bed.give = given  # type: ignore[method-assign]
        bed.run(script)
        return bed

    @asynccontextmanager
    async def client(self, token: str = "", host: str = "127.0.0.1:8081") -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as client:
            yield client
