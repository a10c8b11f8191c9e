"""Where a call that is played again parts from the call that was: the first command that is another one."""

from typing import NamedTuple

from flowlang.call.commands import Command, Request
from flowlang.call.facts import (
    Fact,
    FlowStarted,
    Incoming,
    OperationUpdated,
    RequestAnswered,
    ServiceAnswered,
    Started,
    TimerFired,
)
from flowlang.codec import encode
from flowlang.hours import open_hours
from flowlang.plan import Plan
from flowlang.replay.again import Asked, BrokenError, Call, Moment, again
from flowlang.replay.recording import Recording

NO_CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//flowlang//\r\nEND:VCALENDAR\r\n"


class Difference(NamedTuple):
    """`then`: what was asked for; `now`: what is asked for instead; None: nothing is. `after`: the fact that led to it;
    None: the call is over and something is still left. `at_ms` counts from the call's first fact. `broke`: why the
    engine gave up there."""

    at_ms: int
    after: Fact | None
    then: Asked | None = None
    now: Asked | None = None
    broke: str = ""


class Compared(NamedTuple):
    """`commands`: how many were the same. `moments`: the call as it is now."""

    commands: int
    difference: Difference | None
    moments: tuple[Moment, ...] = ()


# ---------------------------------------------------------------- the same plan


def with_what_was(recording: Recording) -> Compared:
    """The call through the engine of this release: it has to ask for the same commands, with the same numbers."""
    left = {one.number: one for one in recording.commands}
    moments: list[Moment] = []
    same = 0
    try:
        for moment in again(recording):
            moments.append(moment)
            for asked in moment.asked:
                then = left.pop(asked.command.number, None)
                if then is None or encode(then) != encode(asked.command):
                    was = Asked(asked.at_ms, then) if then is not None else None
                    found = Difference(_since(recording, asked.at_ms), moment.fact, was, asked)
                    return Compared(same, found, tuple(moments))
                same += 1
    except BrokenError as error:
        return Compared(same, _broken(recording, error), tuple(moments))
    difference = _left_over(recording, left[min(left)]) if left else None
    return Compared(same, difference, tuple(moments))


def _left_over(recording: Recording, command: Command) -> Difference:
    """Something that the call asked for, and the engine does not ask for any more."""
    last_ms = recording.facts[-1].at_ms if recording.facts else 0
    return Difference(_since(recording, last_ms), None, Asked(last_ms, command))


# ---------------------------------------------------------------- another plan


def with_other_plan(recording: Recording, plan: Plan) -> Compared:
    """The call through another plan: told the same from outside, until the first command that its own plan does not
    give there, or gives at another time. It has timers of its own, which are due when they are due. Hours that the
    call's own plan does not know are open as the other plan says, without calendars."""
    beside = _Beside(recording, plan)
    try:
        for moment in again(recording):
            beside.go(moment)
        beside.end()
    except BrokenError as error:
        if beside.difference is None:
            beside.difference = _broken(recording, error)
    return Compared(beside.same, beside.difference, tuple(beside.call.moments))


class _Beside:
    """The two calls side by side. Requests of the two are counted apart, since a timer more is a number more; what is
    told about one of the recording goes to the one that answers to it."""

    def __init__(self, recording: Recording, plan: Plan) -> None:
        self._recording, self._plan = recording, plan
        self._known = {one.name for one in recording.plan.hours}
        self._calendars = {one.calendar: NO_CALENDAR for one in plan.hours if one.calendar}
        self._then: list[tuple[Fact, Asked]] = []
        self._now: list[tuple[Fact, Asked]] = []
        self._numbers: dict[int, int] = {}
        self.call = Call(plan, recording.call_id)
        self.same = 0
        self.difference: Difference | None = None

    def go(self, was: Moment) -> None:
        for mine in self.call.timers(was.fact.at_ms):
            self._take(self._now, mine)
        if isinstance(was.fact, TimerFired):
            self._take(self._then, was)
            self._match()
            return
        self._match()
        self._take(self._then, was)
        fact = self._mine(was.fact)
        if fact is not None:
            self._take(self._now, self.call.told(fact))
        self._match()

    def end(self) -> None:
        """What is left on one side only."""
        if self._then or self._now:
            self._part(next(iter(self._then), None), next(iter(self._now), None))

    def _take(self, queue: list[tuple[Fact, Asked]], moment: Moment) -> None:
        if self.difference is None:
            queue += [(moment.fact, asked) for asked in moment.asked]

    def _match(self) -> None:
        while self._then and self._now and self.difference is None:
            then, now = self._then.pop(0), self._now.pop(0)
            if then[1].at_ms != now[1].at_ms or _asks(then[1].command) != _asks(now[1].command):
                self._part(then, now)
                return
            self._numbers[then[1].command.number] = now[1].command.number
            self.same += 1

    def _part(self, then: tuple[Fact, Asked] | None, now: tuple[Fact, Asked] | None) -> None:
        if self.difference is None:
            first = min([one for one in (then, now) if one is not None], key=lambda one: one[1].at_ms)
            at_ms = _since(self._recording, first[1].at_ms)
            self.difference = Difference(at_ms, first[0], then[1] if then else None, now[1] if now else None)

    def _mine(self, fact: Fact) -> Fact | None:
        """What this call is told; None: it is about something that it never asked for."""
        match fact:
            case RequestAnswered() | ServiceAnswered() | FlowStarted():
                number = self._numbers.get(fact.request)
                if number is None:
                    return None
                fact = fact._replace(request=number)
            case OperationUpdated() if fact.context.isdecimal():
                number = self._numbers.get(int(fact.context))
                fact = fact._replace(context=str(number)) if number is not None else fact
            case _:
                pass
        more = open_hours(self._plan, fact.at_ms, self._calendars) - self._known
        return fact._replace(open_hours=fact.open_hours | more) if more else fact


def _asks(command: Command) -> bytes:
    """What a command asks for, whatever its number is. The context of a request is that number again."""
    bare = command._replace(number=0)
    if isinstance(bare, Request) and "context" in bare.act._fields:
        fields = {**bare.act._asdict(), "context": ""}
        bare = bare._replace(act=type(bare.act)(**fields))
    return encode(bare)


# ---------------------------------------------------------------- both


def _broken(recording: Recording, error: BrokenError) -> Difference:
    return Difference(_since(recording, error.fact.at_ms), error.fact, broke=str(error))


def _since(recording: Recording, at_ms: int) -> int:
    began = next((one.at_ms for one in recording.facts if isinstance(one, Incoming | Started)), at_ms)
    return at_ms - began
