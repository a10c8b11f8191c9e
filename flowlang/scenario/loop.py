"""One call played through a flow: encode, decode and step as in production, on a simulated Graph, in virtual time.

Time is the next due thing; nothing sleeps. The same plan, world, seed and knobs give the same call, byte for byte.
"""

from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple

from flowlang.call import commands, facts
from flowlang.call.commands import Command, Request
from flowlang.call.facts import Fact
from flowlang.call.results import NO_VOICE, Result
from flowlang.call.session import NONE, Session, is_checked, next_due
from flowlang.call.trace import Trace
from flowlang.engine.step import is_finished, new_session, step
from flowlang.hours import open_hours
from flowlang.ladder.story import Entry, Exchange
from flowlang.plan import NONE as NO_PLACE
from flowlang.plan import WORDS, Plan
from flowlang.scenario.codec import Codec, message_id
from flowlang.scenario.ending import Ending, ending_of
from flowlang.scenario.graph import SimulatedGraph
from flowlang.scenario.outcomes import How, Wanted
from flowlang.scenario.people import People, Press, presses
from flowlang.scenario.sender import Lanes, Outgoing, sends_again_at
from flowlang.scenario.world import Knobs, World
from flowlang.wire.again import is_in_doubt
from flowlang.wire.http import HttpRequest, HttpResponse

TO_GRAPH_MS, FROM_GRAPH_MS = 15, 25
SERVICE_MS = 120
START_MS = 5
LOST_AFTER_MS = 10_000  # when a transport gives up waiting for an answer
SLOWEST_MS = 400
LOOKS_AGAIN_MS = 1_000  # how often somebody who wants to hang up looks whether there is a call
MAX_FACTS = 200_000  # far beyond any call; reaching it is a bug of ours, not a long call
HOUSEKEEPING = ("keepAlive",)


class NoEndError(Exception):
    """Too many facts in one call."""


class Outcome(NamedTuple):
    """A call as it went. Times of entries and exchanges count from the beginning of the call."""

    session: Session
    entries: tuple[Entry, ...]
    exchanges: tuple[Exchange, ...]
    ending: Ending
    unused: tuple[Wanted, ...]
    keys_left: int
    started: tuple[commands.StartFlow, ...]
    told: tuple[commands.Notify, ...]


class Arriving(NamedTuple):
    """A request on its way to Graph."""

    outgoing: Outgoing
    encoded: HttpRequest


class Answering(NamedTuple):
    """What comes back for it; None: nothing."""

    outgoing: Outgoing
    encoded: HttpRequest
    response: HttpResponse | None


class SentAgain(NamedTuple):
    """A request that Graph did not take goes out again."""

    outgoing: Outgoing


class CallerLeaves(NamedTuple):
    """The caller hangs up."""


Due = Arriving | Answering | SentAgain | CallerLeaves | Press | Fact


MAIN_ACTS: dict[str, tuple[type, ...]] = {
    "answer": (commands.Answer,), "reject": (commands.Reject,), "redirect": (commands.Redirect,),
    "call": (commands.CreateCall,), "join": (commands.JoinMeeting,), "consult": (commands.CreateCall,),
    "transfer": (commands.Transfer,), "invite": (commands.Invite,), "remove": (commands.RemoveParticipant,),
    "play": (commands.Play,), "say": (commands.Play,), "menu": (commands.Play,), "gather": (commands.Play,),
    "record": (commands.RecordResponse,), "mute": (commands.Mute,), "unmute": (commands.Unmute,),
    "hold": (commands.HoldParticipant,), "resume": (commands.ResumeParticipant,),
    "hang up": (commands.HangUp, commands.Reject),
}  # fmt: skip
"""The request by which a step does what it says; the outcome that the user wants is the outcome of that request."""


def play(plan: Plan, world: World, graph: SimulatedGraph, seed: int = 1, knobs: Knobs | None = None) -> Outcome:
    """Play a call on a Graph. Raises `NoEndError` when it has no end, which would be a bug of ours."""
    return Loop(plan, world, graph, seed, knobs or Knobs()).run()


class Loop:
    """One call, played once. `run()` plays it to its end; see `scenario.pauses` for a service that rests meanwhile."""

    def __init__(self, plan: Plan, world: World, graph: SimulatedGraph, seed: int, knobs: Knobs) -> None:
        self.plan, self.world, self.knobs = plan, world, knobs
        self.random = Random(seed)
        self.calendars = dict(world.calendars)
        self.codec = Codec(plan, world, f"s{seed}")
        self.graph = graph
        self.session = new_session(f"s{seed}", "simulated", plan)
        self.now_ms = self.begin_ms = world.at_ms
        self.queue: list[tuple[int, int, Due]] = []
        self.order = count()
        self.lanes = Lanes()
        self.people = People(plan, world.keys)
        self.seen: set[str] = set()
        self.entries: list[Entry] = []
        self.exchanges: dict[int, Exchange] = {}
        self.left = list(world.wanted)
        self.wanted: dict[int, Wanted | None] = {}
        self.started: list[commands.StartFlow] = []
        self.told: list[commands.Notify] = []
        self.is_stranded = False
        self.caller_id = ""

    # ------------------------------------------------------------ time

    def run(self) -> Outcome:
        self._begin()
        for _ in range(MAX_FACTS):
            at_ms = self._next_ms()
            if at_ms is None or self._is_stranded():
                break
            if at_ms - self.begin_ms > self.knobs.limit_ms:
                self.now_ms = self.begin_ms + self.knobs.limit_ms
                break
            self.now_ms = max(self.now_ms, at_ms)
            self._work()
        else:
            raise NoEndError(f"more than {MAX_FACTS} facts in one call")
        return self._outcome()

    def _begin(self) -> None:
        world = self.world
        if world.kind == "start":
            self._give(facts.Started(self.now_ms, world.values, open_hours=self._hours()))
        else:
            self.caller_id = self.graph.begin(world)
        if world.hang_up_after_ms >= 0:
            self._later(world.hang_up_after_ms, CallerLeaves())
        for group in world.keys:
            if group.at_ms >= 0:
                for press in presses(NONE, group.keys, group.at_ms):
                    self._later(press.in_ms, press)

    def _later(self, in_ms: int, due: Due) -> None:
        heappush(self.queue, (self.now_ms + in_ms, next(self.order), due))

    def _next_ms(self) -> int | None:
        timer = next_due(self.session)
        due = [self.queue[0][0]] if self.queue else []
        graph_ms = self.graph.next_due_ms()
        due += [graph_ms] if graph_ms is not None else []
        due += [timer.due_ms] if timer is not None else []
        return min(due, default=None)

    def _is_stranded(self) -> bool:
        """The caller is there, nothing runs, and only housekeeping is left to come."""
        session = self.session
        if session.place >= 0 or session.primary < 0 or session.end or self.queue:
            return False
        leg = session.legs[session.primary]
        graph_ms = self.graph.next_due_ms()
        quiet = graph_ms is None and all(timer.kind in HOUSEKEEPING for timer in session.timers)
        if quiet and not leg.is_over and self.lanes.is_empty():
            self.is_stranded = True
        return self.is_stranded

    def _work(self) -> None:
        """What is due now: our own queue, then Graph's notifications, then timers."""
        if self.queue and self.queue[0][0] <= self.now_ms:
            self._due(heappop(self.queue)[2])
            return
        graph_ms = self.graph.next_due_ms()
        if graph_ms is not None and graph_ms <= self.now_ms:
            for notification in self.graph.due(self.now_ms):
                self._notified(notification)
            return
        timer = next_due(self.session)
        if timer is not None:
            self._give(facts.TimerFired(self.now_ms, timer.number, self._hours()))

    def _due(self, due: Due) -> None:
        match due:
            case Arriving():
                self._arrive(due)
            case Answering():
                self._answered(due)
            case SentAgain():
                self._send(due.outgoing)
            case CallerLeaves():
                self._caller_hangs_up()
            case Press():
                self._press(due)
            case _:
                self._give(due._replace(at_ms=self.now_ms, open_hours=self._hours()))

    # ------------------------------------------------------------ the engine

    def _hours(self) -> frozenset[str]:
        return open_hours(self.plan, self.now_ms, self.calendars, self.world.overrides)

    def _give(self, fact: Fact) -> None:
        before = self.session
        stepped = step(self.plan, before, fact)
        self.session = stepped.session
        places: dict[int, int] = {}
        for trace in stepped.trace:
            self.entries.append(Entry(self.now_ms - self.begin_ms, trace))
            if trace.code == "request":
                places[int(trace.facts[0])] = trace.place
            self._heard(trace)
        for command in stepped.commands:
            self._command(command, places.get(command.number, NO_PLACE))

    def _heard(self, trace: Trace) -> None:
        """The world reacts to what happens in the flow: outcomes are given out, people press keys."""
        if trace.code == "step":
            word = WORDS[type(self.plan.places[trace.place].step)]
            self.wanted[trace.place] = self._next_wanted(word)
        primary = self.session.primary
        if trace.code == "state" and trace.leg == primary and trace.facts[0] == "established":
            for press in self.people.answered(primary):
                self._later(press.in_ms, press)
        for press in self.people.hears(trace, primary, self.wanted.get(trace.place)):
            self._later(press.in_ms, press)

    def _next_wanted(self, word: str) -> Wanted | None:
        """The next outcome that the user wants for such a step; it counts as used."""
        for at, wanted in enumerate(self.left):
            if wanted.step == word:
                return self.left.pop(at)
        return None

    # ------------------------------------------------------------ commands

    def _command(self, command: Command, place: int) -> None:
        match command:
            case Request():
                outgoing = Outgoing(command, place, is_apart=self._is_apart(command))
                if outgoing.is_apart:
                    self._send(outgoing._replace(first_ms=self.now_ms))
                else:
                    self.lanes.add(outgoing)
                    self._pump(command.leg)
            case commands.AskService():
                self._ask(command, place)
            case commands.Notify():
                self.told.append(command)
            case commands.StartFlow():
                self._start(command, place)
            case commands.FetchRecording():
                pass  # there is nothing to fetch: nobody spoke

    def _ask(self, command: commands.AskService, place: int) -> None:
        wanted = self.wanted.get(place)
        if wanted is not None and wanted.how is How.SILENCE:
            return
        if wanted is not None and wanted.how is How.OWN:
            answer = facts.ServiceAnswered(self.now_ms, command.number, is_ok=False, result=wanted.result)
        else:
            members = tuple(
                [(name, value) for service, name, value in self.world.answers if service == command.service]
            )
            known = tuple([(name, value) for name, value in members if name in command.wants])
            answer = facts.ServiceAnswered(self.now_ms, command.number, is_ok=True, members=known)
        self._later(SERVICE_MS, answer)

    def _start(self, command: commands.StartFlow, place: int) -> None:
        wanted = self.wanted.get(place)
        if wanted is not None and wanted.how is How.SILENCE:
            return
        is_known = self.world.flows is None or command.flow in self.world.flows
        is_ok = is_known and (wanted is None or wanted.how is How.SUCCESS)
        if is_ok:
            self.started.append(command)
        self._later(START_MS, facts.FlowStarted(self.now_ms, command.number, is_ok))

    # ------------------------------------------------------------ requests

    def _is_apart(self, command: Request) -> bool:
        """The questions after a pause leave before what waits for their leg."""
        return isinstance(command.act, commands.GetCall | commands.GetOperation) and is_checked(self.session)

    def _is_done(self, outgoing: Outgoing) -> None:
        if not outgoing.is_apart:
            self.lanes.is_done(outgoing.request.leg)

    def _pump(self, leg: int) -> None:
        outgoing = self.lanes.next_of(leg)
        if outgoing is not None:
            self._send(outgoing._replace(first_ms=self.now_ms))

    def _send(self, outgoing: Outgoing) -> None:
        request, wanted = outgoing.request, self._wanted_for(outgoing)
        encoded = self.codec.encode(self._with_call_id(request))
        outgoing = outgoing._replace(tries=outgoing.tries + 1)
        self.exchanges[request.number] = Exchange(
            request.number, request.leg, outgoing.place, request.act, outgoing.first_ms - self.begin_ms, encoded,
            tries=outgoing.tries,
        )  # fmt: skip
        if wanted is not None and wanted.how is How.OWN and wanted.result is NO_VOICE:
            self._answer_ourselves(outgoing, 400, NO_VOICE)
        else:
            self._later(self._travel_ms(TO_GRAPH_MS), Arriving(outgoing, encoded))

    def _with_call_id(self, request: Request) -> Request:
        """A request that was made before its leg had an id gets it when it leaves."""
        return request if request.call_id else request._replace(call_id=self.session.legs[request.leg].call_id)

    def _travel_ms(self, usual_ms: int) -> int:
        return self.random.randrange(1, SLOWEST_MS) if self.knobs.nasty else usual_ms

    def _wanted_for(self, outgoing: Outgoing) -> Wanted | None:
        if outgoing.place < 0:
            return None
        word = WORDS[type(self.plan.places[outgoing.place].step)]
        is_main = isinstance(outgoing.request.act, MAIN_ACTS.get(word, ()))
        return self.wanted.get(outgoing.place) if is_main else None

    def _arrive(self, due: Arriving) -> None:
        response = self.graph.take(due.encoded, self.now_ms, self._wanted_for(due.outgoing))
        back_ms = self._travel_ms(FROM_GRAPH_MS) if response is not None else LOST_AFTER_MS
        self._later(back_ms, Answering(due.outgoing, due.encoded, response))

    def _answered(self, due: Answering) -> None:
        outgoing, response = due.outgoing, due.response
        request = outgoing.request
        if response is not None and is_in_doubt(request, response.status):
            response = None
        again_ms = sends_again_at(self.session, outgoing, response, self.now_ms, self.random)
        if again_ms is not None:
            self._later(again_ms - self.now_ms, SentAgain(outgoing))
            return
        self._is_done(outgoing)
        fact = self.codec.answer(request, response, self.now_ms, self._hours())
        self._note_answer(request.number, fact.status, fact.result)
        self._give(fact)
        self._pump(request.leg)

    def _answer_ourselves(self, outgoing: Outgoing, status: int, result: Result) -> None:
        """Our own side refuses: nothing leaves."""
        self._is_done(outgoing)
        self._note_answer(outgoing.request.number, status, result)
        self._later(1, facts.RequestAnswered(self.now_ms, outgoing.request.number, status, result))
        self._pump(outgoing.request.leg)

    def _note_answer(self, number: int, status: int, result: Result | None) -> None:
        self.exchanges[number] = self.exchanges[number]._replace(
            status=status, answered_ms=self.now_ms - self.begin_ms, result=result
        )

    # ------------------------------------------------------------ notifications and people

    def _notified(self, notification: HttpRequest) -> None:
        """Take a notification in: known by its message id when it is a repeat (B6)."""
        message = message_id(notification)
        if message is not None:
            if message in self.seen:
                return
            self.seen.add(message)
        for fact in self.codec.notification(notification, self.now_ms, self._hours()):
            self._give(fact)

    def _press(self, press: Press) -> None:
        leg = self.session.primary if press.leg == NONE else press.leg
        if leg >= 0 and self.session.legs[leg].call_id and not self.session.legs[leg].is_over:
            self.graph.press(self.session.legs[leg].call_id, press.key, self.now_ms)

    def _caller_hangs_up(self) -> None:
        """Whoever called, or was called by a flow that was started: then as soon as there is such a leg."""
        session = self.session
        leg = session.legs[session.primary] if session.primary >= 0 else None
        call_id = leg.call_id if leg is not None else self.caller_id
        if call_id and (leg is None or not leg.is_over):
            self.graph.hang_up(call_id, self.now_ms)
        elif not call_id and not is_finished(session):
            self._later(LOOKS_AGAIN_MS, CallerLeaves())

    # ------------------------------------------------------------ the end

    def _outcome(self) -> Outcome:
        entries = tuple(self.entries)
        at_ms = self.now_ms - self.begin_ms
        ending = ending_of(self.plan, self.session, entries, at_ms, is_stranded=self.is_stranded)
        exchanges = tuple([self.exchanges[number] for number in sorted(self.exchanges)])
        return Outcome(
            self.session, entries, exchanges, ending, tuple(self.left), self.people.left(), tuple(self.started),
            tuple(self.told),
        )  # fmt: skip
