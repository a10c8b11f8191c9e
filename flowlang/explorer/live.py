"""What can still matter at a place of the plan: a backward data-flow over variables, retry counters and the result.

A value that nothing will read before it is set again is left out of the explorer's key.
"""

from collections.abc import Iterator
from typing import NamedTuple

from flowlang import plan as p

RESULT = -1  # stands for `result` among the numbers of variables
PEOPLE = -2  # stands for `caller` and `called`
Numbers = frozenset[int]
NOTHING: Numbers = frozenset()
_ONLY_WRITTEN = (p.Log, p.Notify, p.Say, p.Ask, p.StartFlow, p.JoinMeeting)  # what they read is told, not acted upon
_NOT_IN_REACH = ("incoming", "start", "enter")  # the first two come once; `goto` leads to the last
_NEVER_FAILS = (p.Set, p.Log, p.Notify, p.When, p.Goto, p.Stop, p.Wait)


class Live(NamedTuple):
    """`values[place]`: numbers of variables, RESULT and PEOPLE among them. `counters[place]`: of retries.
    `reach[stage + 1]`: variables that handlers in reach can read."""

    values: tuple[Numbers, ...]
    counters: tuple[Numbers, ...]
    reach: tuple[Numbers, ...]


def live_of(plan: p.Plan) -> Live:
    """Goes round until nothing changes."""
    table = _Table(plan)
    while table.round():
        pass
    return Live(tuple(table.values), tuple(table.counters), tuple(table.reach))


class _Table:
    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        self.values: list[Numbers] = [NOTHING] * len(plan.places)
        self.counters: list[Numbers] = [NOTHING] * len(plan.places)
        self.reach: list[Numbers] = [NOTHING] * (len(plan.stages) + 1)
        self.caught = [tuple(_arms(plan, place)) for place in plan.places]

    def round(self) -> bool:
        changed = False
        for number in range(len(self.values) - 1, -1, -1):
            values, counters = self._values(number), self._counters(number)
            if values != self.values[number] or counters != self.counters[number]:
                self.values[number], self.counters[number] = values, counters
                changed = True
        for stage in range(len(self.reach)):
            found = NOTHING
            for handler in self.plan.handlers:
                if handler.stage in (stage - 1, p.NONE) and handler.event not in _NOT_IN_REACH:
                    found |= self._at(handler) - {RESULT}
            if found != self.reach[stage]:
                self.reach[stage], changed = found, True
        return changed

    def _at(self, handler: p.Handler) -> Numbers:
        reads = frozenset(
            _read_in((handler.condition, handler.party, handler.source, handler.called, handler.delay_ms))
        )
        if handler.source or handler.called:
            reads |= {PEOPLE}
        return reads | (self.values[handler.place] if handler.place >= 0 else NOTHING)

    def _values(self, number: int) -> Numbers:
        place = self.plan.places[number]
        step = place.step
        after = self._after(place, self.values)
        failed = NOTHING
        for arm in self.caught[number]:
            failed |= self.values[arm.place]
        made = getattr(step, "variable", p.NONE)
        if isinstance(step, p.Set):
            reads = frozenset(_read_in(step.value)) if made in after else NOTHING
        elif isinstance(step, _ONLY_WRITTEN):
            reads = frozenset(_read_in(getattr(step, "bound", None)))
        else:
            reads = frozenset(_read_in(step))
        if isinstance(step, p.Retry):
            reads |= {RESULT}
        return (after - {made} if made >= 0 else after) | (failed - {RESULT}) | reads

    def _after(self, place: p.Place, table: list[Numbers]) -> Numbers:
        step = place.step
        if isinstance(step, p.Goto):
            return self._entered(step.stage)
        found = NOTHING
        for target in _followers(place):
            found |= table[target]
        return found

    def _entered(self, stage: int) -> Numbers:
        found = self.reach[stage + 1]
        for handler in self.plan.handlers:
            if handler.stage == stage and handler.event == "enter":
                found |= self._at(handler) - {RESULT}
        return found

    def _counters(self, number: int) -> Numbers:
        place = self.plan.places[number]
        found = frozenset(arm.counter for arm in self.caught[number] if arm.counter >= 0)
        for target in (*_followers(place), *[arm.place for arm in self.caught[number]]):
            found |= self.counters[target] - frozenset(self.plan.places[target].resets)
        if isinstance(place.step, p.Retry):
            found |= self.counters[place.step.place] | {place.step.counter}
        return found


def _followers(place: p.Place) -> list[int]:
    """Where it goes on when the step did what it says."""
    step = place.step
    found = [] if isinstance(step, p.Goto | p.Stop | p.Retry) else [place.next]
    if isinstance(step, p.When):
        found += [target for _, target in step.branches]
    elif isinstance(step, p.Menu):
        found += [target for _, target in step.arms] + [step.on_timeout, step.otherwise]
    elif isinstance(step, p.Retry):
        found.append(step.place)
    return [target for target in found if target >= 0]


def _arms(plan: p.Plan, place: p.Place) -> Iterator[p.Arm]:
    """What may catch a failure of this step, from the inside out."""
    if isinstance(place.step, _NEVER_FAILS):
        return
    scope = place.scope
    while scope >= 0:
        for arm in plan.scopes[scope].arms:
            if arm.place >= 0:
                yield arm
        scope = plan.scopes[scope].outer


def _read_in(node: object) -> Iterator[int]:
    """Numbers of the variables read anywhere below. The plan's values are named tuples, so their fields are walked."""
    if isinstance(node, p.Var | p.Member):
        yield node.number
    elif isinstance(node, p.Known):
        if node.root == "result":
            yield RESULT
        elif node.root in ("caller", "called"):
            yield PEOPLE
    elif isinstance(node, tuple):
        for inner in node:
            yield from _read_in(inner)
