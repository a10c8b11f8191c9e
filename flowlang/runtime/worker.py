"""From what is in the store to what is in the store: facts are decoded, stepped in the order of their times, and what
came of them is written back in one transaction.

A worker that dies at any line has done nothing: the same work is taken again. Facts carry the time at which they were
taken in, so the second time gives the same answer.
"""

import json
from collections.abc import Callable, Iterator
from heapq import merge
from typing import NamedTuple

from flowlang.call import commands, facts
from flowlang.call.commands import Command
from flowlang.call.facts import Fact, Value
from flowlang.call.results import Result
from flowlang.call.session import Session, next_due
from flowlang.codec import NotReadableError, decode, encode, from_json
from flowlang.engine.step import is_finished, new_session, step
from flowlang.plan import Plan
from flowlang.runtime.flows import Flows
from flowlang.runtime.watch import NO_WATCH, Played, Watch
from flowlang.store.base import Answer, ConflictError, Done, Entry, Intent, Parked, Received, Store, Work
from flowlang.wire.decode import decode_answer, decode_notification
from flowlang.wire.http import HttpResponse

MOST_CALLS = 200  # in one transaction
MOST_FACTS = 500  # of one call in one transaction; a burst of more is worked through in the next
ENTRIES = 1 << 20  # numbers of the journal: the version of the session, then the fact in it
OWN_LANE = 1_000_000  # what goes to services and to our own store keeps no order with requests about legs
Hours = Callable[[Plan, int], frozenset[str]]


class ParkedError(Exception):
    """Something in a call's work cannot be worked through: the call rests, the others go on."""


class Worked(NamedTuple):
    """What one round came to: calls stepped, and those that had to be parked."""

    calls: int
    facts: int
    parked: tuple[Parked, ...]


class Worker:
    """`work(now_ms)` does one round. `hours(plan, at_ms)` names the hours that are open."""

    def __init__(self, store: Store, flows: Flows, hours: Hours, watch: Watch = NO_WATCH) -> None:
        self._store, self._flows, self._hours, self._watch = store, flows, hours, watch

    def work(self, now_ms: int) -> Worked:
        """Take what there is to do, step it, write it back."""
        done: list[_Stepped] = []
        parked: list[Parked] = []
        for work in self._store.take(now_ms, MOST_CALLS):
            try:
                done.append(self._stepped(work, now_ms))
            except ParkedError as error:
                parked.append(Parked(work.session.call_id, now_ms, str(error)))
            except Exception as error:  # noqa: BLE001 - a bug of ours in one call must not hold up the others
                parked.append(Parked(work.session.call_id, now_ms, f"{type(error).__name__}: {error}"))
        for one in parked:
            self._store.park(one)
            self._watch.parked(one)
        written = self._write(done)
        for stepped in written:
            self._tell(stepped)
        return Worked(len(written), sum(len(one.done.facts) for one in done), tuple(parked))

    def _write(self, stepped: "list[_Stepped]") -> "list[_Stepped]":
        """Those that are written now."""
        try:
            self._store.commit([one.done for one in stepped])
            return stepped
        except ConflictError:
            pass
        written: list[_Stepped] = []
        for one in stepped:  # one was stepped elsewhere; the others are written each for itself
            try:
                self._store.commit([one.done])
                written.append(one)
            except ConflictError:
                continue
        return written

    def _tell(self, stepped: "_Stepped") -> None:
        if stepped.is_nobodys:
            self._watch.trouble("routing", f"no flow answers call {stepped.done.session.call_id}")
        for at, one in enumerate(stepped.played):
            if at == 0 and not stepped.done.work.session.version:
                self._watch.began(one)
            self._watch.played(one)
        if stepped.done.is_over and stepped.played:
            self._watch.ended(stepped.played[-1])

    # ------------------------------------------------------------ one call

    def _stepped(self, work: Work, now_ms: int) -> "_Stepped":
        received, answers = work.received[:MOST_FACTS], work.answers[:MOST_FACTS]
        work = work._replace(received=received, answers=answers)
        call = _Call(self._flows, self._hours, work, now_ms)
        for at_ms, arrived in merge(_by_time(received), _by_time(answers), key=lambda pair: pair[0]):
            call.fire_timers(at_ms)
            call.take(arrived)
        call.fire_timers(now_ms)
        return _Stepped(call.done(), tuple(call.played), call.is_nobodys)


def _by_time(items: tuple[Received, ...] | tuple[Answer, ...]) -> Iterator[tuple[int, Received | Answer]]:
    for one in items:
        yield (one.at_ms if isinstance(one, Answer) else one.arrival.at_ms, one)


class _Stepped(NamedTuple):
    """What came of one call's work, and what there is to tell once it is written. `is_nobodys`: no flow answers it."""

    done: Done
    played: tuple[Played, ...]
    is_nobodys: bool


class _Call:
    """One call while its work is worked through."""

    def __init__(self, flows: Flows, hours: Hours, work: Work, now_ms: int) -> None:
        self.flows, self.hours, self.work, self.now_ms = flows, hours, work, now_ms
        self.played: list[Played] = []
        self.is_nobodys = False
        self.call_id = work.session.call_id
        self.session: Session | None = None
        self.plan: Plan | None = None
        self.digest = work.session.plan
        self.entries: list[Entry] = []
        self.intents: list[Intent] = []
        self.asked: dict[int, Command] = {}
        if work.session.version and work.session.state:
            self.session = decode(Session, work.session.state)
            self.plan = flows.plan(self.digest)
            if self.plan is None:
                raise ParkedError(f"the plan {self.digest} is not there")

    def fire_timers(self, until_ms: int) -> None:
        """Every timer that is due by then, the earliest first."""
        for _ in range(MOST_FACTS):
            timer = next_due(self.session) if self.session is not None else None
            if timer is None or timer.due_ms > until_ms:
                return
            self.step(facts.TimerFired(timer.due_ms, timer.number))

    def take(self, arrived: Received | Answer) -> None:
        if isinstance(arrived, Answer):
            self.step(self._answer(arrived))
            return
        arrival = arrived.arrival
        match arrival.kind:
            case "notification":
                for fact in decode_notification(arrival.body, arrival.at_ms, arrival.leg):
                    self.step(fact)
            case "fact":
                self.step(_fact(arrival.body)._replace(at_ms=arrival.at_ms))
            case _:
                raise ParkedError(f"an arrival of an unknown kind: {arrival.kind}")

    def step(self, fact: Fact) -> None:
        """One fact. What comes before the call has begun is none of ours."""
        if self.plan is None and isinstance(fact, facts.Incoming | facts.Started):
            chosen = self.flows.begin(fact, self.call_id.partition("/")[0])
            self.is_nobodys = chosen is None
            if chosen is not None:
                self.digest, self.plan = chosen
                self.session = new_session(self.call_id, chosen.digest, chosen.plan)
        if self.plan is None or self.session is None:
            return
        hours = self.hours(self.plan, fact.at_ms)
        fact = fact._replace(open_hours=hours) if hours else fact
        stepped = step(self.plan, self.session, fact)
        self.session = stepped.session
        waited_ms = max(self.now_ms - fact.at_ms, 0)
        self.played.append(Played(self.plan, self.session, fact, stepped.trace, stepped.commands, waited_ms))
        number = (self.work.session.version + 1) * ENTRIES + len(self.entries)
        self.entries.append(Entry(number, fact.at_ms, encode(fact)))
        for command in stepped.commands:
            leg = command.leg if isinstance(command, commands.Request) else OWN_LANE + command.number
            self.intents.append(Intent(self.call_id, command.number, leg, encode(command)))

    def _answer(self, answer: Answer) -> Fact:
        """The fact that an answer is; what was asked is written in front of the body."""
        command, body = split(answer.body)
        match command:
            case commands.Request():
                response = HttpResponse(answer.status, (), body) if answer.status else None
                return decode_answer(command, response, answer.at_ms, frozenset())
            case commands.AskService():
                return _service(command, answer, body)
            case commands.StartFlow():
                return facts.FlowStarted(answer.at_ms, command.number, 200 <= answer.status < 300)
            case commands.Notify() | commands.FetchRecording():
                return facts.Ignored(answer.at_ms, f"{type(command).__name__} {answer.status}")

    def done(self) -> Done:
        session = self.session
        if session is None:  # nobody answers: the call is not ours, and forgotten
            stored = self.work.session._replace(due_ms=-1)
            return Done(stored, (), (), True, self.work)
        timer = next_due(session)
        stored = self.work.session._replace(
            plan=self.digest, state=encode(session), due_ms=timer.due_ms if timer is not None else -1
        )
        return Done(stored, tuple(self.entries), tuple(self.intents), is_finished(session), self.work)


# ---------------------------------------------------------------- what was asked, and what came back


def joined(command: bytes, body: bytes) -> bytes:
    """The stored form of an answer: what was asked, a line end, what came back."""
    return command + b"\n" + body


def split(stored: bytes) -> tuple[Command, bytes]:
    """The two parts of `joined`. The stored form of a command has no line end in it."""
    head, _, body = stored.partition(b"\n")
    return command_of(head), body


def command_of(stored: bytes) -> Command:
    """A command from its stored form. Raises `ParkedError` for anything else."""
    found = _value(stored)
    if isinstance(found, commands.Request | commands.AskService | commands.Notify):
        return found
    if isinstance(found, commands.StartFlow | commands.FetchRecording):
        return found
    raise ParkedError("what was stored is no command")


def _fact(stored: bytes) -> Fact:
    found = _value(stored)
    if not hasattr(found, "at_ms") or not isinstance(found, Fact):
        raise ParkedError("what was stored is no fact")
    return found


def _value(stored: bytes) -> object:
    try:
        return from_json(json.loads(stored))
    except (ValueError, NotReadableError) as error:
        raise ParkedError(f"what was stored cannot be read: {error}") from None


def _service(command: commands.AskService, answer: Answer, body: bytes) -> facts.ServiceAnswered:
    """A service answers with a JSON object; members that are neither text, number nor yes/no are left out."""
    if not 200 <= answer.status < 300:
        result = Result(answer.status, 0, "the service refused") if answer.status else None
        return facts.ServiceAnswered(answer.at_ms, command.number, is_ok=False, result=result)
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return facts.ServiceAnswered(answer.at_ms, command.number, is_ok=False)
    members: list[tuple[str, Value]] = [
        (name, document[name]) for name in command.wants if isinstance(document.get(name), str | int)
    ]
    return facts.ServiceAnswered(answer.at_ms, command.number, is_ok=True, members=tuple(members))
