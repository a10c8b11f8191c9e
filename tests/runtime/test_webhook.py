"""The door for Graph, over ASGI: what it takes, what it refuses, and that nothing is claimed that is not durable."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowlang.runtime import inbox as inboxes
from flowlang.runtime import webhook as webhooks
from flowlang.runtime.auth import Expected, Verifier
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.intake import MOST_NOTIFICATIONS, NEW_CALLS, TooManyError, arrivals_at
from flowlang.runtime.webhook import Webhook
from flowlang.store.base import Arrival, StoreError
from flowlang.store.memory import MemoryStore
from tests.runtime.signing import APPLICATION, NOW, TENANT, bearer, key_set
from tests.runtime.told import Told

CALL = "57dab8b1-894c-409a-b240-bd8beae78896"


def notification(change: str = "created", state: str = "incoming", call_id: str = CALL) -> dict[str, Any]:
    data = {
        "@odata.type": "#microsoft.graph.call", "state": state, "direction": "incoming", "callChainId": "chain",
        "source": {"identity": {"phone": {"id": "+12025550123"}}}, "targets": [], "tenantId": TENANT,
    }  # fmt: skip
    return {"changeType": change, "resourceUrl": f"/communications/calls/{call_id}", "resourceData": data}


def body(*items: dict[str, Any]) -> bytes:
    return json.dumps({"value": list(items)}).encode()


class Slow(MemoryStore):
    """A store that counts its commits, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0
        self.is_away = False

    def arrive(self, arrivals: Any) -> list[bool]:
        self.commits += 1
        if self.is_away:
            raise StoreError("the disk is full")
        return super().arrive(arrivals)


def run(
    use: Callable[[httpx.AsyncClient, Slow], Awaitable[None]],
    verifier: Verifier | None = None,
    said: list[str] | None = None,
) -> None:
    """Serve in this process while `use` posts."""

    async def main() -> None:
        store = Slow()
        came = [anyio.Event()]
        inbox = Inbox(lambda: came[0].set())  # noqa: PLW0108 - there is a new event each time

        async def write() -> None:
            while True:
                await came[0].wait()
                came[0] = anyio.Event()
                while batches := inbox.following():
                    arrivals = [one for batch in batches for one in batch.arrivals]
                    try:
                        new = await anyio.to_thread.run_sync(store.arrive, arrivals)
                    except StoreError as error:
                        inbox.refused(batches, error)
                    else:
                        inbox.written(batches, new)

        made = Webhook(inbox, verifier, lambda: 1_000, Told(said))
        transport = httpx.ASGITransport(made.around(), raise_app_exceptions=True)
        async with (
            anyio.create_task_group() as tasks,
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            tasks.start_soon(write)
            with anyio.fail_after(20):
                await use(client, store)
            tasks.cancel_scope.cancel()

    anyio.run(main)


def test_a_call_that_begins_is_taken_with_202() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        answer = await client.post("/callback", content=body(notification()))
        assert (answer.status_code, answer.content) == (202, b"")
        (work,) = store.take(0, 10)
        assert work.session.call_id == CALL
        assert (work.received[0].arrival.begins, work.received[0].arrival.leg) == (True, 0)
        assert work.received[0].arrival.at_ms == 1_000

    run(use)


@pytest.mark.parametrize("base", ["/callback", "/api/calls"])
def test_news_of_a_leg_comes_to_the_address_of_the_leg(base: str) -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        await client.post(base, content=body(notification()))
        answer = await client.post(f"{base}/{CALL}/3", content=body(notification("updated", "established", "other")))
        assert answer.status_code == 202
        (work,) = store.take(0, 10)
        assert [one.arrival.leg for one in work.received] == [0, 3]

    run(use)


def test_a_repeat_is_known_by_the_id_of_the_first_copy() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        for own in ("m1", "m2"):
            headers = {"X-Microsoft-Skype-Message-ID": own, "X-Microsoft-Skype-Original-Message-ID": "m1"}
            assert (await client.post("/callback", content=body(notification()), headers=headers)).status_code == 202
        assert len(store.take(0, 10)[0].received) == 1

    run(use)


def test_one_post_may_hold_news_of_several_calls() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        answer = await client.post("/callback", content=body(notification(), notification(call_id="another")))
        assert answer.status_code == 202
        assert [one.session.call_id for one in store.take(0, 10)] == [CALL, "another"]

    run(use)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b'{"value": []}', b"not json", b'{"value": 3}', b"\xff\xfe"]
)
def test_what_says_nothing_is_accepted_and_ignored(content: bytes) -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        assert (await client.post("/callback", content=content)).status_code == 202
        assert store.take(0, 10) == []

    run(use)


def test_news_of_a_call_that_nobody_knows_is_accepted_and_ignored() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        answer = await client.post("/callback", content=body(notification("updated", "established")))
        assert answer.status_code == 202
        assert store.take(0, 10) == []

    run(use)


def test_without_a_good_token_nothing_is_read() -> None:
    said: list[str] = []

    async def fetch() -> object:
        return key_set("k1")

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        for header in ({}, {"Authorization": bearer(aud="somebody else")}, {"Authorization": bearer("k9")}):
            answer = await client.post("/callback", content=body(notification()), headers=header)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert store.take(0, 10) == []
        good = await client.post("/callback", content=body(notification()), headers={"Authorization": bearer()})
        assert good.status_code == 202
        assert len(store.take(0, 10)) == 1

    run(use, Verifier(Expected((APPLICATION,)), fetch, lambda: float(NOW)), said)
    assert len(said) == 3
    assert not any("eyJ" in one for one in said)  # no part of a token


def test_the_operator_hears_of_the_legacy_format() -> None:
    """A bot whose channel still has it never gets a call: Graph sends what nobody here reads."""
    said: list[str] = []

    async def use(client: httpx.AsyncClient, _store: Slow) -> None:
        for content in (b'{"callState": "incoming", "presentedModalityTypes": ["audio"]}', b"", b"no json"):
            assert (await client.post("/callback", content=content)).status_code == 202

    run(use, None, said)
    assert said == [
        "Graph sent a notification in the legacy format: see the bot's calling settings",
        "Graph sent a notification that is no JSON",
    ]


def test_while_there_are_no_keys_graph_is_to_send_it_again() -> None:
    """The token may be good: nothing is claimed, and nothing is refused."""

    async def away() -> object:
        raise OSError("the page is away")

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        answer = await client.post("/callback", content=body(notification()), headers={"Authorization": bearer()})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert store.commits == 0

    run(use, Verifier(Expected((APPLICATION,)), away, lambda: float(NOW)))


@pytest.mark.parametrize("leg", ["9" * 10, "9" * 5_000, "-1", "²", "٣", "1/2", ""])
def test_what_is_no_leg_is_no_address(leg: str) -> None:
    async def use(client: httpx.AsyncClient, _store: Slow) -> None:
        assert (await client.post(f"/callback/{CALL}/{leg}", content=body(notification()))).status_code == 404

    run(use)


@pytest.mark.parametrize("begins", [b"", b"{"])
def test_whoever_never_says_all_is_sent_away(begins: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE_SECONDS", 0.1)
    said: list[str] = []

    async def drip() -> AsyncIterator[bytes]:
        if begins:
            yield begins
        while True:
            await anyio.sleep(0.02)
            yield b" "

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        answer = await client.post("/callback", content=drip())
        assert (answer.status_code, answer.headers["connection"]) == (408, "close")
        assert store.commits == 0

    run(use, None, said)
    assert said == ["a notification did not come to its end in 0.1 s"]


def test_a_body_in_parts_is_put_together() -> None:
    async def parts() -> AsyncIterator[bytes]:
        whole = body(notification())
        for at in range(0, len(whole), 50):
            await anyio.lowlevel.checkpoint()
            yield whole[at : at + 50]

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        assert (await client.post("/callback", content=parts())).status_code == 202
        assert store.counts().inbox == 1

    run(use)


def test_a_body_that_is_too_long_is_refused_whether_it_says_so_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_BYTES", 5_000)

    async def parts() -> Any:
        for _ in range(6):
            yield b"x" * 1_000

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        assert (await client.post("/callback", content=b"x" * 5_001)).status_code == 413
        assert (await client.post("/callback", content=parts())).status_code == 413
        assert (await client.post("/callback", content=b"x" * 5_000)).status_code == 202
        assert store.commits == 0

    run(use)


def test_while_the_store_is_away_nothing_is_claimed() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        store.is_away = True
        answer = await client.post("/callback", content=body(notification()))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        store.is_away = False
        assert (await client.post("/callback", content=body(notification()))).status_code == 202
        assert len(store.take(0, 10)) == 1

    run(use)


def test_when_too_many_wait_nothing_more_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "MOST_WAITING", 0)

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        assert (await client.post("/callback", content=body(notification()))).status_code == 503
        assert store.commits == 0

    run(use)


def test_a_burst_is_committed_in_groups() -> None:
    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        statuses: list[int] = []

        async def post(number: int) -> None:
            answer = await client.post("/callback", content=body(notification(call_id=f"call-{number}")))
            statuses.append(answer.status_code)

        async with anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(post, number)
        assert statuses == [202] * 200
        assert len(store.take(0, 1_000)) == 200
        assert store.commits < 100

    run(use)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_taken(method: str) -> None:
    async def use(client: httpx.AsyncClient, _store: Slow) -> None:
        assert (await client.request(method, "/callback")).status_code == 405

    run(use)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["value", "changeType", "resourceUrl", "resourceData", "@odata.type", "state", "x"]),
                inner, max_size=4,
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    )
)  # fmt: skip
def test_whatever_comes_it_is_never_an_error_of_ours(content: bytes) -> None:
    async def use(client: httpx.AsyncClient, _store: Slow) -> None:
        assert (await client.post("/callback", content=content)).status_code == 202

    run(use)


def test_an_arrival_keeps_its_bytes() -> None:
    content = body(notification())

    async def use(client: httpx.AsyncClient, store: Slow) -> None:
        await client.post("/callback", content=content)
        assert store.take(0, 1)[0].received[0].arrival == Arrival(CALL, "notification", content, 1_000, "", 0, True)

    run(use)


def test_several_notifications_are_kept_each_by_itself_however_they_are_written() -> None:
    """Without a word of change too: else each of thousands would be kept with the whole body."""
    values = [{"resourceUrl": f"/app/calls/{number}", "resourceData": {}} for number in range(3)]
    found = arrivals_at(NEW_CALLS, "m", json.dumps({"value": values}).encode(), 0)
    assert [one.call_id for one in found] == ["0", "1", "2"]
    assert [json.loads(one.body)["value"] for one in found] == [[one] for one in values]
    assert [one.key for one in found] == ["m/0", "m/1", "m/2"]


@pytest.mark.parametrize("more", [{}, {"changeType": "updated"}])
def test_thousands_of_notifications_at_once_are_refused(more: dict[str, str]) -> None:
    values = [{"resourceUrl": f"/app/calls/{number}", **more} for number in range(MOST_NOTIFICATIONS + 1)]
    with pytest.raises(TooManyError):
        arrivals_at(NEW_CALLS, "m", json.dumps({"value": values}).encode(), 0)
    assert len(arrivals_at(NEW_CALLS, "m", json.dumps({"value": values[1:]}).encode(), 0)) == MOST_NOTIFICATIONS
