"""Who looks on: several at once, one that breaks, and what worker, webhook and service tell."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import anyio
import httpx
import pytest

from flowlang.call.facts import Incoming
from flowlang.call.session import Session
from flowlang.runtime.auth import Expected, Verifier
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Service
from flowlang.runtime.watch import NO_WATCH, NoWatch, Played, Sent, Several, Verdict, Watch
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.store.base import Arrival, Parked, StoreError
from flowlang.store.memory import MemoryStore
from flowlang.telemetry.logs import LogWatch
from flowlang.telemetry.metrics import Metrics
from flowlang.telemetry.spans import Spans
from tests.properties.test_histories import plan_of
from tests.runtime.signing import NOW, key_set
from tests.runtime.test_webhook import CALL, body, notification
from tests.telemetry.watched import watched


class Noted(NoWatch):
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.verdicts: list[Verdict] = []
        self.seconds: list[float] = []
        self.sents: list[Sent] = []
        self.troubles: list[tuple[str, str]] = []
        self.played_ones: list[Played] = []
        self.parked_ones: list[Parked] = []

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        self.verdicts.append(verdict)
        self.seconds.append(seconds)

    def began(self, one: Played) -> None:
        self.told.append("began")

    def played(self, one: Played) -> None:
        self.told.append("played")
        self.played_ones.append(one)

    def ended(self, one: Played) -> None:
        self.told.append("ended")

    def sent(self, one: Sent) -> None:
        self.sents.append(one)

    def trouble(self, where: str, text: str) -> None:
        self.troubles.append((where, text))

    def parked(self, one: Parked) -> None:
        self.parked_ones.append(one)


class Broken(NoWatch):
    def played(self, one: Played) -> None:
        raise ValueError("broken")

    def sending(self, session: Session) -> AbstractContextManager[None]:
        raise ValueError("broken")


def all_of_them() -> list[Watch]:
    """The checker holds each against the protocol."""
    import structlog

    from flowlang.telemetry.masking import Masker

    log = structlog.wrap_logger(structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(20))
    return [NO_WATCH, Metrics(), Spans(lambda _span: None), LogWatch(log, Masker(b"k")), Several([NO_WATCH])]


@pytest.mark.parametrize("at", range(5))
def test_each_takes_a_whole_call(at: int) -> None:
    rig = watched("consult.flow", all_of_them()[at])
    assert rig.kept.counts().over == 1


def test_a_call_is_told_from_its_first_fact_to_its_last() -> None:
    noted = Noted()
    rig = watched("consult.flow", noted)
    assert noted.told[:2] == ["began", "played"]
    assert noted.told[-1] == "ended"
    assert noted.told.count("began") == noted.told.count("ended") == 1
    (call,) = rig.kept.calls(5, over=True)
    assert len(noted.played_ones) == len(rig.kept.journal(call.call_id))
    assert isinstance(noted.played_ones[0].fact, Incoming)


@pytest.mark.parametrize("line", range(10, 150, 20))
def test_a_call_whose_process_is_killed_is_told_once_at_most(line: int) -> None:
    noted = Noted()
    rig = watched("consult.flow", noted, kill_at=frozenset((line,)))
    (call,) = rig.kept.calls(5, over=True)
    assert noted.told.count("began") <= 1
    assert noted.told.count("ended") <= 1
    assert len(noted.played_ones) <= len(rig.kept.journal(call.call_id))


def test_one_that_breaks_does_not_hold_up_the_others_or_the_call(caplog: pytest.LogCaptureFixture) -> None:
    noted = Noted()
    with caplog.at_level(logging.ERROR):
        rig = watched("consult.flow", Several([Broken(), noted]))
    assert noted.told[-1] == "ended"
    assert rig.kept.counts().over == 1
    assert rig.kept.parked() == []
    assert "a watch failed" in caplog.text


# ---------------------------------------------------------------- the webhook


class Stored(Inbox):
    """An inbox that takes everything at once, or nothing."""

    def __init__(self, *, is_away: bool) -> None:
        super().__init__(lambda: None)
        self.store, self.is_away = MemoryStore(), is_away

    async def take(self, arrivals: Sequence[Arrival]) -> list[bool]:
        if self.is_away:
            raise StoreError("the disk is full")
        return self.store.arrive(arrivals)


@pytest.mark.parametrize(
    ("kind", "verdict", "status"),
    [
        ("new", "taken", 202),
        ("again", "repeat", 202),
        ("empty", "nothing", 202),
        ("no token", "refused", 401),
        ("long", "too long", 413),
        ("away", "not stored", 503),
    ],
)
def test_what_became_of_a_notification(kind: str, verdict: Verdict, status: int) -> None:
    noted = Noted()

    async def keys() -> object:
        return key_set()

    async def main() -> int:
        verifier = Verifier(Expected(("11111111-2222-4333-8444-555555555555",)), keys, lambda: NOW)
        inbox = Stored(is_away=kind == "away")
        webhook = Webhook(inbox, verifier if kind == "no token" else None, lambda: NOW * 1000, watch=noted)
        app = httpx.ASGITransport(webhook.around())
        async with httpx.AsyncClient(transport=app, base_url="http://x") as client:
            content = {"empty": b"", "long": b"x" * 1_000_001}.get(kind, body(notification()))
            headers = {"X-Microsoft-Skype-Message-ID": "m"}
            if kind == "again":
                await client.post("/callback", content=content, headers=headers)
            answer = await client.post("/callback", content=content, headers=headers)
        return answer.status_code

    assert anyio.run(main) == status
    assert noted.verdicts[-1] == verdict
    assert all(0 <= one < 60 for one in noted.seconds)


# ---------------------------------------------------------------- the service


def test_a_service_tells_requests_with_their_status_and_time() -> None:
    noted = Noted()

    async def main() -> None:
        store = MemoryStore()
        flows = StoredFlows(store, lambda _call: "flow", lambda: NOW * 1000)
        flows.serve({"flow": plan_of("consult.flow")})
        told = anyio.Event()

        class Waking(NoWatch):
            def sent(self, one: Sent) -> None:
                told.set()

        watch = Several([noted, Waking()])
        worker = Worker(store, flows, lambda _plan, _at: frozenset(), watch)

        async def carry(session: Session, command: object) -> Response:
            assert session.id == CALL
            assert command is not None
            return Response(403, b"{}")

        service = Service(store, worker, carry, lambda: NOW * 1000, "one", watch=watch)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.run)
            await service.inbox.take([Arrival(CALL, "notification", body(notification()), NOW * 1000, begins=True)])
            with anyio.fail_after(20):
                await told.wait()
            tasks.cancel_scope.cancel()

    anyio.run(main)
    assert noted.sents[0].status == 403
    assert noted.sents[0].attempt == 1
    assert 0 <= noted.sents[0].seconds < 20
    assert noted.told[0] == "began"


def test_a_call_that_no_flow_answers_and_one_that_breaks_are_told() -> None:
    noted = Noted()
    store = MemoryStore()
    flows = StoredFlows(store, lambda _call: None, lambda: NOW * 1000)
    worker = Worker(store, flows, lambda _plan, _at: frozenset(), noted)
    store.arrive([Arrival(CALL, "notification", body(notification()), NOW * 1000, begins=True)])
    worker.work(NOW * 1000)
    assert noted.troubles == [("routing", f"no flow answers call {CALL}: it is declined")]
    store.arrive([Arrival("b", "nonsense", b"", NOW * 1000, begins=True)])
    worker.work(NOW * 1000)
    assert [one.call_id for one in noted.parked_ones] == ["b"]
    assert noted.told == []


@pytest.mark.parametrize("name", [name for name in vars(Watch) if not name.startswith("_")])
def test_the_service_tells_everything_that_can_be_told(name: str) -> None:
    """What nobody tells would be a metric that stays 0 for ever."""
    house = Path(__file__).parents[2] / "flowlang"
    sources = [*(house / "runtime").glob("*.py"), *(house / "tools").glob("serve*.py")]
    told = [
        one.name for one in sources if one.name != "watch.py" and f"watch.{name}" in one.read_text(encoding="utf-8")
    ]
    assert told, name
