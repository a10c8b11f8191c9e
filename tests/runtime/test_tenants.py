"""A token counts for calls of the tenant that it names: held against a call that begins at the door, against one that
is known where it is stepped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from flowlang.call.facts import Started
from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.runtime.auth import Expected, Verifier
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.intake import NEW_CALLS, Address, ForeignTenantError, arrivals_at
from flowlang.runtime.worker import Worker, start_of
from flowlang.store import schema, sqlite
from flowlang.store.base import Arrival, Store
from flowlang.store.memory import MemoryStore
from flowlang.store.sqlite import SqliteStore
from tests.flowtext import plan_of
from tests.runtime.signing import APPLICATION, NOW, TENANT, bearer, key_set
from tests.runtime.test_webhook import CALL, Slow, body, notification, run
from tests.telemetry.test_watch import Noted

OTHER = "aaaaaaaa-86f1-41af-91ab-2d7cd011db47"
FLOW = 'on incoming: answer then play "hold.wav" repeating\non tone 1: hang up\n'
AllTenants = tuple[str, ...] | Literal["any"]


def verifier(all_tenants: AllTenants = ()) -> Verifier:
    async def keys() -> object:
        return key_set("k1")

    return Verifier(Expected((APPLICATION,), all_tenants=all_tenants), keys, lambda: NOW)


def of_tenant(tenant_id: object, **changes: Any) -> dict[str, Any]:
    item = notification(**changes)
    item["resourceData"]["tenantId"] = tenant_id
    return item


# ---------------------------------------------------------------- at the door


@pytest.mark.parametrize(
    ("token", "call", "all_tenants", "status"),
    [
        (TENANT, TENANT, (), 202),
        (TENANT.upper(), TENANT, (), 202),
        (TENANT, None, (), 202),  # the news does not say: the token does
        (OTHER, TENANT, (), 403),
        (TENANT, OTHER, (), 403),
        (OTHER, TENANT, "any", 202),
        (OTHER, TENANT, (OTHER.upper(),), 202),
        (OTHER, TENANT, (TENANT,), 403),
    ],
)
def test_a_call_that_begins_is_held_against_the_token(
    token: str, call: str | None, all_tenants: AllTenants, status: int
) -> None:
    said: list[str] = []

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        headers = {"Authorization": bearer(tid=token)}
        answer = await client.post("/callback", content=body(of_tenant(call)), headers=headers)
        assert answer.status_code == status
        assert len(store.take(0, 10)) == (status == 202)

    run(use, verifier(all_tenants), said)
    if status == 403:
        assert said == [
            f"a notification was refused: a call of tenant {call} with a token of tenant {token}; see token_tenants in "
            "the settings"
        ]


def test_nothing_of_a_post_is_taken_that_begins_a_call_of_another_tenant() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        content = body(of_tenant(TENANT), of_tenant(OTHER, call_id="another"))
        answer = await client.post("/callback", content=content, headers={"Authorization": bearer()})
        assert (answer.status_code, store.take(0, 10)) == (403, [])

    run(use, verifier())


def test_without_tokens_no_tenant_is_compared() -> None:
    assert len(arrivals_at(NEW_CALLS, "m", body(of_tenant(OTHER)), 0)) == 1
    with pytest.raises(ForeignTenantError):
        arrivals_at(NEW_CALLS, "m", body(of_tenant(OTHER)), 0, TENANT)


# ---------------------------------------------------------------- where it is stepped


class Bench:
    """A worker on a store, and what it tells."""

    def __init__(self, store: Store, homes: Sequence[str] = ()) -> None:
        self.store, self.noted = store, Noted()
        flows = StoredFlows(store, lambda _call: "flow", lambda: NOW * 1000)
        flows.serve({"flow": plan_of(FLOW), "start": plan_of("on start: call alice\non answered: hang up\n")})
        self.worker = Worker(store, flows, lambda _plan, _at: frozenset(), self.noted, homes)

    def session(self, call_id: str = CALL) -> Session:
        stored = self.store.session(call_id)
        assert stored is not None
        return decode(Session, stored.state)

    def take(self, *arrivals: Arrival) -> None:
        self.store.arrive(arrivals)
        self.worker.work(NOW * 1000)


def news(tenant_id: str, item: dict[str, Any] | None = None, message: str = "", leg: int = 0) -> list[Arrival]:
    item = item or notification("updated", "established")
    return arrivals_at(Address(CALL, leg), message, body(item), NOW * 1000, tenant_id)


def begun(tenant_id: str = TENANT, call_tenant: object = TENANT) -> list[Arrival]:
    return arrivals_at(NEW_CALLS, "m0", body(of_tenant(call_tenant)), NOW * 1000, tenant_id)


@pytest.fixture(params=["memory", "sqlite"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(MemoryStore() if request.param == "memory" else SqliteStore(str(tmp_path / "calls.db")))


def test_news_with_a_token_of_another_tenant_never_steps_a_call(bench: Bench) -> None:
    bench.take(*begun())
    before = bench.session()
    over = notification("deleted", "terminated")
    for item in (None, over):
        bench.take(*news(OTHER, item, "m1"))
        assert bench.session() == before
    assert bench.store.counts().inbox == 0, "it is done with"
    assert len(bench.store.journal(CALL)) == 1
    assert {where for where, _ in bench.noted.troubles} == {"tenant"}
    assert f"news of call {CALL} is left out: CallUpdated with a token of tenant {OTHER}" in bench.noted.troubles[0][1]
    bench.take(*news(TENANT, over, "m1"))
    assert bench.session().legs[0].is_over, "the message of another stands in the way of no good one"


def test_news_also_counts_when_the_tenant_is_written_otherwise(bench: Bench) -> None:
    bench.take(*begun())
    bench.take(*news(TENANT.upper()))
    assert bench.session().legs[0].state == "established"


def test_a_tenant_whose_tokens_count_for_all_calls_steps_it(bench: Bench) -> None:
    bench.take(*begun())
    bench.take(*news(""))  # as the webhook writes it down then
    assert bench.session().legs[0].state == "established"
    assert bench.noted.troubles == []


def test_a_call_whose_news_does_not_say_its_tenant_has_that_of_its_token(bench: Bench) -> None:
    bench.take(*begun(OTHER, None))
    assert bench.session().tenant_id == OTHER
    bench.take(*news(TENANT))
    assert bench.session().legs[0].state == "incoming"
    bench.take(*news(OTHER))
    assert bench.session().legs[0].state == "established"


def test_a_call_that_came_without_any_tenant_is_not_lost(bench: Bench) -> None:
    """As releases before this one wrote it down."""
    bench.take(*begun("", None))
    assert bench.session().tenant_id == ""
    bench.take(*news(TENANT))
    assert bench.session().legs[0].state == "established"


@pytest.mark.parametrize(("token", "is_heard"), [(TENANT, True), (TENANT.upper(), True), (OTHER, False), ("", True)])
def test_a_call_that_a_flow_began_is_of_the_bots_own_tenant(token: str, is_heard: bool) -> None:
    bench = Bench(MemoryStore(), [TENANT])
    bench.take(start_of(CALL, "start", Started(NOW * 1000)))
    assert bench.session().tenant_id == ""
    bench.take(*news(token))
    assert (bench.session().legs[0].state == "established") is is_heard


# ---------------------------------------------------------------- in the store


def test_the_tenant_is_kept_with_what_waits(tmp_path: Path) -> None:
    path = str(tmp_path / "calls.db")
    store = SqliteStore(path)
    store.arrive(begun())
    store.close()
    store = SqliteStore(path)
    assert store.take(0, 10)[0].received[0].arrival == begun()[0]
    store.close()


def test_a_database_from_before_opens_and_what_waits_in_it_is_stepped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "calls.db")
    with monkeypatch.context() as older:
        older.setattr(sqlite, "STEPS", schema.STEPS[:1])
        older.setattr(sqlite, "VERSION", 1)
        store = SqliteStore(path)
        store._db.execute(
            "INSERT INTO inbox (call_id, kind, body, at_ms, key, leg, begins, from_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (CALL, "notification", body(notification()), NOW * 1000, "m/0", 0, 1, -1),
        )
        store.close()
    bench = Bench(SqliteStore(path))
    bench.worker.work(NOW * 1000)
    assert bench.session().tenant_id == TENANT
    bench.store.close()
