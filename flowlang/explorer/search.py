"""Every session that a flow can come to, found with the same `step` that runs it, the most ordinary calls first.

It goes by cost: what happens every day costs one, a refusal or a lost answer costs more. So the call that shows a
finding is the shortest of the ordinary ones: Heidi is busy, rather than the platform refuses to ring her.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple, Self

from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.engine.index import index_of
from flowlang.engine.step import Stepped, new_session, step
from flowlang.explorer.canonical import Canonical
from flowlang.explorer.environment import environment
from flowlang.explorer.moves import By, Move, Moves
from flowlang.explorer.relevance import relevance_of
from flowlang.explorer.values import beginnings
from flowlang.plan import Plan

MOST_STATES = 200_000
_new = tuple.__new__  # a named tuple's own constructor costs twice as much


class Edge(NamedTuple):
    """One transition: where it leads, by which fact, who was behind it, how ordinary the whole way is, and the handler
    whose `after` timer fired, or -1."""

    to: int
    fact: Fact
    by: By
    cost: int
    after: int = -1


class Step(NamedTuple):
    """How a state was first reached: from which one (-1: the beginning), by which fact."""

    state: int
    fact: Fact


class Space:
    """What was reached. `sessions[n]` is state n, `ways[n]` how it was first reached, `edges[n]` where it leads.

    `costs[n]`: how ordinary the way there is. `is_known[n]`: what may come after it was looked at.
    `is_whole`: nothing was left out.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.costs: list[int] = []
        self.is_known: list[bool] = []
        self.sessions: list[Session] = []
        self.ways: list[Step | None] = []
        self.edges: list[list[Edge]] = []
        self.transitions = 0
        self.is_whole = True

    def path(self, state: int) -> list[Fact]:
        """The facts that lead to a state, in order."""
        found: list[Fact] = []
        way = self.ways[state]
        while way is not None:
            found.append(way.fact)
            way = self.ways[way.state]
        return found[::-1]


Watch = Callable[[int, Move, Stepped], None]


class Search:
    """Every session that the plan can come to. `watch` sees each transition; `is_enough(states)` stops the search."""

    def __init__(self, plan: Plan, watch: Watch, is_enough: Callable[[int], bool] | None = None) -> None:
        self.plan, self.watch = plan, watch
        self.is_enough = is_enough or (lambda states: states >= MOST_STATES)
        relevance = relevance_of(plan)
        self.canonical = Canonical(plan, relevance)
        self.moves = Moves(plan, index_of(plan), relevance, environment())
        self.first = beginnings(plan, relevance)
        self.space = Space(plan)
        self.known: dict[Hashable, int] = {}
        self.left: dict[int, list[int]] = {}
        self.has_hours = bool(plan.hours)

    def run(self) -> Space:
        space = self.space
        start = self._state(new_session("explored", "explored", self.plan), None, 0)
        self.left.clear()
        space.is_known[start] = True
        for fact in self.first:
            self._go(start, Move(fact, None, "caller"), 1)
        cost = 1
        while self.left:
            waiting = self.left.pop(cost, None)
            for at in waiting or ():
                if space.costs[at] != cost:
                    continue  # a cheaper way was found meanwhile
                if self.is_enough(len(space.sessions)):
                    space.is_whole = False
                    return space
                session = space.sessions[at]
                space.is_known[at] = True
                for move in self.moves.after(session):
                    self._go(at, move, cost + (move.row.cost if move.row is not None else move.cost))
            cost += 1
        return space

    def _state(self, session: Session, way: Step | None, cost: int) -> int:
        """The number of a state. One that is known already is told anew while a cheaper way to it is found in time."""
        key = self.canonical.key(session)
        space = self.space
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(space.sessions)
            space.sessions.append(session)
            space.ways.append(way)
            space.edges.append([])
            space.costs.append(cost)
            space.is_known.append(False)
        elif cost < space.costs[number]:
            space.sessions[number], space.ways[number], space.costs[number] = session, way, cost
        else:
            return number
        self.left.setdefault(cost, []).append(number)
        return number

    def _go(self, at: int, move: Move, cost: int) -> None:
        """One move, with every state of the hours that matters to it."""
        session = self.space.sessions[at]
        if not self.has_hours:
            self._went(at, move, step(self.plan, session, move.fact), cost)
            return
        for fact, stepped in self._with_hours(session, move.fact):
            self._went(at, move._replace(fact=fact), stepped, cost)

    def _went(self, at: int, move: Move, stepped: Stepped, cost: int) -> None:
        space = self.space
        space.transitions += 1
        to = self._state(stepped.session, _new(Step, (at, move.fact)), cost)
        if to != at or stepped.session != space.sessions[at]:  # else it was ignored: nothing went round
            space.edges[at].append(_new(Edge, (to, move.fact, move.by, cost, move.after)))
        self.watch(at, move, stepped)

    def _with_hours(self, session: Session, fact: Fact) -> Iterator[tuple[Fact, Stepped]]:
        """The fact with every state of the hours that the engine looks at while it works: looked at once more with
        each name open that was looked at as closed."""
        left: list[dict[str, bool]] = [{}]
        while left:
            assumed = left.pop()
            hours = Watched(assumed)
            stepped = step(self.plan, session, fact._replace(open_hours=hours))
            looked = [name for name in hours.looked if name not in assumed]
            for at, name in enumerate(looked):
                left.append({**assumed, **dict.fromkeys(looked[:at], False), name: True})
            yield fact._replace(open_hours=frozenset(name for name, is_open in assumed.items() if is_open)), stepped


class Watched(frozenset[str]):
    """Open hours that note which names are looked at."""

    looked: dict[str, None]
    assumed: dict[str, bool]

    def __new__(cls, assumed: dict[str, bool]) -> Self:
        self = super().__new__(cls)
        self.looked, self.assumed = {}, assumed
        return self

    def __contains__(self, name: object) -> bool:
        self.looked[str(name)] = None
        return self.assumed.get(str(name), False)
