"""From a story to the rows of a ladder: who says what to whom, when, and which line of the flow made it happen.

Still without any drawing: lanes are numbers, 0 the caller, 1 the application, the others the further legs.
"""

from typing import NamedTuple

from flowlang.call import commands
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.trace import Trace
from flowlang.ladder.story import Entry, Story
from flowlang.ladder.words import STATES, WORDS, act_words, result_words, sentence
from flowlang.plan import NONE, Ask, Call, Consult, JoinMeeting, Notify, StartFlow
from flowlang.steps.base import GONE_SUBCODES

CALLER, APPLICATION, FIRST_LEG = 0, 1, 2
TRANSFERRED = 7015
ENDED_BY_US = (200, 7000)
LATE_MS = 1000  # a request that leaves so long after a line began is not what the line is about, as after `wait 5s`


class Arrow(NamedTuple):
    """`source` and `goal` are lanes. `labels`: the same said at length and shorter; the first that fits is drawn.

    `begins`, `ends`: the lane of the leg begins or ends with this message.
    """

    source: int
    goal: int
    labels: tuple[str, ...]
    style: str = ""
    begins: bool = False
    ends: bool = False


class Beside(NamedTuple):
    """What stands beside the lanes: a line of the flow, or a note (`line` 0)."""

    text: str = ""
    style: str = ""
    file: int = 0
    line: int = 0


class LadderRow(NamedTuple):
    at_ms: int
    arrow: Arrow | None
    beside: Beside | None
    title: tuple[int, str, str] | None = None
    """A leg begins in a lane that had another one before: lane, name, party."""
    closes: int = -1
    """A lane that ends without a message of its own."""


class Lane(NamedTuple):
    """Whose lane it is at first; later legs may use it again."""

    name: str
    party: str


class Rows(NamedTuple):
    lanes: tuple[Lane, ...]
    rows: tuple[LadderRow, ...]


def rows_of(story: Story, most_lanes: int = 12) -> Rows:
    """The rows of a call. Legs that would need more than `most_lanes` lanes share the last one, and are named there."""
    return _Reader(story, most_lanes).read()


class _Reader:
    """Goes through the trace once; the lanes of legs are given out as they begin and taken back as they end."""

    def __init__(self, story: Story, most_lanes: int) -> None:
        self.story = story
        self.most = most_lanes
        self.exchanges = {exchange.number: exchange for exchange in story.exchanges}
        self.rows: list[LadderRow] = []
        self.lanes: list[Lane] = [self._caller(), Lane("application", _called(story))]
        self.lane_of: dict[int, int] = {}
        self.alive: list[int] = [1, 1]
        self.titles: dict[int, tuple[int, str, str]] = {}
        self.refused: set[int] = set()
        self.over: set[int] = set()
        self.sharing: dict[int, str] = {}
        self.called = ""
        transfers = [e for e in story.entries if e.trace.code == "done" and e.trace.facts == ("transfer",)]
        self.moved_ms = {entry.at_ms for entry in transfers}
        self.beside: Beside | None = None
        self.beside_ms = 0
        self.last_line = (-1, 0)

    def _caller(self) -> Lane:
        first = 0 if self.story.is_started else self.story.primary
        for leg in self.story.legs:
            if leg.number == first:
                name = ", ".join(self.story.people) or (self._name(_who(leg.party)) if leg.party else "")
                return Lane("group call" if self.story.people else "caller", name)
        return Lane("", "")

    def read(self) -> Rows:
        for entry in self.story.entries:
            self._entry(entry)
        self._flush()
        return Rows(tuple(self.lanes), tuple(self.rows))

    # ------------------------------------------------------------ rows

    def _flush(self) -> None:
        """A line of the flow that no message has taken along stands in a row of its own."""
        if self.beside is not None:
            self.rows.append(LadderRow(self.beside_ms, None, self.beside))
            self.beside = None

    def _arrow(self, at_ms: int, leg: int, arrow: Arrow, title: tuple[int, str, str] | None = None) -> None:
        """A message takes along the line that caused it: no message of others, and none that leaves much later."""
        if arrow.source != APPLICATION or at_ms - self.beside_ms > LATE_MS:
            self._flush()
        if leg in self.sharing:
            self.beside = self.beside or Beside(self.sharing[leg])
        self.rows.append(LadderRow(at_ms, arrow, self.beside, title))
        self.beside = None

    def _note(self, at_ms: int, text: str, style: str) -> None:
        """A note stands beside the message that it follows from, else in a row of its own."""
        self._flush()
        note = Beside(text, style)
        last = self.rows[-1] if self.rows else None
        if last is not None and last.arrow is not None and last.beside is None and last.at_ms == at_ms:
            self.rows[-1] = last._replace(beside=note)
        else:
            self.rows.append(LadderRow(at_ms, None, note))

    def _line(self, at_ms: int, file: int, line: int) -> None:
        if line == 0 or (file, line) == self.last_line:
            return
        self._flush()
        self.last_line, self.beside_ms = (file, line), at_ms
        source = self.story.sources.get(self.story.plan.files[file]) if file < len(self.story.plan.files) else None
        self.beside = Beside(source.line(line).strip() if source is not None else "", "", file, line)

    # ------------------------------------------------------------ the trace

    def _entry(self, entry: Entry) -> None:
        at_ms, trace = entry
        shows = WORDS[trace.code].shows
        if shows == "arrow":
            self._message(at_ms, trace)
        elif trace.code in ("handler", "instant"):
            handler = self.story.plan.handlers[int(trace.facts[1])]
            self._line(at_ms, handler.file, handler.line)
        elif trace.code == "step":
            place = self.story.plan.places[trace.place]
            self._line(at_ms, place.file, place.line)
        elif trace.code == "leg":
            self._begin(trace)
        elif shows in ("note", "bad", "good"):
            self._note(at_ms, sentence(trace), "" if shows == "note" else shows)

    def _message(self, at_ms: int, trace: Trace) -> None:
        lane = self._lane(trace.leg)
        match trace.code:
            case "incoming":
                self._arrow(at_ms, trace.leg, Arrow(CALLER, APPLICATION, ("incoming call", "calls")))
            case "request":
                self._request(at_ms, trace, lane)
            case "state":
                name = str(trace.facts[0])
                if name == "terminating":
                    return  # its end follows
                self._arrow(at_ms, trace.leg, Arrow(lane, APPLICATION, (STATES.get(name, name),)))
            case "result" if trace.leg in self.over:
                self._said_late(at_ms, trace, lane)
            case "result":
                self._arrow(at_ms, trace.leg, Arrow(lane, APPLICATION, _with_result("", trace.facts), "bad"))
            case "tone":
                key = {"star": "*", "pound": "#"}.get(str(trace.facts[0]), str(trace.facts[0]))
                self._arrow(at_ms, trace.leg, Arrow(lane, APPLICATION, (f"key {key}",)))
            case "leg-over":
                self._over(at_ms, trace, lane)
            case _:  # joined, left
                self._arrow(at_ms, trace.leg, Arrow(CALLER, APPLICATION, (sentence(trace),)))

    def _request(self, at_ms: int, trace: Trace, lane: int) -> None:
        exchange = self.exchanges.get(int(trace.facts[0]))
        if exchange is None:  # to a service, not to Graph
            self._note(at_ms, self._errand(trace), "")
            return
        label, style = act_words(exchange.act), ""
        labels: tuple[str, ...] = (f"{label} {exchange.status}", label)
        if isinstance(exchange.act, commands.Play):
            labels = (*labels, label.removesuffix(".wav"))
        elif isinstance(exchange.act, commands.Redirect):
            labels = (*labels, f"redirect {exchange.status}")
        if exchange.answered_ms < 0:
            labels = labels[1:]
        elif exchange.status == 0:
            labels, style = (f"{label}, no answer", f"{label}, lost", "lost"), "bad"
        elif exchange.status == 404 and isinstance(exchange.act, commands.HangUp):
            style = "dim"  # it was over already
        elif exchange.status >= 400:
            result = exchange.result or Result(exchange.status, 0)
            labels, style = _with_result(label, (result.code, result.subcode, result.name or result.message)), "bad"
        if isinstance(exchange.act, commands.KeepAlive | commands.GetCall | commands.GetOperation):
            style = style or "dim"
        begins = isinstance(exchange.act, commands.CreateCall | commands.JoinMeeting)
        if begins and exchange.status >= 400:
            self.refused.add(trace.leg)
        title = self.titles.pop(trace.leg, None) if begins else None
        self._arrow(at_ms, trace.leg, Arrow(APPLICATION, lane, labels, style, begins=begins), title)

    def _errand(self, trace: Trace) -> str:
        """A request that goes elsewhere than to Graph."""
        step = self.story.plan.places[trace.place].step if trace.place != NONE else None
        match step:
            case Ask(service=service):
                return f"asks {service}"
            case Notify(service=service):
                return f"tells {service}"
            case StartFlow(flow=flow):
                return f"begins the flow {flow}"
            case _:
                return str(trace.facts[1])

    def _over(self, at_ms: int, trace: Trace, lane: int) -> None:
        facts = trace.facts
        ends = self._end(trace.leg)
        self.over.add(trace.leg)
        is_callers = trace.leg < 0 or trace.leg == self.story.primary
        is_gone = facts[1:2] and facts[1] in GONE_SUBCODES  # the request tells; how it ended may follow
        if not is_callers and (facts[:2] == ENDED_BY_US or is_gone or trace.leg in self.refused):
            self.rows.append(LadderRow(at_ms, None, None, closes=lane if ends else NONE))
            return
        is_moved = trace.leg == self.story.primary and at_ms in self.moved_ms
        if is_moved or (len(facts) > 1 and facts[1] == TRANSFERRED):
            self._arrow(at_ms, trace.leg, Arrow(lane, APPLICATION, ("transferred",), "good", ends=ends))
            return
        code = facts[0] if facts else 0
        is_bad = isinstance(code, int) and code >= 300
        labels = _with_result("ended", facts) if is_bad else ("ended",)
        style = "bad" if is_bad and not is_callers else ""
        self._arrow(at_ms, trace.leg, Arrow(lane, APPLICATION, labels, style, ends=ends))

    def _said_late(self, at_ms: int, trace: Trace, lane: int) -> None:
        """How a leg ended that was known to be gone already. Its lane may have another leg by now."""
        if self.alive[lane] > 0:
            self._note(at_ms, sentence(trace), "")
        else:
            self._arrow(at_ms, trace.leg, Arrow(lane, APPLICATION, _with_result("ended", trace.facts), "bad"))

    # ------------------------------------------------------------ lanes

    def _lane(self, leg: int) -> int:
        if leg < 0 or leg == self.story.primary:
            return CALLER
        return self.lane_of.get(leg, CALLER if self.story.primary < 0 else APPLICATION)

    def _begin(self, trace: Trace) -> None:
        """A leg gets a lane: a free one, a new one, or the last where there are too many."""
        leg = trace.leg
        place = self.story.plan.places[trace.place].step if trace.place != NONE else None
        if isinstance(place, Call | JoinMeeting):
            self._call(leg, self._name(str(trace.facts[1])))
        if leg == self.story.primary or isinstance(place, Call | JoinMeeting):
            return
        name = place.leg if isinstance(place, Consult) else str(trace.facts[0])
        party = self._name(str(trace.facts[1]))
        lane = next((n for n in range(FIRST_LEG, len(self.lanes)) if self.alive[n] == 0), -1)
        if lane < 0 and len(self.lanes) < self.most:
            lane = len(self.lanes)
            self.lanes.append(Lane(name, party))
            self.alive.append(0)
        elif lane >= 0:
            self.titles[leg] = (lane, name, party)
        else:
            lane = len(self.lanes) - 1
            self.sharing[leg] = party
        self.lane_of[leg] = lane
        self.alive[lane] += 1

    def _name(self, who: str) -> str:
        return self.story.names.get(who.lower(), who)

    def _call(self, leg: int, party: str) -> None:
        """Every try to place the primary leg stands in the lane of the caller; only the last may become one."""
        self.lane_of[leg], self.alive[CALLER] = CALLER, 1
        if leg and party != self.called:
            self.titles[leg] = (CALLER, "", party)
        self.called = party

    def _end(self, leg: int) -> bool:
        """The leg gives its lane back; whether the lane is free now."""
        lane = self.lane_of.get(leg, CALLER)
        self.alive[lane] = max(self.alive[lane] - 1, 0)
        return self.alive[lane] == 0


def _with_result(label: str, facts: tuple[str | int, ...]) -> tuple[str, ...]:
    """`ended 486/0 busy`, `ended 486/0`, `486/0`: with a result at length and shorter."""
    said = result_words(facts)
    codes = f"{facts[-3]}/{facts[-2]}"
    return tuple(dict.fromkeys([f"{label} {said}".strip(), f"{label} {codes}".strip(), codes]))


def _who(party: Party) -> str:
    return party.name or party.id or party.kind


def _called(story: Story) -> str:
    name = story.flow.replace("\\", "/").rsplit("/", 1)[-1]
    return name or story.plan.title
