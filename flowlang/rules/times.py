"""How long callers wait and how long they hear nothing, at the longest, on every path through a handler.

What counts: the bounds of steps (`for`, or the default of the language), tries of `menu`, `retry` with its pauses,
targets that ring in turn, sound files whose length can be read, `goto`, routines, failure handlers, and timers, which
cut a step short and begin where a handler has ended. What does not: the moments that the platform itself needs, texts
that are spoken, and what a caller brings about with a key between two steps.

The wait ends when a consulted person answers, the caller is handed over, or the flow hangs up. Silence is time in
which the flow plays nothing to the caller; ringing during a transfer, and a flow that has asked for a key, are none.
"""

from typing import Literal

from flowlang.named_tuple import NamedTuple
from flowlang.rules.effects import NO_CALL
from flowlang.rules.flow import Flow, Owner, StepAt
from flowlang.rules.limits import SILENCE_LONGEST_MS
from flowlang.rules.logic import text_of
from flowlang.rules.spent import Spent, can_be_silent, spent
from flowlang.syntax import ast

MOST_VISITS = 3_000  # of steps from one handler on; beyond that the figures are only the least
MOST_RETRIES = 50
NOT_LOOKED_AT = frozenset({"ended", "transfer completed", "transferring", "transfer accepted"})
CANNOT_BE_CUT = frozenset({"transfer", "redirect", "answer", "reject", "hang up"})  # a timer waits for these

How = Literal["answered", "handed over", "redirected", "hung up", "rejected", "safety net", "again", "no end"]
PERSON: frozenset[How] = frozenset({"answered", "handed over", "redirected"})
OVER: frozenset[How] = frozenset({"hung up", "rejected", "safety net"})
"""How waiting ends. `again`: the flow goes to a stage where it was before. `no end`: it waits for the caller."""


class Way(NamedTuple):
    """Where the time of the longest path goes, last step first; `of` a timer: all until it took over. `is_pause`: the
    time before another try."""

    of: "StepAt | Owner"
    ms: int
    before: "Way | None"
    is_pause: bool = False


class Exit(NamedTuple):
    """One way in which waiting ends, and when, from the beginning of the handler."""

    how: How
    at: StepAt | None
    ms: int
    way: Way | None


class HandlerTimes(NamedTuple):
    """The figures of one handler. `person`: the last moment at which somebody answers or the caller is handed over.
    `over`: the last at which the flow ends the call, with nobody reached. `has_no_end`: on some path only the caller
    ends it. `stays`: the call may stay up with nothing to come, though somebody may have
    answered. `goes_round`: it may come again to where it was. `silence_ms`, `silent_at`: the longest silence and the
    step at which it begins. `is_whole`: no sound of unknown length was left out, and no path."""

    owner: Owner
    person: Exit | None
    over: Exit | None
    has_no_end: bool
    stays: bool
    goes_round: bool
    silence_ms: int
    silent_at: StepAt | None
    is_whole: bool


class Silence(NamedTuple):
    """A silence longer than callers bear: the step at which it becomes too long, where it begins, how long it is."""

    at: StepAt
    since: StepAt
    ms: int


class Now(NamedTuple):
    """What is known at a place, at the worst. `waited_ms`: None where on every path somebody has answered."""

    waited_ms: int | None
    way: Way | None
    quiet_ms: int
    since: StepAt | None
    crossed: StepAt | None
    music: bool
    is_up: bool


class Timer(NamedTuple):
    """A handler `after D` that takes over, and when it is due, from the beginning of the handler that is looked at."""

    owner: Owner
    due_ms: int


Failed = tuple[StepAt, Now]
Costs = dict[tuple[int, tuple[str, ...]], Spent]
BEGIN = Now(0, None, 0, None, None, False, True)


def either(a: Now | None, b: Now | None) -> Now | None:
    """The worse of two, part by part."""
    if a is None or b is None:
        return a or b
    late = a if b.waited_ms is None or (a.waited_ms is not None and a.waited_ms >= b.waited_ms) else b
    quiet = a if a.quiet_ms >= b.quiet_ms else b
    music, is_up = a.music and b.music, a.is_up or b.is_up
    return Now(late.waited_ms, late.way, quiet.quiet_ms, quiet.since, quiet.crossed, music, is_up)


class Times:
    """The figures of a flow, worked out when they are asked for."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._handlers: dict[int, HandlerTimes] = {}
        self._silences: dict[int, Silence] = {}
        self._costs: Costs = {}

    def of(self, owner: Owner) -> HandlerTimes | None:
        """The figures of a handler; None where nobody waits in it."""
        if owner.event in NOT_LOOKED_AT or self._flow.is_instant(owner):
            return None
        if owner.number not in self._handlers:
            walk = _Walk(self._flow, self._silences, self._costs)
            self._handlers[owner.number] = walk.from_handler(owner)
        return self._handlers[owner.number]

    def all(self) -> list[HandlerTimes]:
        """The figures of all handlers, in the order of the file."""
        return [times for times in map(self.of, self._flow.handlers()) if times is not None]

    def silences(self) -> list[Silence]:
        """The silences that are too long, in the order of the file."""
        for owner in self._flow.handlers():
            if owner.event != "enter":  # a `goto` leads to these
                self.of(owner)
        return [self._silences[number] for number in sorted(self._silences)]


class _Walk:
    """All paths from one handler on."""

    def __init__(self, flow: Flow, silences: dict[int, Silence], costs: Costs) -> None:
        self.flow = flow
        self.silences = silences
        self.costs = costs
        self.final: list[Exit] = []
        self.exits: list[Exit] = []  # of the handler that is walked now, before timers
        self.failures: list[Failed] = []
        self.retries: list[Now] = []
        self.timers: list[Timer] = []
        self.stages: list[str] = []
        self.tried: list[int] = []
        self.calls: list[Owner] = []
        self.env: dict[str, str] = {}
        self.owner: Owner
        self.visits = 0
        self.is_whole = True
        self.stays = False
        self.quietest: tuple[int, StepAt | None] = (0, None)

    def from_handler(self, owner: Owner) -> HandlerTimes:
        self.timers = [*self._timers("", 0), *(self._timers(owner.stage, 0) if owner.stage else [])]
        delay = owner.handler.event.delay if owner.handler and owner.event == "after" else None
        if delay is not None:  # the clock of its stage has gone on for that long
            here = [one for one in self.timers if one.owner.stage == owner.stage and one.owner.number != owner.number]
            others = [one for one in self.timers if one.owner.stage != owner.stage]
            later = [one._replace(due_ms=one.due_ms - delay.ms) for one in here]
            self.timers = others + [one for one in later if one.due_ms >= 0]
        self.stages = [owner.stage] if owner.event == "enter" else []
        self.tried = [owner.number]
        self._activity(owner, BEGIN._replace(is_up=owner.event != "start"))
        return HandlerTimes(
            owner,
            self._last(PERSON),
            self._last(OVER),
            any(one.how == "no end" for one in self.final),
            self.stays,
            any(one.how == "again" for one in self.final),
            *self.quietest,
            self.is_whole and self.visits <= MOST_VISITS,
        )

    def _last(self, how: frozenset[How]) -> Exit | None:
        return max((one for one in self.final if one.how in how), key=lambda one: one.ms, default=None)

    def _timers(self, stage: str, from_ms: int) -> list[Timer]:
        found = []
        for owner in self.flow.in_stage(stage):
            delay = owner.handler.event.delay if owner.handler and owner.event == "after" else None
            if delay is not None and not self.flow.is_instant(owner):
                found.append(Timer(owner, from_ms + delay.ms))
        return found

    # ------------------------------------------------------------ activities

    def _activity(self, owner: Owner, now: Now) -> None:
        """A handler runs from its beginning to its end, to a `goto`, or until a timer takes over."""
        was = (getattr(self, "owner", owner), self.exits, self.failures, self.calls, self.env, self.retries)
        self.owner, self.exits, self.failures, self.calls, self.env, self.retries = owner, [], [], [], {}, []
        out = self._caught(owner.body, owner.catch, now)
        if out is not None:
            self._idle(out)
        for at, failed in self.failures:
            self._uncaught(at, failed)
        self._cut(self.exits)
        self.owner, self.exits, self.failures, self.calls, self.env, self.retries = was

    def _cut(self, own: list[Exit]) -> None:
        """Keeps the exits that come before the next timer; a timer takes over from all others."""
        timer = min(self.timers, key=lambda one: one.due_ms, default=None)
        cut_ms = -1
        for one in own:
            at_ms = _cut_at(one.way, one.ms, timer.due_ms) if timer is not None else None
            is_at_it = at_ms == one.ms and one.way is not None and one.way.of is one.at
            if at_ms is None or is_at_it:  # a transfer that was under way and goes well
                self.final.append(one)
            else:
                cut_ms = max(cut_ms, at_ms)
        if cut_ms >= 0 and timer is not None:
            self._timer(timer, cut_ms)

    def _idle(self, now: Now) -> None:
        """The handler has ended and the call is up: the next timer goes on with it, or only the caller can."""
        timer = min(self.timers, key=lambda one: one.due_ms, default=None)
        self.stays = self.stays or (now.is_up and not self.timers)
        if now.waited_ms is None or not now.is_up:
            return  # somebody is on the line; or nobody ever was
        if timer is None:
            self.final.append(Exit("no end", None, now.waited_ms, now.way))
            return
        cut_ms = _cut_at(now.way, now.waited_ms, timer.due_ms)
        if cut_ms is None:
            self._timer(timer, timer.due_ms, now.way, now.waited_ms)
        else:
            self._timer(timer, cut_ms)

    def _timer(self, timer: Timer, at_ms: int, way: Way | None = None, way_ms: int = 0) -> None:
        """A timer takes over; `way` and `way_ms`: what went before, where that is sure."""
        was = self.timers
        self.timers = [one for one in was if one is not timer]
        self._activity(timer.owner, BEGIN._replace(waited_ms=at_ms, way=Way(timer.owner, at_ms - way_ms, way)))
        self.timers = was

    def _uncaught(self, at: StepAt, now: Now) -> None:
        """A failure that nothing nearby catches: the failure handlers that may fit, else the safety net."""
        is_taken = False
        for owner in self.flow.handlers("failed", "step failed"):
            event = owner.handler.event if owner.handler else None
            fits = event is not None and (event.step is None or event.step.text == at.word)
            if not fits or owner.stage not in ("", self.owner.stage) or owner.number in self.tried:
                continue
            if self.flow.is_instant(owner):
                self._idle(now)
            else:
                self.tried.append(owner.number)
                self._activity(owner, now._replace(music=False))
                self.tried.pop()
            handler = owner.handler
            is_for_all = handler is not None and not handler.hours and handler.condition is None
            if is_for_all and event is not None and not event.patterns:
                is_taken = True
                break
        if not is_taken:
            self._exit("safety net", at, now)

    def _goto(self, at: StepAt, now: Now) -> None:
        stage = at.step.name.text if at.step.name else ""
        entries = [owner for owner in self.flow.in_stage(stage) if owner.event == "enter"] if stage else []
        if stage in self.stages:
            self._exit("again", at, now)
            return
        was = self.timers
        self.timers = [one for one in was if not one.owner.stage] + self._timers(stage, now.waited_ms or 0)
        self.stages.append(stage)
        for owner in entries:
            self._activity(owner, now._replace(music=False))
        if not entries and stage:
            self._idle(now)
        self.stages.pop()
        self.timers = was

    def _exit(self, how: How, at: StepAt, now: Now) -> None:
        if now.waited_ms is not None:
            self.exits.append(Exit(how, at, now.waited_ms, now.way))

    # ------------------------------------------------------------ blocks

    def _caught(self, body: ast.Block, catch: ast.Block | None, now: Now | None) -> Now | None:
        if catch is None:
            return self._block(body, now)
        outer, self.failures = self.failures, []
        out = self._block(body, now)
        inner, self.failures = self.failures, outer
        return self._after_catch(inner, catch, out)

    def _after_catch(self, failures: list[Failed], catch: ast.Block, out: Now | None) -> Now | None:
        worst = _worst(failures)
        return out if worst is None else either(out, self._block(catch, worst))

    def _block(self, block: ast.Block, now: Now | None) -> Now | None:
        for line in block.lines:
            if now is None:
                return None
            outer = self.failures
            if line.catch:
                self.failures = []
            for step in line.steps:
                if now is not None:
                    now = self._when(step, now) if isinstance(step, ast.When) else self._step(step, now)
            if line.catch:
                inner, self.failures = self.failures, outer
                now = self._after_catch(inner, line.catch, now)
        return now

    def _when(self, when: ast.When, now: Now) -> Now | None:
        out: Now | None = None
        for branch in when.branches:
            out = either(out, self._block(branch.body, now))
        return out if when.branches[-1].condition is None else either(out, now)

    # ------------------------------------------------------------ steps

    def _step(self, step: ast.Step, now: Now) -> Now | None:
        self.visits += 1
        if self.visits > MOST_VISITS:
            return None
        if step.retry is not None:
            self.retries.append(now)
            return None
        at = self.flow.where(self.calls[-1] if self.calls else self.owner, step)
        match step.word.text:
            case "stop":
                self._idle(now)
                return None
            case "goto":
                self._goto(at, now)
                return None
            case _:
                return self._with_arms(at, now)

    def _with_arms(self, at: StepAt, now: Now) -> Now | None:
        """A step with its arms; arms that try again first, as often as they may."""
        if not at.step.arms and at.word != "do":
            out, failed = self._tried(at, now)
            self.failures += failed
            return out
        outer, self.failures = self.failures, []
        out, failed = self._tried(at, now)
        every = list(failed)
        catching = [arm for arm in at.step.arms if arm.kind == "on" or (arm.kind == "otherwise" and at.word != "menu")]
        for arm in catching:
            retry = _retry_in(arm)
            for _ in range(min(MOST_RETRIES, retry.times.value if retry.times else 1) if retry else 0):
                worst = _worst(failed)
                if worst is None:
                    break
                again, aside = self._arm(arm, worst)
                out = either(out, aside)
                if again is None:
                    break
                pause = retry.after.ms if retry and retry.after else 0
                quiet = 0 if again.music or not can_be_silent(self.flow, at) else pause
                ok, failed = self._tried(at, self._pass(at, again, pause, quiet, True))
                out = either(out, ok)
                every += failed
        is_all_taken = False
        worst = _worst(every)
        if worst is not None:
            for arm in catching:
                if _retry_in(arm) is None:
                    out = either(out, self._arm(arm, worst)[1])
                    is_all_taken = is_all_taken or arm.kind == "otherwise"
        left, self.failures = self.failures, outer
        self.failures += left
        self.failures += [] if is_all_taken else _each(every)
        return out

    def _arm(self, arm: ast.Arm, now: Now) -> tuple[Now | None, Now | None]:
        """What is known where the arm tries again, and where it ends otherwise."""
        outer, self.retries = self.retries, []
        out = self._caught(arm.body, arm.catch, now)
        again: Now | None = None
        for one in self.retries:
            again = either(again, one)
        self.retries = outer
        return again, out

    def _tried(self, at: StepAt, now: Now) -> tuple[Now | None, list[Failed]]:
        """One try: what is known after success (None: it does not go on here), and the failures."""
        if at.word == "do":
            return self._do(at, now)
        key = (at.number, tuple(self.env.values()))
        cost = self.costs.get(key)
        if cost is None:
            cost = self.costs[key] = spent(self.flow, at, self.env)
        self.is_whole = self.is_whole and cost.is_known
        music = (now.music and not cost.ends_music) or (at.word == "consult" and at.step.playing is not None)
        after = self._pass(at, now, cost.ms, 0 if now.music else cost.quiet_ms)
        if cost.is_heard and (after.quiet_ms or after.since or after.crossed):
            after = after._replace(quiet_ms=0, since=None, crossed=None)
        if after.music != music:
            after = after._replace(music=music)
        return self._done(at, after), ([(at, after)] if _can_fail(at.word) else [])

    def _done(self, at: StepAt, after: Now) -> Now | None:
        match at.word:
            case "transfer":
                self._exit("handed over", at, after)
                return after._replace(waited_ms=None) if at.step.participant else None
            case "redirect":
                self._exit("redirected", at, after)
                return None
            case "reject":
                self._exit("rejected", at, after)
                return None
            case "hang up" if at.step.leg is None:
                self._exit("hung up", at, after)
                return None
            case "consult" | "invite":
                self._exit("answered", at, after)
                return after._replace(waited_ms=None)
            case "answer" | "call" | "join":
                return self._up(at, after)
            case "menu":
                out: Now | None = None
                for arm in at.step.arms:
                    if arm.kind != "on":
                        out = either(out, self._arm(arm, after)[1])
                return out
            case _:
                return after

    def _up(self, at: StepAt, after: Now) -> Now | None:
        """The call is up: handlers of `answered` take over."""
        state = self.flow.journey.state(at)
        now = after._replace(quiet_ms=0, since=None, crossed=None)
        if state is not None and state.phase == NO_CALL:
            now = BEGIN
        owners = [owner for owner in self.flow.in_stage("") if owner.event == "answered"]
        if self.owner.event not in ("incoming", "start") or not owners:
            return now
        was = self.timers
        self.timers = self._timers("", now.waited_ms or 0)
        for owner in owners:
            if not self.flow.is_instant(owner):
                self._activity(owner, now)
        self.timers = was
        is_for_all = any(o.handler and not o.handler.hours and o.handler.condition is None for o in owners)
        return None if is_for_all else now

    def _pass(self, at: StepAt, now: Now, ms: int, quiet_ms: int, is_pause: bool = False) -> Now:
        """Time goes by at a step."""
        if not ms and not quiet_ms:
            return now
        waited = now.waited_ms + ms if now.waited_ms is not None else None
        way = Way(at, ms, now.way, is_pause) if ms else now.way
        if not quiet_ms:
            return now._replace(waited_ms=waited, way=way)
        total, since, crossed = now.quiet_ms + quiet_ms, now.since or at, now.crossed
        if crossed is None and total > SILENCE_LONGEST_MS:
            crossed = at
        if crossed is not None:
            old = self.silences.get(crossed.number)
            if old is None or old.ms < total:
                self.silences[crossed.number] = Silence(crossed, since, total)
        if total > self.quietest[0]:
            self.quietest = (total, since)
        return Now(waited, way, total, since, crossed, now.music, now.is_up)

    def _do(self, at: StepAt, now: Now) -> tuple[Now | None, list[Failed]]:
        routine = self.flow.routine(at.step.name.text) if at.step.name else None
        if routine is None or routine.routine is None or routine in self.calls:
            return now, []
        parameters = routine.routine.parameters
        was = self.env
        values = [text_of(argument.value) for argument in at.step.arguments]
        self.env = {p.text: was.get(v, v) for p, v in zip(parameters, values, strict=False)}
        outer, self.failures = self.failures, []
        self.calls = [*self.calls, routine]
        out = self._caught(routine.body, routine.catch, now)
        self.calls = self.calls[:-1]
        inner, self.failures = self.failures, outer
        self.env = was
        return out, inner


def _cut_at(way: Way | None, end_ms: int, due_ms: int) -> int | None:
    """When a timer takes over on that way; None: all is over before. It waits for a step that cannot be cut."""
    if end_ms <= due_ms:
        return None
    while way is not None:
        if end_ms - way.ms <= due_ms:
            is_final = isinstance(way.of, StepAt) and way.of.word in CANNOT_BE_CUT
            return end_ms if is_final else due_ms
        end_ms, way = end_ms - way.ms, way.before
    return due_ms


def _can_fail(word: str) -> bool:
    return word not in ("log", "set", "notify", "wait", "hang up", "reject")


def _worst(failures: list[Failed]) -> Now | None:
    found: Now | None = None
    for _, now in failures:
        found = either(found, now)
    return found


def _each(failures: list[Failed]) -> list[Failed]:
    """One failure for each step, at its worst."""
    found: dict[int, Failed] = {}
    for at, now in failures:
        old = found.get(at.number)
        found[at.number] = (at, (either(old[1], now) or now) if old else now)
    return list(found.values())


def _retry_in(arm: ast.Arm) -> ast.Retry | None:
    return _retry_of(arm.body)


def _retry_of(block: ast.Block) -> ast.Retry | None:
    for line in block.lines:
        for step in line.steps:
            if isinstance(step, ast.When):
                found = next((one for one in map(_retry_of, [b.body for b in step.branches]) if one), None)
            else:
                found = step.retry
            if found is not None:
                return found
    return None
