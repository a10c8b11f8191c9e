"""From what is in the store to what is in the store: facts are decoded, stepped in the order of their times, and what
came of them is written back in one transaction.

A worker that dies at any line has done nothing: the same work is taken again. Facts carry the time at which they were
taken in, so the second time gives the same answer.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple, TypeVar

from flowlang.call import commands, facts
from flowlang.call.commands import Command
from flowlang.call.facts import Fact, Value
from flowlang.call.results import Result
from flowlang.call.session import Leg, Session, Timer, is_checked, next_due
from flowlang.call.spelling import kept_as
from flowlang.codec import NotReadableError, decode, encode, from_json
from flowlang.engine.ending import DONE
from flowlang.engine.step import is_finished, new_session, step
from flowlang.plan import Plan
from flowlang.runtime.flows import Flows
from flowlang.runtime.intake import is_of_another
from flowlang.runtime.refusals import refusal
from flowlang.runtime.watch import NO_WATCH, Played, Watch
from flowlang.store.base import (
    LAST,
    Answer,
    Arrival,
    ConflictError,
    Done,
    Entry,
    Intent,
    Parked,
    Received,
    Store,
    StoreError,
    Work,
)
from flowlang.wire.decode import decode_answer, decode_notification
from flowlang.wire.http import HttpResponse

MOST_CALLS = 200  # in one transaction
MOST_FACTS = 500  # of one call in one transaction; a burst of more is worked through in the next
MOST_REMEMBERED = 10_000  # sessions in memory, so that a call's next news need not read it; some 3 KiB each
ENTRIES = 1 << 20  # numbers of the journal: the version of the session, then the fact in it
OWN_LANE = 1_000_000  # what goes to services and to our own store keeps no order with requests about legs
CHECK_LANE = 500_000  # nor do the questions after a pause: they leave before what waits for their leg
LATE_MS = 1_000  # what is worked on later than that counts from the moment of the work
Hours = Callable[[Plan, int], frozenset[str]]
K = TypeVar("K")
V = TypeVar("V")


class ParkedError(Exception):
    """Something in a call's work cannot be worked through: the call rests, the others go on."""


class Worked(NamedTuple):
    """What one round came to: how many calls and facts were stepped, those that had to be parked, what to tell."""

    calls: int
    facts: int
    parked: tuple[Parked, ...]
    stepped: "tuple[_Stepped, ...]" = ()


class Worker:
    """`work(now_ms)` does one round. `hours(plan, at_ms)` names the hours that are open. `home_tenants`: whose calls
    those are that do not know their tenant, since a flow was started and nobody called; none: nothing is held against
    it."""

    def __init__(
        self, store: Store, flows: Flows, hours: Hours, watch: Watch = NO_WATCH, home_tenants: Sequence[str] = ()
    ) -> None:
        self._store, self._flows, self._hours, self._watch = store, flows, hours, watch
        self._home_tenants = frozenset(one.lower() for one in home_tenants)
        self._sessions: OrderedDict[str, tuple[int, Session]] = OrderedDict()
        self._asked: OrderedDict[tuple[str, int], Command] = OrderedDict()
        self.resumed_ms = -1

    def resume(self, now_ms: int) -> None:
        """The service works again after a pause: before anything new is done for a call that was last worked on before
        now, Graph is asked how it stands."""
        self.resumed_ms = now_ms

    def may_be_old(self, call_id: str) -> bool:
        """Whether a call was last worked on before the pause."""
        return self.resumed_ms >= 0 and -1 < self._store.touched_ms(call_id) < self.resumed_ms

    def settled(self) -> None:
        """Graph was asked about every call that was there at the end of the pause."""
        self.resumed_ms = -1

    def work(self, now_ms: int) -> Worked:
        """Take what there is to do, step it, write it back, tell of it."""
        worked = self.step_all(now_ms)
        self.tell(worked)
        return worked

    def remembered(self, call_id: str) -> Session | None:
        """The session of a call as this worker wrote it last, if it still knows."""
        known = self._sessions.get(call_id)
        return known[1] if known is not None else None

    def forget(self) -> None:
        """What was written is not there after all."""
        self._sessions.clear()
        self._asked.clear()

    def command(self, intent: Intent) -> Command:
        """What an intent asks for."""
        key = (intent.call_id, intent.number)
        known = self._asked.get(key)
        if known is None:
            known = command_of(intent.request)
            _keep(self._asked, key, known)
        return known

    def step_all(self, now_ms: int) -> Worked:
        """`work`, without telling: for a transaction that is not over yet."""
        done: list[_Stepped] = []
        parked: list[Parked] = []
        for work in self._store.take(now_ms, MOST_CALLS):
            try:
                done.append(self._stepped(work, now_ms))
            except StoreError:
                raise
            except ParkedError as error:
                parked.append(self._park(work, now_ms, str(error)))
            except Exception as error:  # noqa: BLE001 - a bug of ours in one call must not hold up the others
                parked.append(self._park(work, now_ms, f"{type(error).__name__}: {error}"))
        written = self._write(done)
        for stepped in written:
            self._remember(stepped)
        facts_count = sum(len(one.done.facts) for one in written)
        return Worked(len(written), facts_count, tuple(parked), tuple(written))

    def tell(self, worked: Worked) -> None:
        """Tell the watch what was done."""
        for parked in worked.parked:
            self._watch.parked(parked)
        for stepped in worked.stepped:
            self._tell(stepped)

    def _remember(self, stepped: "_Stepped") -> None:
        session, call_id = stepped.session, stepped.done.session.call_id
        for one in stepped.played:
            for command in one.commands:
                _keep(self._asked, (call_id, command.number), command)
        if session is None or stepped.done.is_over:
            self._sessions.pop(call_id, None)
            return
        _keep(self._sessions, call_id, (stepped.done.session.version + 1, session))

    def _park(self, work: Work, now_ms: int, reason: str) -> Parked:
        """Let a call rest, and end it at Graph: a caller is never left in silence."""
        one = Parked(work.session.call_id, now_ms, reason)
        self._store.park(one, last_requests(work))
        self._sessions.pop(one.call_id, None)
        return one

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
        if stepped.nobodys:
            self._watch.trouble("routing", stepped.nobodys)
        for foreign in stepped.foreign:
            self._watch.trouble("tenant", foreign)
        for at, one in enumerate(stepped.played):
            if at == 0 and not stepped.done.work.session.version:
                self._watch.began(one)
            self._watch.played(one)
        if stepped.done.is_over and stepped.played:
            self._watch.ended(stepped.played[-1])

    # ------------------------------------------------------------ one call

    def _stepped(self, work: Work, now_ms: int) -> "_Stepped":
        if len(work.received) > MOST_FACTS or len(work.answers) > MOST_FACTS:
            work = work._replace(received=work.received[:MOST_FACTS], answers=work.answers[:MOST_FACTS])
        version, session = self._sessions.get(work.session.call_id, (-1, None))
        known = session if version == work.session.version else None
        call = _Call(self._flows, self._hours, work, now_ms, known, self._home_tenants)
        call.latest_ms = min(self.resumed_ms, now_ms)  # what is stepped after a pause is not before its end
        if work.session.version and work.touched_ms < self.resumed_ms:
            unsent = self._store.unsent(work.session.call_id)
            call.step(facts.Resumed(now_ms, max(now_ms - work.touched_ms, 0), unsent))
        call.asked = {one.number: self._asked.pop((one.call_id, one.number), None) for one in work.answers}
        for at_ms, arrived in _in_order(work.received, work.answers):
            call.fire_timers(at_ms)
            call.take(arrived)
        call.fire_timers(now_ms)
        return _Stepped(call.done(), tuple(call.played), call.nobodys(), call.session, tuple(call.foreign))


def _keep(remembered: OrderedDict[K, V], key: K, value: V) -> None:
    """Remember it; what was remembered longest ago goes."""
    remembered[key] = value
    remembered.move_to_end(key)
    while len(remembered) > MOST_REMEMBERED:
        remembered.popitem(last=False)


def _in_order(received: tuple[Received, ...], answers: tuple[Answer, ...]) -> list[tuple[int, Received | Answer]]:
    """By time; at the same time what came goes first."""
    both: list[tuple[int, Received | Answer]] = [(_at_ms(one.arrival), one) for one in received]
    both += [(one.at_ms, one) for one in answers]
    return sorted(both, key=itemgetter(0)) if len(both) > 1 else both


def _at_ms(arrival: Arrival) -> int:
    return max(arrival.at_ms, arrival.from_ms)


class _Stepped(NamedTuple):
    """What came of one call's work, and what there is to tell once it is written. `nobodys`: no flow answers it.
    `foreign`: what came with a token of another tenant, and was not stepped."""

    done: Done
    played: tuple[Played, ...]
    nobodys: str
    session: Session | None
    foreign: tuple[str, ...] = ()


class _Call:
    """One call while its work is worked through."""

    def __init__(
        self, flows: Flows, hours: Hours, work: Work, now_ms: int, known: Session | None, home_tenants: frozenset[str]
    ) -> None:
        self.flows, self.hours, self.work, self.now_ms, self.home_tenants = flows, hours, work, now_ms, home_tenants
        self.played: list[Played] = []
        self.foreign: list[str] = []
        self.refused: facts.Incoming | facts.Started | None = None
        self.call_id = work.session.call_id
        self.session: Session | None = None
        self.plan: Plan | None = None
        self.digest = work.session.plan
        self.entries: list[Entry] = []
        self.intents: list[Intent] = []
        self.flow = ""
        self.asked: dict[int, Command | None] = {}
        self.timer: Timer | None = None
        self.latest_ms = -1
        if work.session.version and work.session.state:
            self.session = known or decode(Session, work.session.state)
            self.plan = flows.plan(self.digest)
            if self.plan is None:
                raise ParkedError(f"the plan {self.digest} is not there")
            self.timer = next_due(self.session)

    def fire_timers(self, until_ms: int) -> None:
        """Every timer that is due by then, the earliest first. One that is overdue fires now: what follows has its own
        bound from now on."""
        for _ in range(MOST_FACTS):
            if self.timer is None or self.timer.due_ms > until_ms:
                return
            self.step(facts.TimerFired(self.timer.due_ms, self.timer.number))

    def moment(self, at_ms: int) -> int:
        """The time at which something that came then is stepped: that time, or now where it is long ago. It never goes
        back, as a bound that began in the past would be over before its step had begun."""
        self.latest_ms = max(self.latest_ms, at_ms if self.now_ms - at_ms <= LATE_MS else self.now_ms)
        return self.latest_ms

    def take(self, arrived: Received | Answer) -> None:
        if isinstance(arrived, Answer):
            self.step(self._answer(arrived))
            return
        arrival = arrived.arrival
        match arrival.kind:
            case "notification":
                for fact in decode_notification(arrival.body, arrival.at_ms, arrival.leg):
                    self._notified(fact, arrival.tenant_id)
            case "fact":
                self.step(_fact(arrival.body)._replace(at_ms=_at_ms(arrival)))
            case "start":
                self.flow, fact = started(arrival.body)
                self.step(fact._replace(at_ms=_at_ms(arrival)))
            case _:
                raise ParkedError(f"an arrival of an unknown kind: {arrival.kind}")

    def _notified(self, fact: Fact, tenant_id: str) -> None:
        """One fact of a notification, unless it came with a token of another tenant than the call's."""
        if isinstance(fact, facts.Incoming) and not fact.tenant_id:
            fact = fact._replace(tenant_id=tenant_id)  # where the news does not say whose call it is the token does
        if self._is_foreign(fact, tenant_id):
            what = f"{type(fact).__name__} with a token of tenant {tenant_id}"
            self.foreign.append(f"news of call {self.call_id} is left out: {what}; see token_tenants in the settings")
            return
        self.step(fact)

    def _is_foreign(self, fact: Fact, tenant_id: str) -> bool:
        session = self.session
        if session is None:
            return isinstance(fact, facts.Incoming) and is_of_another(tenant_id, fact.tenant_id)
        if session.tenant_id or session.direction == "incoming":
            return is_of_another(tenant_id, session.tenant_id)
        return bool(tenant_id and self.home_tenants) and tenant_id.lower() not in self.home_tenants

    def step(self, fact: Fact) -> None:
        """One fact. What comes before the call has begun is none of ours."""
        if self.plan is None and isinstance(fact, facts.Incoming | facts.Started):
            chosen = self.flows.begin(fact, self.flow)
            if chosen is None:
                self.refused = fact
            else:
                self.digest, self.plan = chosen
                self.session = new_session(self.call_id, chosen.digest, chosen.plan)
        if self.plan is None or self.session is None:
            return
        came_ms = fact.at_ms
        at_ms = self.moment(came_ms)
        if at_ms != came_ms:
            fact = fact._replace(at_ms=at_ms)
        hours = self.hours(self.plan, at_ms)
        fact = fact._replace(open_hours=hours) if hours else fact
        stepped = step(self.plan, self.session, fact)
        self.session = stepped.session
        self.timer = next_due(stepped.session)
        waited_ms = max(self.now_ms - came_ms, 0)
        self.played.append(Played(self.plan, self.session, fact, stepped.trace, stepped.commands, waited_ms))
        number = (self.work.session.version + 1) * ENTRIES + len(self.entries)
        self.entries.append(Entry(number, fact.at_ms, encode(fact)))
        for command in stepped.commands:
            lane = _lane(command, is_asked=is_checked(stepped.session))
            self.intents.append(Intent(self.call_id, command.number, lane, encode(command)))

    def _answer(self, answer: Answer) -> Fact:
        """The fact that an answer is; what was asked is written in front of the body."""
        command, body = split(answer.body, self.asked.get(answer.number))
        match command:
            case commands.Request():
                own = refusal(answer.status, body)
                if own is not None:
                    return facts.RequestAnswered(answer.at_ms, command.number, answer.status, own)
                response = HttpResponse(answer.status, (), body) if answer.status else None
                return decode_answer(command, response, answer.at_ms, frozenset())
            case commands.AskService():
                return _service(command, answer, body)
            case commands.StartFlow():
                return facts.FlowStarted(answer.at_ms, command.number, 200 <= answer.status < 300)
            case commands.Notify() | commands.FetchRecording():
                return facts.Ignored(answer.at_ms, f"{type(command).__name__} {answer.status}")

    def nobodys(self) -> str:
        """What to tell where no flow answers; else empty."""
        match self.refused:
            case facts.Incoming() as fact:
                whom = f" to {fact.called.id}" if fact.called.id else ""
                return f"no flow answers call {self.call_id}{whom}: it is declined"
            case facts.Started():
                return f"no flow {self.flow} can be started"
            case None:
                return ""

    def done(self) -> Done:
        session = self.session
        if session is None:
            return self._nobodys()
        due_ms = self.timer.due_ms if self.timer is not None else -1
        stored = self.work.session._replace(plan=self.digest, state=encode(session), due_ms=due_ms)
        is_over, person = is_finished(session), person_of(session)
        return Done(stored, tuple(self.entries), tuple(self.intents), is_over, self.work, person)

    def _nobodys(self) -> Done:
        """No flow answers: whoever calls is told so at once, instead of listening to it ring. What is known is kept."""
        stored, fact = self.work.session._replace(due_ms=-1), self.refused
        if not isinstance(fact, facts.Incoming):
            return Done(stored, (), (), True, self.work)
        leg = Leg(0, "", self.call_id, "terminated", fact.caller, is_over=True)
        session = Session(self.call_id, "", kind=fact.kind, direction="incoming", caller=fact.caller,
                          called=fact.called, tenant_id=fact.tenant_id, chain_id=fact.chain_id, primary=0,
                          legs=(leg,), end=DONE)  # fmt: skip
        declined = commands.Request(LAST, 0, self.call_id, commands.Reject())
        fact = fact._replace(at_ms=self.moment(fact.at_ms))
        entry = Entry(ENTRIES, fact.at_ms, encode(fact))
        intent = Intent(self.call_id, LAST, 0, encode(declined))
        return Done(stored._replace(state=encode(session)), (entry,), (intent,), True, self.work, person_of(session))


def _lane(command: Command, *, is_asked: bool) -> int:
    """What a request keeps its order in: its leg, where the order counts. `is_asked`: Graph is asked how the call
    stands, after a pause."""
    if not isinstance(command, commands.Request):
        return OWN_LANE + command.number
    is_question = isinstance(command.act, commands.GetCall | commands.GetOperation)
    return CHECK_LANE + command.number if is_asked and is_question else command.leg


def person_of(session: Session) -> str:
    """Number or identifier of whom the call is with: the caller, or who was called; empty: not known."""
    who = session.caller
    if who is None and session.legs:
        who = session.legs[session.primary].party  # where nobody was reached, whom it tried last
    return kept_as(who.id) if who is not None else ""


# ---------------------------------------------------------------- the safety net


def last_requests(work: Work) -> list[Intent]:
    """Hangs up every leg that the last good session knows, else the call that has just come in."""
    call_id = work.session.call_id
    try:
        legs = [(leg.number, leg.call_id) for leg in decode(Session, work.session.state).legs if not leg.is_over]
    except NotReadableError:
        legs = [(0, call_id)]
    if not work.session.version:
        legs = [(0, call_id)] if any(one.arrival.begins for one in work.received) else []
    return [
        Intent(call_id, LAST + at, leg, encode(commands.Request(LAST + at, leg, graph_id, commands.HangUp())))
        for at, (leg, graph_id) in enumerate(legs)
        if graph_id
    ]


def hang_ups(session: Session) -> list[commands.Request]:
    """Requests that end every leg of a call which Graph knows and which is not over."""
    legs = [leg for leg in session.legs if leg.call_id and not leg.is_over]
    return [commands.Request(LAST + at, one.number, one.call_id, commands.HangUp()) for at, one in enumerate(legs)]


# ---------------------------------------------------------------- what we say to a call ourselves


def unheard(call_id: str, now_ms: int) -> Arrival:
    """Has Graph asked how a call stands."""
    return Arrival(call_id, "fact", encode(facts.Unheard(now_ms)), now_ms)


# ---------------------------------------------------------------- flows that are started


def start_of(call_id: str, flow: str, fact: facts.Started, after_ms: int = 0, key: str = "") -> Arrival:
    """A flow that begins without a caller, now or later. The same `call_id` and `key` again start nothing."""
    from_ms = fact.at_ms + after_ms if after_ms else -1
    body = flow.encode() + b"\n" + encode(fact)
    return Arrival(call_id, "start", body, fact.at_ms, key, begins=True, from_ms=from_ms)


def started(body: bytes) -> tuple[str, facts.Started]:
    """The flow's name and the fact of `start_of`."""
    name, _, rest = body.partition(b"\n")
    fact = _fact(rest)
    if not isinstance(fact, facts.Started):
        raise ParkedError("what was stored is no start of a flow")
    return name.decode(), fact


class Unbegun(NamedTuple):
    """What a call would have begun with. `flow`: its name where the call is a flow that was started."""

    fact: facts.Incoming | facts.Started
    flow: str = ""


def unbegun(arrivals: Iterable[Arrival]) -> Unbegun | None:
    """The beginning of a call whose first news was not worked through. None: it cannot be read, or is not there."""
    for arrival in arrivals:
        try:
            if arrival.kind == "start":
                flow, fact = started(arrival.body)
                return Unbegun(fact, flow)
            if arrival.kind == "notification":
                found = decode_notification(arrival.body, arrival.at_ms, arrival.leg)
            else:
                found = [_fact(arrival.body)]
        except (ParkedError, NotReadableError, ValueError):
            continue
        first = next((one for one in found if isinstance(one, facts.Incoming)), None)
        if first is not None:
            return Unbegun(first)
    return None


# ---------------------------------------------------------------- what was asked, and what came back


def joined(command: bytes, body: bytes) -> bytes:
    """The stored form of an answer: what was asked, a line end, what came back."""
    return command + b"\n" + body


def split(stored: bytes, known: Command | None = None) -> tuple[Command, bytes]:
    """The two parts of `joined`. The stored form of a command has no line end in it."""
    head, _, body = stored.partition(b"\n")
    return known or command_of(head), body


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
