"""A call of a service that rests meanwhile: it is killed and started again, or suspended. Graph and people go on; what
they say to nobody is lost, but for what Graph still tries when the service is back.
"""

from typing import Final

from flowlang.call import facts
from flowlang.call.commands import Request
from flowlang.call.session import is_checked
from flowlang.plan import Plan
from flowlang.scenario.graph import SimulatedGraph
from flowlang.scenario.loop import Answering, Arriving, CallerLeaves, Due, Loop, Outcome, SentAgain
from flowlang.scenario.people import Press
from flowlang.scenario.sender import Outgoing
from flowlang.scenario.world import Knobs, Pause, World
from flowlang.wire.again import WITHDRAWN, changes_call, is_safe_twice, is_unwanted
from flowlang.wire.http import HttpRequest

NOTICED_MS: Final = 5_000  # a shorter pause is none, unless the process was killed
TRIED_MS: Final = 2_000  # so long Graph tries to deliver something
GIVEN_UP_MS: Final = 20_000  # by then a transport has given up waiting for an answer
CHECKED_AGAIN_MS: Final = 200


def play_with_pauses(
    plan: Plan, world: World, graph: SimulatedGraph, seed: int = 1, knobs: Knobs | None = None
) -> Outcome:
    """`loop.play`, with the pauses of the world."""
    return PausingLoop(plan, world, graph, seed, knobs or Knobs()).run()


class PausingLoop(Loop):
    """See the module. `lost`: how many notifications Graph told nobody."""

    def __init__(self, plan: Plan, world: World, graph: SimulatedGraph, seed: int, knobs: Knobs) -> None:
        super().__init__(plan, world, graph, seed, knobs)
        self.pauses = sorted(world.pauses)
        self.late: list[tuple[int, HttpRequest]] = []
        self.lost = 0
        self.touched_ms = self.begin_ms

    # ------------------------------------------------------------ time

    def _next_ms(self) -> int | None:
        due_ms = super()._next_ms()
        late_ms = min([at_ms for at_ms, _ in self.late], default=None)
        if late_ms is not None:
            due_ms = late_ms if due_ms is None else min(due_ms, late_ms)
        if due_ms is not None and self.pauses:
            due_ms = min(due_ms, self.begin_ms + self.pauses[0].at_ms)
        return due_ms

    def _is_stranded(self) -> bool:
        return not self.late and super()._is_stranded()

    def _work(self) -> None:
        if self.pauses and self.now_ms - self.begin_ms >= self.pauses[0].at_ms:
            self._rest(self.pauses.pop(0))
        elif self.late and self.late[0][0] <= self.now_ms:
            self._notified(self.late.pop(0)[1])
        else:
            super()._work()

    def _give(self, fact: facts.Fact) -> None:
        self.touched_ms = self.now_ms
        super()._give(fact)

    # ------------------------------------------------------------ the pause

    def _rest(self, pause: Pause) -> None:
        until_ms = self.now_ms + pause.ms
        waiting, self.queue = [(at_ms, self._on_its_way(due)) for at_ms, _, due in sorted(self.queue)], []
        for at_ms, due in waiting:
            if isinstance(due, Press | CallerLeaves):
                self._later(at_ms - self.now_ms, due)
        self._world_goes_on(until_ms)
        self.now_ms = until_ms
        unsent = self.lanes.unsent()
        for at_ms, due in waiting:
            if isinstance(due, SentAgain):
                unsent += (due.outgoing.request.number,)
            if not isinstance(due, Press | CallerLeaves):
                self._later(max(at_ms - until_ms, 0), self._after(due, pause))
        if (pause.is_killed or pause.ms > NOTICED_MS) and self.session.direction:
            self._give(facts.Resumed(self.now_ms, self.now_ms - self.touched_ms, unsent, self._hours()))

    def _on_its_way(self, due: Due) -> Due:
        """What has left reaches Graph."""
        if not isinstance(due, Arriving):
            return due
        response = self.graph.take(due.encoded, self.now_ms, self._wanted_for(due.outgoing))
        return Answering(due.outgoing, due.encoded, response)

    def _world_goes_on(self, until_ms: int) -> None:
        """People act, and Graph tells nobody."""
        while True:
            graph_ms = self.graph.next_due_ms()
            due = [at_ms for at_ms in (graph_ms, self.queue[0][0] if self.queue else None) if at_ms is not None]
            if min(due, default=until_ms) >= until_ms:
                return
            self.now_ms = max(self.now_ms, min(due))
            if self.queue and self.queue[0][0] <= self.now_ms:
                super()._work()
                continue
            for notification in self.graph.due(self.now_ms):
                if self.now_ms + TRIED_MS >= until_ms:
                    self.late.append((until_ms, notification))
                else:
                    self.lost += 1

    def _after(self, due: Due, pause: Pause) -> Due:
        """What was under way when the pause began: it comes late, or, where the process was killed, not at all."""
        match due:
            case Answering() if pause.is_killed and is_safe_twice(due.outgoing.request):
                return SentAgain(due.outgoing)
            case Answering() if pause.is_killed or (pause.ms > GIVEN_UP_MS and self.random.random() < 0.5):
                return due._replace(response=None)
            case facts.ServiceAnswered() if pause.is_killed:
                return facts.ServiceAnswered(due.at_ms, due.request, is_ok=False)
            case _:
                return due

    # ------------------------------------------------------------ requests

    def _send(self, outgoing: Outgoing) -> None:
        request: Request = outgoing.request
        if is_unwanted(self.session, request):
            self._is_done(outgoing)
            self._later(1, facts.RequestAnswered(self.now_ms, request.number, WITHDRAWN.code, WITHDRAWN))
            self._pump(request.leg)
        elif changes_call(request) and is_checked(self.session):
            self._later(CHECKED_AGAIN_MS, SentAgain(outgoing))
        else:
            super()._send(outgoing)
