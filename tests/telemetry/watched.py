"""Whole calls in virtual time with somebody looking on."""

from flowlang.call.commands import Command
from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.runtime.sender import Response
from flowlang.runtime.watch import Sent, Watch
from flowlang.scenario.outcomes import read_outcome
from flowlang.scenario.world import World
from flowlang.store.memory import MemoryStore
from tests.properties.test_histories import MONDAY_MS, plan_of
from tests.runtime.rig import Rig


class WatchedRig(Rig):
    """A rig whose worker and sender tell a watch, as the service does."""

    watch: Watch

    def start(self) -> None:
        super().start()
        self.worker._watch = self.watch

    def carry(self, call_id: str, command: Command) -> Response:
        stored = self.kept.session(call_id)
        assert stored is not None
        session = decode(Session, stored.state)
        began_ms = self.now_ms
        with self.watch.sending(session):
            response = super().carry(call_id, command)
        self.watch.sent(Sent(session, command, response.status, (self.now_ms - began_ms) / 1000, 1))
        return response


def watched(
    flow: str, watch: Watch, *outcomes: str, world: World | None = None, kill_at: frozenset[int] = frozenset()
) -> WatchedRig:
    """Plays one call of a flow to its end. A process that is killed goes on with the same watch."""
    store = MemoryStore()
    rig = WatchedRig.__new__(WatchedRig)
    rig.watch = watch
    given = world or World(at_ms=MONDAY_MS, wanted=tuple([read_outcome(one) for one in outcomes]))
    Rig.__init__(rig, plan_of(flow), given, lambda: store, kill_at=kill_at)
    rig.run()
    return rig
