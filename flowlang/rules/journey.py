"""What is known before each step, on every path that leads there: is the call up, which legs are, what is set.

A walk over the tree with abstract states. Where paths meet, their states are joined: what may be is united, what
must be is intersected. Handlers begin with what holds whenever their event can come. A failure goes outwards as in
the language: arms, `if that fails` of line, routine and handler, failure handlers. It is repeated until nothing
changes.
"""

from flowlang.named_tuple import NamedTuple
from flowlang.rules.effects import (
    INITIAL,
    MOVING,
    NO_CALL,
    OVER,
    RINGING,
    State,
    anytime,
    effect,
    is_over,
    join,
    met,
)
from flowlang.rules.flow import INSTANT, Flow, Owner, StepAt
from flowlang.rules.known import names_that_exist
from flowlang.syntax import ast

MOST_ROUNDS = 20  # of each handler; states only grow and are small, so a flow needs three or four
MOST_VISITS = 4_000  # of steps in one handler; routines in routines, or arms in arms, double the work with each level
DEEPEST = 12

AFTER_THE_END = INSTANT | {"ask", "wait", "start", "do"}  # what `ended` may hold (A24)
ON_TRANSFER = ("transferring", "transfer accepted", "transfer completed")
ANY_TIME = frozenset({"tone", "joined", "left", "leg ended", "state", "after"})  # what may come once the call is up


class Failure(NamedTuple):
    """A failure that left a step: the patterns that its arms took, and the `do` in the handler through which it
    came."""

    at: StepAt
    via: StepAt | None
    taken: tuple[str, ...]
    state: State


class Dead(NamedTuple):
    """A step or `when` that cannot run, the number of its file, and the word of what ended the path before it."""

    unit: int
    at: StepAt | None
    when: ast.When | None
    ended_by: str


class Sinks:
    """Where what leaves the straight path is collected."""

    __slots__ = ("failures", "retries")

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.retries: list[State] = []


class Walk:
    """What came to light when one handler was walked last."""

    __slots__ = ("before", "dead", "ends", "steps", "uncaught")

    def __init__(self) -> None:
        self.before: dict[tuple[int, int], State] = {}
        self.dead: dict[tuple[int, int], Dead] = {}
        self.ends: list[State] = []
        self.uncaught: list[Failure] = []
        self.steps: set[int] = set()


class Journey:
    """The states before steps (`before`), and what came to light on the way. Read after `travel`."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.before: dict[tuple[int, int], State] = {}
        self.dead: dict[tuple[int, int], Dead] = {}
        self.ends: dict[int, list[State]] = {}
        self.uncaught: dict[int, list[Failure]] = {}
        self.owners_of: dict[int, set[int]] = {}
        self.env: dict[str, str] = {}
        self._entries: dict[int, State] = {}
        self._changed: dict[int, Owner] = {}
        self._owner: Owner = flow.owners[0] if flow.owners else _NOBODY
        self._via: StepAt | None = None
        self._calls: list[int] = []
        self._sinks = Sinks()
        self._walks: dict[int, Walk] = {}
        self._walk = Walk()
        self._why = ""
        self._visits = 0

    # ------------------------------------------------------------ looking

    def state(self, at: StepAt) -> State | None:
        """What is known before a step; None: no path leads there."""
        return self.before.get((at.owner.unit.number, at.step.span.start))

    # ------------------------------------------------------------ all handlers until nothing changes

    def travel(self) -> "Journey":
        flow = self.flow
        initial = INITIAL._replace(
            known=frozenset(d.name.text for d in flow.declared if d.kind in ("let", "setting")),
            legs=frozenset((leg, "never", "", -1) for leg in flow.consults),
        )
        for owner in flow.handlers("incoming"):
            self._arrive(owner, initial._replace(phase=RINGING))
        for owner in flow.handlers("start"):
            self._arrive(owner, initial._replace(phase=NO_CALL))
        for owner in flow.handlers("ended"):
            self._arrive(owner, initial._replace(phase=OVER, ended_by="ended"))
        if not flow.handlers("incoming", "start"):
            self._answered(initial)
        self._settle()
        for owner in flow.handlers():  # what nothing leads to is looked at all the same
            if owner.number not in self._entries and not owner.stage and owner.event not in ("enter", *ON_TRANSFER):
                self._arrive(owner, self._at_event(owner, anytime(initial)))
        self._settle()
        for owner in flow.handlers():
            if owner.number in self._walks:
                self._put_down(owner.number, self._walks[owner.number])
        return self

    def _put_down(self, number: int, walk: Walk) -> None:
        """Adds what the last walk of a handler has shown to what the others have."""
        for place, state in walk.before.items():
            old = self.before.get(place)
            self.before[place] = state if old is None else join(old, state)
        for place, dead in walk.dead.items():
            self.dead.setdefault(place, dead)
        if walk.ends:
            self.ends[number] = walk.ends
        self.uncaught[number] = walk.uncaught
        for step in walk.steps:
            self.owners_of.setdefault(step, set()).add(number)

    def _settle(self) -> None:
        """Walks each handler whose entry has changed, until none has."""
        for _ in range(MOST_ROUNDS * max(1, len(self.flow.owners))):
            if not self._changed:
                return
            owner = self._changed.pop(next(iter(self._changed)))
            self._handler(owner, self._entries[owner.number])

    def _arrive(self, owner: Owner, state: State) -> None:
        old = self._entries.get(owner.number)
        new = state if old is None else join(old, state)
        if new != old:
            self._entries[owner.number] = new
            self._changed[owner.number] = owner

    def _answered(self, state: State) -> None:
        """The call is up: `on answered` runs, and from now on the other handlers of the flow may."""
        for owner in self.flow.in_stage(""):
            if owner.event == "answered":
                self._arrive(owner, state)
            elif owner.event in ANY_TIME:
                self._arrive(owner, self._at_event(owner, anytime(state)))

    def _enter(self, stage: str, state: State) -> None:
        """A stage is entered: so does its `on enter`, and from now on its other handlers may run."""
        legs = frozenset((fact[0], fact[1], fact[2], fact[3] if fact[1] == "up" else -1) for fact in state.legs)
        state = state._replace(legs=legs)
        for owner in self.flow.in_stage(stage):
            if owner.event == "enter":
                self._arrive(owner, state)
            elif owner.event == "ended":
                self._arrive(owner, anytime(state)._replace(phase=OVER, ended_by=owner.event))
            elif owner.event in ANY_TIME:
                self._arrive(owner, self._at_event(owner, anytime(state)))

    def _at_event(self, owner: Owner, state: State) -> State:
        handler = owner.handler
        if handler and handler.event.word == "leg ended" and handler.event.leg:
            name = handler.event.leg.text
            kept = {fact for fact in state.legs if fact[0] != name}
            return state._replace(legs=frozenset(kept | {(name, "ended", "", -1)}))
        return state

    # ------------------------------------------------------------ one handler

    def _handler(self, owner: Owner, entry: State) -> None:
        self._owner, self._via, self._calls, self.env = owner, None, [], {}
        self._sinks = Sinks()
        self._walk = self._walks[owner.number] = Walk()
        self._why, self._visits = "", 0
        self._see(owner.unit.number, owner.handler.span.start if owner.handler else 0, entry)
        if owner.handler and owner.handler.condition is not None:
            entry = entry._replace(known=entry.known | names_that_exist(owner.handler.condition, True))
        out = self._caught(owner.body, owner.catch, entry)
        if out is not None:
            self._walk.ends.append(out)
        self._walk.uncaught = self._sinks.failures
        for failure in self._sinks.failures:
            self._to_failure_handlers(owner, failure)

    def _to_failure_handlers(self, owner: Owner, failure: Failure) -> None:
        if failure.state.phase == OVER:
            return
        for other in self.flow.handlers("failed", "step failed"):
            event = other.handler.event if other.handler else None
            fits = event is not None and (event.step is None or event.step.text == failure.at.word)
            if fits and other.stage in ("", owner.stage) and other.number != owner.number:
                self._arrive(other, failure.state)

    def _see(self, unit: int, start: int, state: State) -> None:
        before = self._walk.before
        old = before.get((unit, start))
        before[unit, start] = state if old is None else join(old, state)

    # ------------------------------------------------------------ blocks

    def _caught(self, body: ast.Block, catch: ast.Block | None, state: State | None) -> State | None:
        """A block, and what catches its failures."""
        if catch is None:
            return self._block(body, state)
        outer, inner = self._sinks, Sinks()
        inner.retries = outer.retries
        self._sinks = inner
        out = self._block(body, state)
        why = self._why
        self._sinks = outer
        return self._catch(inner.failures, catch, out, why)

    def _catch(self, failures: list[Failure], catch: ast.Block, out: State | None, why: str) -> State | None:
        state: State | None = None
        for failure in failures:
            state = met(state, failure.state)
        if state is None:
            return out
        self._why = ""
        after = self._block(catch, state)
        if after is None and out is None:
            self._why = self._why or why
        return met(out, after)

    def _block(self, block: ast.Block, state: State | None) -> State | None:
        for line in block.lines:
            state = self._line(line, state)
        return state

    def _line(self, line: ast.Line, state: State | None) -> State | None:
        outer = self._sinks
        if line.catch:
            self._sinks = Sinks()
            self._sinks.retries = outer.retries
        for step in line.steps:
            state = self._when(step, state) if isinstance(step, ast.When) else self._step(step, state)
        if line.catch:
            inner, self._sinks = self._sinks, outer
            state = self._catch(inner.failures, line.catch, state, self._why)
        return state

    def _when(self, when: ast.When, state: State | None) -> State | None:
        if state is None:
            self._is_dead(None, when)
            return None
        unit = self._unit()
        self._see(unit, when.span.start, state)
        out: State | None = None
        left: State | None = state
        self._why = ""
        whys: list[str] = []
        for branch in when.branches:
            inside = left
            if branch.condition is not None and left is not None:
                inside = left._replace(known=left.known | names_that_exist(branch.condition, True))
                left = left._replace(known=left.known | names_that_exist(branch.condition, False))
            else:
                left = None
            self._why = ""
            after = self._block(branch.body, inside)
            whys.append(self._why)
            out = met(out, after)
        out = met(out, left)
        self._why = next((why for why in whys if why), "") if out is None else ""
        return out

    def _unit(self) -> int:
        return self._calls_owner().unit.number

    def _calls_owner(self) -> Owner:
        return self.flow.owners[self._calls[-1]] if self._calls else self._owner

    # ------------------------------------------------------------ steps

    def _step(self, step: ast.Step, state: State | None) -> State | None:
        at = self.flow.where(self._calls_owner(), step)
        if state is None:
            self._is_dead(at, None)
            return None
        if is_over(state) and not self._may_run_after_the_end(step, state):
            self._why = state.ended_by
            self._is_dead(at, None)
            return None
        self._visits += 1
        if self._visits > MOST_VISITS:
            return state  # nobody writes such a handler; what is not looked at is not complained of
        self._see(at.owner.unit.number, step.span.start, state)
        self._walk.steps.add(at.number)
        word = step.word.text
        if step.retry is not None:
            self._sinks.retries.append(state)
            self._why = "retry"
            return None
        if word == "stop":
            self._walk.ends.append(state)
            self._why = "stop"
            return None
        if word == "goto":
            if step.name:
                self._enter(step.name.text, state)
            self._why = "goto"
            return None
        if word == "do":
            return self._with_arms(at, state)
        return self._with_arms(at, state)

    def _may_run_after_the_end(self, step: ast.Step, state: State) -> bool:
        word = step.word.text
        if state.ended_by == "ended":
            return word in AFTER_THE_END
        if state.ended_by == "answer" and word == "hang up":
            return True
        if word == "do" and step.name:
            routine = self.flow.routine(step.name.text)
            return routine is None or self.flow.is_instant(routine)
        return word in INSTANT or step.retry is not None

    def _is_dead(self, at: StepAt | None, when: ast.When | None) -> None:
        """Takes down the first step of those that cannot run; what follows it is not news."""
        if not self._why:
            return
        start = at.step.span.start if at else when.span.start if when else 0
        self._walk.dead.setdefault((self._unit(), start), Dead(self._unit(), at, when, self._why))
        self._why = ""

    def _with_arms(self, at: StepAt, state: State) -> State | None:
        """A step and its arms, until trying again tells nothing new."""
        after: State | None = None
        for _ in range(4):
            retries: list[State] = []
            failures: list[Failure] = []
            after = self._once(at, state, retries, failures)
            again = state
            for one in retries:
                again = join(again, one)
            if again == state:
                self._sinks.failures += failures
                break
            state = again
            self._see(at.owner.unit.number, at.step.span.start, state)
        return after

    def _once(self, at: StepAt, state: State, retries: list[State], failures: list[Failure]) -> State | None:
        step = at.step
        outer = self._sinks
        self._sinks = Sinks()
        self._sinks.retries = retries
        self._why = ""
        ok, failed = self._run(at, state)
        inside = self._sinks.failures  # of the routine that `do` ran
        self._sinks.failures = []
        why = self._why or (ok.ended_by if ok is not None and is_over(ok) else "")
        if failed is not None:
            inside.append(Failure(at, self._via, (), failed))
        out, whys = ok, [why]
        caught_by = [
            arm for arm in step.arms if arm.kind == "on" or (arm.kind == "otherwise" and step.word.text != "menu")
        ]
        state_of_failure: State | None = None
        for failure in inside:
            state_of_failure = met(state_of_failure, failure.state)
        is_all_taken = False
        taken: list[str] = []
        if state_of_failure is not None:
            for arm in caught_by:
                self._why = ""
                after = self._caught(arm.body, arm.catch, state_of_failure)
                whys.append(self._why)
                out = met(out, after)
                tries_again = any(s.retry for line in arm.body.lines for s in line.steps if isinstance(s, ast.Step))
                if arm.kind == "otherwise":
                    is_all_taken = not tries_again
                elif not tries_again:
                    taken += [pattern.text for pattern in arm.patterns]
        left_over = self._sinks.failures  # failures inside arms go outwards
        self._sinks = outer
        failures += left_over
        if not is_all_taken:
            failures += [one._replace(taken=(*one.taken, *taken)) for one in inside]
        self._why = next((one for one in whys if one), "") if out is None else ""
        return out

    def _run(self, at: StepAt, state: State) -> tuple[State | None, State | None]:
        """The step itself: the state if it succeeds, and the state if it fails (None: it cannot)."""
        step = at.step
        if step.word.text == "do":
            return self._do(at, state), None
        ok, failed = effect(self.flow, at, state, self.env)
        if step.word.text in ("answer", "call", "join"):
            self._answered(ok._replace(spent_ms=0))
        if step.word.text == "transfer":
            for owner in self.flow.handlers(*ON_TRANSFER):
                is_done = owner.event == "transfer completed"
                then = state._replace(phase=OVER, ended_by=owner.event) if is_done else state._replace(phase=MOVING)
                self._arrive(owner, then)
        if step.word.text != "menu":
            return ok, failed
        out: State | None = None
        whys: list[str] = []
        for arm in step.arms:
            if arm.kind != "on":
                self._why = ""
                out = met(out, self._caught(arm.body, arm.catch, ok))
                whys.append(self._why)
        self._why = next((one for one in whys if one), "") if out is None else ""
        return (out if step.arms else ok), failed

    def _do(self, at: StepAt, state: State) -> State | None:
        routine = self.flow.routine(at.step.name.text) if at.step.name else None
        if routine is None or routine.routine is None or routine.number in self._calls:
            return state
        parameters = routine.routine.parameters
        if len(parameters) != len(at.step.arguments) or len(self._calls) >= DEEPEST:
            return state
        from flowlang.rules.logic import text_of

        env = {
            parameter.text: self.env.get(text_of(argument.value), text_of(argument.value))
            for parameter, argument in zip(parameters, at.step.arguments, strict=True)
        }
        was_env, was_via = self.env, self._via
        self.env, self._via = env, self._via or at
        self._calls.append(routine.number)
        out = self._caught(routine.body, routine.catch, state)
        self._calls.pop()
        self.env, self._via = was_env, was_via
        return out


_NOBODY = Owner(-1, None, None, None, "", ast.EMPTY, None)  # type: ignore[arg-type]
