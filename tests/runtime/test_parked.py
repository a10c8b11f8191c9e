"""A fact that breaks the engine: that call alone rests, keeps what came, and is hung up at Graph."""

import anyio
import httpx
import pytest

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.engine.step import Stepped
from flowlang.engine.step import step as good_step
from flowlang.plan import Plan
from flowlang.runtime import worker as workers
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.watch import NoWatch
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.store.base import Parked
from flowlang.store.memory import MemoryStore
from tests.properties.test_histories import plan_of
from tests.runtime.test_sockets import clock_ms, until
from tests.runtime.test_webhook import body, notification


class Parks(NoWatch):
    """Notes which calls rest, and why."""

    def __init__(self, said: list[str]) -> None:
        self._said = said

    def parked(self, one: Parked) -> None:
        self._said.append(f"call {one.call_id} rests: {one.reason}")


@pytest.mark.parametrize("breaks_at", [1, 2, 3])
def test_the_call_that_broke_is_hung_up_and_the_others_go_on(breaks_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = 0
    sent: list[tuple[str, str, str]] = []
    said: list[str] = []

    def step(plan: Plan, session: Session, fact: Fact) -> Stepped:
        nonlocal facts
        if session.id == "bad":
            facts += 1
            if facts >= breaks_at:
                raise RuntimeError("planted")
        return good_step(plan, session, fact)

    async def carry(session: Session, command: Command) -> Response:
        assert isinstance(command, commands.Request)
        sent.append((session.id, type(command.act).__name__, command.call_id))
        return Response(202 if isinstance(command.act, commands.Answer) else 204)

    monkeypatch.setattr(workers, "step", step)

    async def main() -> None:
        store = MemoryStore()
        flows = StoredFlows(store, lambda _call: "flow", clock_ms)
        flows.serve({"flow": plan_of("transfer_blind_user.flow")})
        worker = Worker(store, flows, lambda _plan, _at: frozenset(), Parks(said))
        service = Service(store, worker, carry, clock_ms, "one")
        door = httpx.ASGITransport(Webhook(service.inbox, None, clock_ms).around())
        async with anyio.create_task_group() as tasks, httpx.AsyncClient(transport=door, base_url="http://t") as client:
            tasks.start_soon(service.run)
            for name in ("bad", "good"):
                await client.post("/callback", content=body(notification(call_id=name)))
                news = body(notification("updated", "established", name))
                await client.post(f"/callback/{name}/0", content=news)
            await until(lambda: ("bad", "HangUp", "bad") in sent and ("good", "Transfer", "good") in sent)
            await until(lambda: not [one for one in sent if one[0] == "bad" and one[1] == "Transfer"])
            (parked,) = store.parked()
            assert (parked.call_id, parked.reason) == ("bad", "RuntimeError: planted")
            assert store.counts().inbox >= 1  # what broke it is kept
            assert said == ["call bad rests: RuntimeError: planted"]
            tasks.cancel_scope.cancel()

    anyio.run(main)


def test_a_call_that_no_flow_answers_is_declined_once_and_kept() -> None:
    sent: list[tuple[str, str]] = []

    async def carry(session: Session, command: Command) -> Response:
        assert isinstance(command, commands.Request)
        sent.append((type(command.act).__name__, command.call_id))
        return Response(202)

    async def main() -> None:
        store = MemoryStore()
        flows = StoredFlows(store, lambda _call: None, clock_ms)
        service = Service(store, Worker(store, flows, lambda _plan, _at: frozenset()), carry, clock_ms, "one")
        door = httpx.ASGITransport(Webhook(service.inbox, None, clock_ms).around())
        async with anyio.create_task_group() as tasks, httpx.AsyncClient(transport=door, base_url="http://t") as client:
            tasks.start_soon(service.run)
            for _ in range(2):
                assert (await client.post("/callback", content=body(notification(call_id="x")))).status_code == 202
            await until(lambda: sent)
            await client.post("/callback/x/0", content=body(notification("deleted", "terminated", "x")))
            await until(lambda: store.counts().to_send == 0)
            assert sent == [("Reject", "x")]
            counts = store.counts()
            assert (counts.live, counts.over, counts.parked, counts.inbox) == (0, 1, 0, 0)
            (call,) = store.calls(5, over=True)
            assert decode(Session, call.state).caller is not None
            assert len(store.journal("x")) == 1
            tasks.cancel_scope.cancel()

    anyio.run(main)
