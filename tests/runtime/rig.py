"""A whole service without sockets: store, worker and sender on a simulated Graph, in virtual time, that can be killed.

A kill is an exception raised before or after any call of the store or of Graph; what is not in the store is gone, and
a new worker and sender go on.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Literal, NamedTuple

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import Started
from flowlang.hours import open_hours
from flowlang.plan import Plan
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.intake import arrivals_of
from flowlang.runtime.pauses import NOTICED_MS, PauseDetector
from flowlang.runtime.sender import LOST, NOT_PLACED, Answered, Ready, Response, Tried, answered, decide, goes_again_at
from flowlang.runtime.turn import Turner
from flowlang.runtime.worker import Worker, start_of, unheard
from flowlang.scenario.codec import Codec
from flowlang.scenario.loop import MAIN_ACTS
from flowlang.scenario.outcomes import Wanted
from flowlang.scenario.simulated import Simulated
from flowlang.scenario.world import Knobs, World
from flowlang.simulator.values import Outcome, Script
from flowlang.store.base import Postponed, Store, StoreError
from flowlang.wire.again import TOO_MANY, UNAVAILABLE, came_of, is_safe_twice
from flowlang.wire.http import HttpRequest

ROUND_TRIP_MS = 40
AT_ONCE = 100  # requests under way
AGAIN_MS = 1_000  # when Graph sends a notification again that nobody took
LONGEST_MS = 3_600_000
WRITES = ("before arrive", "before commit", "before answered", "before lease", "before postpone")
MOST_ROUNDS = 20_000


IDLE_MS = 250  # what is leased to nobody any more is looked for so often
MOST_TRIES = 3  # of Graph, where nobody answers


class Pause(NamedTuple):
    """For so long the service does nothing, and Graph goes on. `killed`: the process dies, and another one is started
    then; `stopped`: it is suspended; `full`: its disk is full, so that nothing can be written."""

    how: Literal["killed", "stopped", "full"]
    ms: int


class Killed(BaseException):
    """The process is gone."""


class Sent(NamedTuple):
    """A request that reached Graph, or a service."""

    call_id: str
    command: Command
    status: int
    at_ms: int = -1


class Guarded:
    """A store whose every call can be the last thing that the process does."""

    def __init__(self, store: Store, line: Callable[[str], None]) -> None:
        self._store, self._line = store, line

    def __getattr__(self, name: str) -> object:
        method = getattr(self._store, name)
        if name == "together":
            return self._together

        def call(*given: object, **named: object) -> object:
            self._line(f"before {name}")
            result = method(*given, **named)
            self._line(f"after {name}")
            return result

        return call

    @contextmanager
    def _together(self) -> Iterator[None]:
        self._line("before together")
        with self._store.together():
            yield
            self._line("before commit")
        self._line("after commit")


class Rig:
    """`run()` plays a call to its end. `kill_at`: numbers of lines at which the process dies. `script`: what Graph does
    with operations, beside what the world wants."""

    def __init__(
        self,
        plan: Plan,
        world: World,
        open_store: Callable[[], Store],
        seed: int = 1,
        kill_at: frozenset[int] = frozenset(),
        knobs: Knobs | None = None,
        script: tuple[tuple[str, Outcome], ...] = (),
        pauses: Mapping[int, Pause] | None = None,
        rests: tuple[tuple[int, Pause], ...] = (),
    ) -> None:
        self.plan, self.world, self.open_store, self.kill_at = plan, world, open_store, kill_at
        self.pauses = dict(pauses or {})
        self.rests = [(world.at_ms + after_ms, pause) for after_ms, pause in rests]
        self.full_until_ms = -1
        self.graph = Simulated(world, seed, knobs or Knobs())
        self.graph.graph.script = Script(*script)
        self.random = Random(seed)
        self.now_ms = world.at_ms
        self.lines = 0
        self.kills = 0
        self.lost = 0
        self.is_idle = self.has_paused = False
        self.sent: list[Sent] = []
        self.taken: list[HttpRequest] = []
        self.again: list[tuple[int, HttpRequest]] = []
        self.left: list[Wanted] = list(world.wanted)
        self.calendars = dict(world.calendars)
        self.people: list[tuple[int, str, str]] = []  # when somebody presses a key, or, without one, hangs up
        self.start()

    # ------------------------------------------------------------ the process

    def start(self) -> None:
        """A new process on what is stored. A process that dies while it starts is started again."""
        while True:
            try:
                store: Store = Guarded(self.open_store(), self.line)  # type: ignore[assignment]
                owner = f"process {self.kills}"
                store.end_leases(owner)
                flows = StoredFlows(store, lambda _call: "flow", lambda: self.now_ms)
                flows.serve({"flow": self.plan})
                self.worker = Worker(store, flows, self.hours)
                self.worker.resume(self.now_ms)
                self.detector = PauseDetector(self.now_ms)
                self.turner = Turner(store, self.worker, owner)
                self.answers: list[Answered] = []  # in memory only: gone with the process, like these
                self.postponed: list[Postponed] = []
                self.tried: dict[tuple[str, int], Tried] = {}
                self.store = store
                return
            except Killed:
                self.kills += 1

    def line(self, name: str) -> None:
        """One line at which the process may die or rest."""
        self.lines += 1
        self.rest(self.pauses.pop(self.lines, None))
        if self.lines in self.kill_at:
            raise Killed
        if name in WRITES and self.now_ms < self.full_until_ms:
            raise StoreError("the disk is full")

    def rest(self, pause: Pause | None) -> None:
        """The service does nothing for a while."""
        if pause is not None and pause.how == "full":
            self.full_until_ms = self.now_ms + pause.ms
        elif pause is not None:
            self.goes_on(self.now_ms + pause.ms)
        if pause is not None and pause.how == "killed":
            raise Killed

    def goes_on(self, until_ms: int) -> None:
        """Time passes for the world alone: people act, Graph posts to nobody. What it still tries when the service is
        back arrives then; all else is lost."""
        while True:
            due = [
                one for one in (self.graph.next_due_ms(), *[at_ms for at_ms, _, _ in self.people]) if one is not None
            ]
            if min(due, default=until_ms) >= until_ms:
                break
            self.now_ms = max(self.now_ms, min(due))
            self.act()
            for notification in self.graph.due(self.now_ms):
                self.lose(notification, until_ms)
        self.again = [(max(at_ms, until_ms), one) for at_ms, one in self.again]
        self.now_ms = max(self.now_ms, until_ms)

    def lose(self, notification: HttpRequest, until_ms: int) -> None:
        """Nobody takes it: Graph tries again, a few times."""
        last_ms = self.now_ms + (MOST_TRIES - 1) * AGAIN_MS
        if last_ms >= until_ms:
            self.again.append((until_ms, notification))
        else:
            self.lost += 1

    def hours(self, plan: Plan, at_ms: int) -> frozenset[str]:
        return open_hours(plan, at_ms, self.calendars, self.world.overrides)

    # ------------------------------------------------------------ the world

    def run(self) -> "Rig":
        world = self.world
        if world.kind == "start":
            self.kept.arrive([start_of("started", "flow", Started(world.at_ms, world.values))])
        else:
            call_id = self.graph.begin(world)
            for keys in world.keys:
                self.people += [(world.at_ms + keys.at_ms, call_id, key) for key in keys.keys]
            if world.hang_up_after_ms >= 0:
                self.people.append((world.at_ms + world.hang_up_after_ms, call_id, ""))
        ends_ms = self.now_ms + LONGEST_MS
        for _ in range(MOST_ROUNDS):
            try:
                self.round()
            except Killed:
                self.kills += 1
                self.start()
                continue
            following = self.next_ms()
            if following is None or following > ends_ms:
                return self
            self.has_paused |= self.detector.is_pause(self.now_ms)
            self.now_ms = max(self.now_ms, following)
            if not self.has_paused and self.now_ms >= self.full_until_ms:
                self.detector.worked(self.now_ms)  # nothing was to be done, and it could have been
        raise AssertionError(f"no end after {MOST_ROUNDS} rounds")

    def next_ms(self) -> int | None:
        graph_ms = self.graph.next_due_ms()
        kept = self.kept
        has_work = bool(self.answers or self.postponed or kept.take(self.now_ms, 1)) or kept.counts().to_send > 0
        if self.now_ms < self.full_until_ms:
            return min([at_ms for at_ms in (self.now_ms + 500, graph_ms) if at_ms is not None])
        due = [self.now_ms + (IDLE_MS if self.is_idle else 1)] if has_work else []
        due += [at_ms for at_ms, _, _ in self.people] + [at_ms for at_ms, _ in self.rests]
        due += [at_ms for at_ms in (graph_ms, kept.next_due_ms()) if at_ms is not None]
        due += [at_ms for at_ms, _ in self.again]
        return min(due, default=None)

    def round(self) -> None:
        """What is due now comes in, is worked through, and goes out."""
        self.act()
        while self.rests and self.rests[0][0] <= self.now_ms:
            self.rest(self.rests.pop(0)[1])
        due = [*self.graph.due(self.now_ms), *[one for at_ms, one in self.again if at_ms <= self.now_ms]]
        self.again = [pair for pair in self.again if pair[0] > self.now_ms]
        arrivals = [one for notification in due for one in arrivals_of(notification, self.now_ms)]
        if self.has_paused or self.detector.is_pause(self.now_ms):
            self.has_paused = False
            self.detector.worked(self.now_ms)
            self.worker.resume(self.now_ms)
        try:
            arrivals += [unheard(one, self.now_ms) for one in self.kept.unheard(self.worker.resumed_ms, AT_ONCE)]
            turned = self.turner.turn(arrivals, self.answers, self.now_ms, AT_ONCE, self.postponed)
            self.line("before 202")
        except StoreError:  # 503 for Graph; what came back waits in memory
            for one in due:
                self.lose(one, self.full_until_ms)
            return
        except Killed:  # Graph does not know whether it was taken, and sends it again
            self.again += [(self.now_ms + AGAIN_MS, one) for one in due]
            raise
        self.is_idle = turned.is_idle
        self.answers, self.postponed = [], []
        self.taken += due
        for ready in turned.ready:
            self.send(ready)

    def act(self) -> None:
        """What people do by now."""
        for at_ms, call_id, key in [one for one in self.people if one[0] <= self.now_ms]:
            self.people.remove((at_ms, call_id, key))
            if key:
                self.graph.press(call_id, key, self.now_ms)
            else:
                self.graph.hang_up(call_id, self.now_ms)

    def send(self, ready: Ready) -> None:
        began_ms = self.now_ms
        response = self.response(ready)
        if response is None:
            return
        under_way_ms = self.now_ms - began_ms
        paused_ms = under_way_ms if under_way_ms > NOTICED_MS else 0
        intent = ready.leased.intent
        key = (intent.call_id, intent.number)
        tried = self.tried.pop(key, Tried(self.now_ms))
        at_ms = goes_again_at(ready, response, tried, self.now_ms, self.random, paused_ms)
        if at_ms is None:
            self.answers.append(answered(ready, response, self.now_ms))
            return
        self.tried[key] = tried._replace(tries=tried.tries + 1)
        self.postponed.append(Postponed(*key, ready.leased.attempt, at_ms))

    def response(self, ready: Ready) -> Response | None:
        match decide(ready, self.now_ms):
            case "lost":
                return LOST
            case "late":
                return None
            case "withdrawn":
                return NOT_PLACED
            case "send":
                return self.carry(ready.leased.intent.call_id, ready.command)

    def carry(self, call_id: str, command: Command) -> Response:
        self.line("before sending")
        if not isinstance(command, commands.Request):
            self.sent.append(Sent(call_id, command, 200))
            return Response(200, b"{}")
        stored = self.kept.session(call_id)
        assert stored is not None
        encoded = Codec(self.plan, self.world, call_id).encode(_with_call_id(stored.state, command))
        response = self.graph.take(encoded, self.now_ms, self._wanted(command))
        self.sent.append(Sent(call_id, command, response.status if response is not None else 0, self.now_ms))
        self.line("after sending")
        self.now_ms += ROUND_TRIP_MS
        came = came_of(response, self.now_ms)
        return Response(came.status, response.body if response is not None else b"", came.wait_ms)

    def _wanted(self, command: commands.Request) -> Wanted | None:
        for at, wanted in enumerate(self.left):
            if isinstance(command.act, MAIN_ACTS.get(wanted.step, ())):
                return self.left.pop(at)
        return None

    # ------------------------------------------------------------ what must hold

    @property
    def kept(self) -> Store:
        """The store itself, which nobody kills."""
        store: Store = self.store._store  # type: ignore[attr-defined]
        return store

    def sent_twice(self) -> list[Sent]:
        """Requests that Graph saw more than once though it must not be on a guess."""
        seen: set[tuple[str, int]] = set()
        twice: list[Sent] = []
        for one in self.sent:
            if one.status in (TOO_MANY, UNAVAILABLE):
                continue  # Graph said that it did not take it
            if isinstance(one.command, commands.Request) and not is_safe_twice(one.command):
                key = (one.call_id, one.command.number)
                if key in seen:
                    twice.append(one)
                seen.add(key)
        return twice


def _with_call_id(state: bytes, command: commands.Request) -> commands.Request:
    """A request that was made before its leg had an id gets it when it leaves."""
    from flowlang.call.session import Session
    from flowlang.codec import decode

    if command.call_id:
        return command
    legs = decode(Session, state).legs
    return command._replace(call_id=legs[command.leg].call_id) if command.leg < len(legs) else command
