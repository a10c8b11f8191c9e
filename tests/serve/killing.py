"""Services that are killed and started again on one store, and what Graph saw of it."""

import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final, Literal, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import anyio
import anyio.abc
from starlette.requests import ClientDisconnect

from flowlang.call import facts
from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.codec import decode, from_json
from flowlang.engine.step import is_finished
from flowlang.runtime.intake import arrivals_of
from flowlang.runtime.sender import NOT_PLACED
from flowlang.sim_server.post import Posted
from flowlang.sim_server.server import GraphServer
from flowlang.sim_server.wishes import coming
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.values import CallView, Taken
from flowlang.store.base import Arrival, Counts, Listed, StoreError, Which
from flowlang.store.sqlite import SqliteStore
from flowlang.wire.decode import decode_notification
from flowlang.wire.http import HttpRequest
from tests.serve.lines import Line, Signal
from tests.serve.processes import write_settings

ROOT: Final = Path(__file__).parents[2]
PATIENCE_SECONDS: Final = 60.0
LINE_SECONDS: Final = 3.0  # a line that is not passed by then is not waited for, where that is no failure
STARTS_SECONDS: Final = 0.15  # a kill that comes sooner counts from the start of the process, else from when it listens
AT_ONCE: Final = 4  # calls that are up in one lane
HARMLESS: Final = ("keepAlive", "subscribeToTone", "cancelMediaProcessing")
NEWS: Final = (facts.Incoming, facts.CallUpdated, facts.RosterUpdated, facts.OperationUpdated)
NOTHING: Final = Counts(0, 0, 0, 0, 0)
BOUNDS: Final = {"ring": "5s", "transfer": "6s", "transfer_longest": "8s"}
ACCOUNTS: Final = {name: str(uuid5(NAMESPACE_DNS, name)) for name in ("consult", "blind")}
"""Whom people call, by the flow that answers."""
FIRST_PORT, LAST_PORT = 15_000, 31_000  # below those that the system gives to whoever connects somewhere


class Child:
    """A service. `status`: its exit code, negative for a signal. `reached`: it came to its line, where it is killed or
    stopped."""

    def __init__(self) -> None:
        self.ended, self.reached = anyio.Event(), anyio.Event()
        self.status = 0
        self.killed_at: Line | None = None


class Nursery:
    """Starts services quickly."""

    def __init__(self, process: anyio.abc.Process) -> None:
        self._process = process
        self._children: dict[int, Child] = {}
        self.warm = anyio.Event()

    async def listen(self) -> None:
        assert self._process.stdout is not None
        waiting = b""
        async for part in self._process.stdout:
            *lines, waiting = (waiting + part).split(b"\n")
            for line in lines:
                self._told(json.loads(line))

    def _told(self, said: dict[str, Any]) -> None:
        if "is_warm" in said:
            self.warm.set()
            return
        child = self._children[said["number"]]
        if "killed_at" in said:
            child.killed_at = Line(*said["killed_at"])
            child.reached.set()
        else:
            child.status = said["status"]
            child.reached.set()
            child.ended.set()

    async def start(self, lane: "Lane", kill_at: Line | None, how: Signal = "kill", lease_ms: int = 0) -> Child:
        """`how`: what happens to it at that line. `lease_ms`: how long a request is its own; 0: the usual time."""
        child, number = Child(), len(self._children)
        self._children[number] = child
        places = {"flows": str(lane.flows), "settings": str(lane.settings), "log": str(lane.log)}
        await self._ask(number=number, kill_at=kill_at, how=how, lease_ms=lease_ms, **places)
        return child

    async def signal(self, child: Child, number: int) -> None:
        """A child that has ended meanwhile gets none."""
        await self._ask(number=next(n for n, one in self._children.items() if one is child), signal=number)

    async def _ask(self, **asked: object) -> None:
        assert self._process.stdin is not None
        await self._process.stdin.send(json.dumps(asked).encode() + b"\n")


@asynccontextmanager
async def nursery(flows: Path) -> AsyncIterator[Nursery]:
    command = [sys.executable, "-m", "tests.serve.nursery", str(flows)]
    env = {**os.environ, "TEST_BOT_SECRET": "not much of a secret"}
    async with (
        await anyio.open_process(command, cwd=ROOT, env=env, stderr=None) as process,
        anyio.create_task_group() as tasks,
    ):
        one = Nursery(process)
        tasks.start_soon(one.listen)
        with anyio.fail_after(PATIENCE_SECONDS):
            await one.warm.wait()
        yield one
        assert process.stdin is not None
        await process.stdin.aclose()  # it ends, and whoever is left with it


# ---------------------------------------------------------------- what Graph saw


class Sent(NamedTuple):
    """A request. `id`: the same when it comes again."""

    id: str
    method: str
    path: str
    status: int

    @property
    def operation(self) -> str:
        return self.path.rpartition("/")[2]


class Watched:
    """An application, and what was asked of it."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.sent: list[Sent] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                id_ = dict(scope["headers"]).get(b"client-request-id", b"").decode()
                self.sent.append(Sent(id_, scope["method"], scope["path"], message["status"]))
            await send(message)  # whoever asked may be gone: it counts all the same

        with suppress(ClientDisconnect):  # whoever asked was killed before its request was here
            await self._app(scope, receive, sending)


def remembering(server: GraphServer) -> "list[Post]":
    """All that this Graph posts from now on, and how it was answered."""
    stage, posts = server.stage, list[Post]()

    def posted(graph: SimulatedGraph, one: Posted) -> None:
        posts.append(Post(stage.clock_ms(), one))
        type(stage).posted(stage, graph, one)

    vars(stage)["posted"] = posted
    return posts


class Post(NamedTuple):
    """A notification, and when its answer came."""

    at_ms: int
    posted: Posted

    @property
    def arrivals(self) -> list[Arrival]:
        one = self.posted.delivery
        return arrivals_of(HttpRequest("POST", one.url, one.headers, one.body), 0)


# ---------------------------------------------------------------- a lane


class Lane:
    """One store, and one service after the other on it. `kills`: lines at which they die, or after so many
    seconds."""

    def __init__(self, name: str, folder: Path, graph_url: str, server: GraphServer, wishes: Iterator[dict[str, Any]]):
        self.name, self.server, self._wishes = name, server, wishes
        self.folder = folder / name
        self.folder.mkdir()
        self.flows, self.log, self.store = folder / "flows", self.folder / "log", self.folder / "calls.db"
        self.calls: dict[str, dict[str, Any]] = {}
        self.kills = 0
        self.port = free_port(f"{folder} {name} notifications")
        admin = free_port(f"{folder} {name} admin")
        answers = {account: flow for flow, account in ACCOUNTS.items()}
        self.settings = write_settings(self.folder, graph_url, self.port, admin, answers=answers, defaults=BOUNDS)

    async def run(self, one: Nursery, kills: Sequence[Line | float], *, is_strict: bool = True) -> None:
        """Kill one after the other while calls come in; the last one brings them to their ends. A line that is never
        passed is a failure where it `is_strict`, else the service is killed at that moment."""
        for kill in kills:
            child = await one.start(self, kill if isinstance(kill, Line) else None)
            with anyio.move_on_after(PATIENCE_SECONDS):
                if isinstance(kill, float):
                    while kill > STARTS_SECONDS and not (child.ended.is_set() or await self._listens()):  # noqa: ASYNC110 - a port tells nobody
                        await anyio.sleep(0.01)
                    await self._while_calls_come(child, kill)
                    await one.signal(child, signal.SIGKILL)
                    await child.ended.wait()
                else:
                    await self._while_calls_come(child, PATIENCE_SECONDS if is_strict else LINE_SECONDS)
                    if not (is_strict or child.reached.is_set()):
                        await one.signal(child, signal.SIGKILL)
                    await child.ended.wait()
            told = f"{self.name}, killed at {kill}: {child.status}, {child.killed_at}\n{self.said()}"
            assert child.status == -signal.SIGKILL, told
            assert isinstance(kill, float) or child.killed_at == kill or not is_strict, told
            self.kills += 1
        await self._to_the_end(one, await one.start(self, None))

    async def rest(self, one: Nursery, line: Line, seconds: float, lease_ms: int) -> Child:
        """One service that is stopped at a line for so long, goes on, and brings all calls to their ends."""
        child = await one.start(self, line, "stop", lease_ms)
        with anyio.move_on_after(PATIENCE_SECONDS):
            await self._while_calls_come(child, PATIENCE_SECONDS)
        await anyio.sleep(seconds)
        await one.signal(child, signal.SIGCONT)
        await self._to_the_end(one, child)
        return child

    async def _to_the_end(self, one: Nursery, last: Child) -> None:
        with anyio.move_on_after(PATIENCE_SECONDS):
            while not (last.ended.is_set() or await self._listens()):  # noqa: ASYNC110 - before that SIGTERM is no stop
                await anyio.sleep(0.01)
            while not last.ended.is_set() and not self.is_over():  # noqa: ASYNC110 - the store tells nobody
                await anyio.sleep(0.05)
        await one.signal(last, signal.SIGTERM)
        await last.ended.wait()
        assert last.status == 0, f"{self.name}: {last.status}\n{self.said()}"

    async def _while_calls_come(self, child: Child, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            while not child.reached.is_set():
                up = [call for call in self.calls if self._is_up(call)]
                if len(up) < AT_ONCE and await self._listens():
                    self._call()
                with anyio.move_on_after(0.03):
                    await child.reached.wait()

    async def _listens(self) -> bool:
        try:
            stream = await anyio.connect_tcp("127.0.0.1", self.port)
        except OSError:
            return False
        await stream.aclose()
        return True

    def _call(self) -> None:
        wish = next(self._wishes)
        self.server.graph.webhook = f"http://127.0.0.1:{self.port}/callback"
        self.calls[self.server.stage.place(coming(wish))] = wish

    def view(self, call_id: str) -> CallView:
        view = self.server.graph.call(call_id)
        assert view is not None
        return view

    def _is_up(self, call_id: str) -> bool:
        return self.view(call_id).state != "ended"

    def legs(self, call_id: str) -> list[str]:
        """A call, and those that were made for it."""
        family = self.server.stage.stories.of(call_id)
        assert family is not None
        return family.legs

    def is_over(self) -> bool:
        if any(self._is_up(call) for call in self.calls):
            return False
        try:
            with looking(self.store) as store:
                return store.counts()._replace(over=0) == NOTHING
        except StoreError:  # nobody has come as far as to make one
            return False

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


def free_port(name: str) -> int:
    """A port that nobody has. By name, so that tests that run side by side seldom try the same ones."""
    random = Random(f"{os.getpid()} {name}")
    while True:
        port = random.randrange(FIRST_PORT, LAST_PORT)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@contextmanager
def looking(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(str(path), read_only=True)
    try:
        yield store
    finally:
        store.close()


# ---------------------------------------------------------------- what must hold

Kind = Literal["lost", "doubled", "stranded", "safety net", "made up"]


class Trouble(NamedTuple):
    """`lost`: what was accepted has no effect. `doubled`: what Graph had taken was asked for again, or news was handled
    twice. `stranded`: a leg, a call or a request is left over. `safety net`: it ran though Graph was well. `made up`:
    an answer that Graph never gave."""

    kind: Kind
    text: str


def troubles(lane: Lane, sent: Sequence[Sent], posts: Sequence[Post]) -> list[Trouble]:
    """All that should not be, after the last service has come to its end."""
    graph = lane.server.graph
    with looking(lane.store) as store:
        listed = {one.session.call_id: one for one in store.find(Which(), 10_000).found}
        counts = store.counts()
        journals = {call: [from_json(json.loads(one.fact)) for one in store.journal(call)] for call in listed}
    sessions = {call: decode(Session, one.session.state) for call, one in listed.items()}
    legs = {leg for call in lane.calls for leg in lane.legs(call)}
    mine = [one for one in posts if f":{lane.port}/" in one.posted.delivery.url]
    accepted = {
        arrival.call_id for one in mine if one.posted.status == 202 for arrival in one.arrivals if arrival.begins
    }
    stranded = [] if counts._replace(over=0) == NOTHING else [f"something is left: {counts}"]
    stranded += [f"{leg} is up" for leg in graph.legs_up() if leg in legs]
    stranded += [f"{call} is not finished" for call, session in sessions.items() if not is_finished(session)]
    doubled = sent_twice([one for one in sent if one.id.rpartition("-")[0] in listed])
    doubled += taken_twice(lane, [one for one in graph.taken if one.call_id in legs])
    lost = [f"{call} was accepted and is not there" for call in accepted if call not in listed]
    made_up: list[str] = []
    for call, one in listed.items():
        left_out, repeated = not_once(call, one, journals[call], mine)
        lost, doubled = lost + left_out, doubled + repeated
        made_up += never_said(call, journals[call], sent)
    net = [call for call, session in sessions.items() if session.in_net and is_plain(lane.calls.get(call))]
    by_kind: dict[Kind, list[str]] = {
        "lost": lost, "doubled": doubled, "stranded": stranded, "safety net": net, "made up": made_up,
    }  # fmt: skip
    return [Trouble(kind, text) for kind, texts in by_kind.items() for text in texts]


def is_plain(wish: dict[str, Any] | None) -> bool:
    """Whether nobody wanted anything to fail in a call, and the caller stays."""
    return wish is not None and not wish["outcomes"] and "hang_up_in_ms" not in wish


def endings(lane: Lane, posts: Sequence[Post]) -> list[str]:
    """How those calls ended that were accepted, and in which nobody wanted anything to fail."""
    accepted = {one.call_id for post in posts if post.posted.status == 202 for one in post.arrivals if one.begins}
    plain = [call for call, wish in lane.calls.items() if is_plain(wish)]
    ends = [lane.server.stage.ending(lane.view(call)) for call in plain if call in accepted]
    return [one.word if one is not None else "goes on" for one in ends]


def taken_twice(lane: Lane, taken: Sequence[Taken]) -> list[str]:
    """Calls that were answered or handed over twice, under whatever number."""
    found = [f"{one.call_id} was to be transferred while it was" for one in taken if one.code == "8607"]
    for operation in ("answer", "transfer"):
        often = Counter([one.call_id for one in taken if one.operation == operation and one.status == 202])
        for call, times in often.items():
            if times > 1 and not lane.calls.get(call, {}).get("outcomes"):  # a transfer that failed may be tried again
                found.append(f"{operation} of {call} was taken {times} times")
    return found


def sent_twice(sent: Sequence[Sent]) -> list[str]:
    """Requests that came again after Graph had taken them, though that may do harm."""
    taken: set[str] = set()
    found = []
    for one in sent:
        if one.method != "POST" or one.operation in HARMLESS:
            continue
        if one.id in taken:
            found.append(f"{one.operation} {one.id} came again after it was taken")
        if 200 <= one.status < 300:
            taken.add(one.id)
    return found


def never_said(call: str, journal: Sequence[object], sent: Sequence[Sent]) -> list[str]:
    """Answers in the journal of a call that Graph did not give. A call that was withdrawn was never asked for."""
    said = {(one.id, one.status) for one in sent}
    asked = {one.id for one in sent}
    found = []
    for one in journal:
        if not isinstance(one, facts.RequestAnswered) or not one.status:
            continue
        id_ = f"{call}-{one.request}"
        if one.status == NOT_PLACED.status and id_ not in asked:
            continue
        if (id_, one.status) not in said:
            found.append(f"{call}: {(id_, one.status)} was never said")
    return found


def not_once(
    call: str, listed: Listed, journal: Sequence[object], posts: Sequence[Post]
) -> tuple[list[str], list[str]]:
    """Accepted notifications of a call that are not in its journal, and those that are there more than once."""
    posted: dict[str, list[Fact]] = {}
    accepted: dict[str, list[Fact]] = {}
    for post in posts:
        for arrival in post.arrivals:
            if arrival.call_id != call:
                continue
            news = [_plain(one) for one in decode_notification(arrival.body, 0, arrival.leg) if isinstance(one, NEWS)]
            posted[arrival.key] = news
            if (
                post.posted.status == 202 and listed.began_ms <= post.at_ms < listed.over_ms
            ):  # else there was no call, or no more
                accepted[arrival.key] = news
    stepped = Counter([_plain(one) for one in journal if isinstance(one, NEWS)])
    wanted = Counter([one for news in accepted.values() for one in news])
    most = Counter([one for news in posted.values() for one in news])
    return (
        [f"{call}: accepted, and not handled: {one}" for one in (wanted - stepped)],
        [f"{call}: handled more often than it came: {one}" for one in (stepped - most)],
    )


def _plain(fact: Any) -> Any:
    return fact._replace(at_ms=0, open_hours=frozenset())
