"""What is noted while a flow is explored, and what the states that were reached say about it."""

from collections.abc import Iterator
from typing import NamedTuple

from flowlang.call.facts import Fact
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.engine.step import Stepped
from flowlang.explorer.environment import Row
from flowlang.explorer.graph import circles, reaching
from flowlang.explorer.moves import By, Move
from flowlang.explorer.search import Space
from flowlang.plan import Plan

GOES_ON: frozenset[By] = frozenset(("graph", "service", "time", "far side"))
"""What happens sooner or later, whatever people do."""


class Shown(NamedTuple):
    """Something that happened, and the shortest way to it: a state and the fact that came there.

    `place`: the step that it is about, or NONE; `handler`: the one that ran, or NONE. `result`: of a failure.
    `cost`: how ordinary the call is.
    """

    state: int
    fact: Fact | None
    place: int
    handler: int
    result: Result | None = None
    cost: int = 0


class Survey:
    """Watches the search. `nets`: failures that came to the safety net, by place and result."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.places: set[int] = set()
        self.handlers: set[int] = set()
        self.rows: dict[Row, int] = {}
        self.nets: dict[int, Shown] = {}
        self.too_much: dict[int, Shown] = {}
        self.space: Space = Space(plan)

    def watch(self, at: int, move: Move, stepped: Stepped) -> None:
        """One transition."""
        if move.row is not None:
            self.rows[move.row] = self.rows.get(move.row, 0) + 1
        failed = -1
        for code, place, _, told in stepped.trace:
            if place >= 0:
                self.places.add(place)
            if code in ("handler", "instant"):
                self.handlers.add(int(told[1]))
            elif code == "failed":
                failed = place
            elif code == "safety-net":
                result = Result(int(told[0]), int(told[1]), str(told[2])) if len(told) > 2 else None
                self.nets.setdefault(failed, Shown(at, move.fact, failed, self._handler(at, stepped), result))
            elif code == "over-limit":
                self.too_much.setdefault(place, Shown(at, move.fact, place, self._handler(at, stepped)))

    def _handler(self, at: int, stepped: Stepped) -> int:
        """The handler that ran before the safety net."""
        found = self.space.sessions[at].handler
        for code, _, _, told in stepped.trace:
            if code == "handler":
                found = int(told[1])
        return found

    # ------------------------------------------------------------ what the states say

    def left_alone(self) -> Iterator[tuple[str, Shown]]:
        """States in which a caller waits and nothing will happen by itself: `stranded-caller`, or `waits-for-ever`
        where a key would help; and circles that only the caller ends: `loop-without-exit`."""
        space = self.space
        present = [_is_present(session) for session in space.sessions]
        onward = [[edge.to for edge in edges if edge.by in GOES_ON] for edges in space.edges]
        with_people = [[edge.to for edge in edges if edge.by != "caller"] for edges in space.edges]
        exits = [number for number, here in enumerate(present) if not here or not space.is_known[number]]
        helped = reaching(onward, exits)
        helped_by_people = reaching(with_people, exits)
        alone = {
            number
            for number, session in enumerate(space.sessions)
            if present[number]
            and session.place < 0
            and number not in helped
            and all(to == number for to in onward[number])
        }
        for number, edges in enumerate(space.edges):
            if number in alone:
                continue
            for edge in edges:
                if edge.to in alone:
                    kind = "waits-for-ever" if edge.to in helped_by_people else "stranded-caller"
                    session = space.sessions[number]
                    yield kind, Shown(number, edge.fact, session.place, session.handler, cost=edge.cost)
        yield from self._circles(present, onward)

    def _circles(self, present: list[bool], onward: list[list[int]]) -> Iterator[tuple[str, Shown]]:
        """Circles that need never end: no timer of the flow is armed all the way round."""
        inside = [[to for to in ends if present[to]] if present[at] else [] for at, ends in enumerate(onward)]
        for circle in circles(inside):
            if not self._is_bounded(circle):
                yield "loop-without-exit", self._came_to(min(circle, key=lambda state: self.space.costs[state]))

    def _is_bounded(self, circle: list[int]) -> bool:
        """Whether some `after` timer, or the time of a prompt that is repeated, is armed in every state of a circle and
        never fires in it."""
        space, within = self.space, set(circle)
        if all(any(timer.kind == "enough" for timer in space.sessions[state].timers) for state in circle):
            return True
        armed = [{timer.ref for timer in space.sessions[state].timers if timer.kind == "after"} for state in circle]
        fired = {edge.after for state in circle for edge in space.edges[state] if edge.to in within}
        return any(not self.plan.handlers[one].is_instant for one in set.intersection(*armed) - fired)

    def _came_to(self, state: int) -> Shown:
        """How a state was first reached; what it is about is the step that ran before."""
        session, way = self.space.sessions[state], self.space.ways[state]
        before = self.space.sessions[way.state] if way is not None else session
        place = session.place if session.place >= 0 else before.place
        handler = session.handler if session.handler >= 0 else before.handler
        return Shown(state, None, place, handler, cost=self.space.costs[state])


def _is_present(session: Session) -> bool:
    """Whether a person waits on the line, alone with the flow. In a group call others are there."""
    if session.primary < 0 or session.end or session.kind == "group":
        return False
    return not session.legs[session.primary].is_over
