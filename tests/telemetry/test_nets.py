"""The safety net's alarm: for a caller who is there, and not for one who has gone."""

from flowlang.scenario.outcomes import read_outcome
from flowlang.scenario.world import World
from flowlang.store.memory import MemoryStore
from flowlang.telemetry.metrics import Metrics
from tests.properties.test_histories import MONDAY_MS, plan_of
from tests.runtime.rig import Rig
from tests.telemetry.test_metrics import samples
from tests.telemetry.watched import WatchedRig, watched


class Unheard(WatchedRig):
    """What Graph says of the end of the caller's leg is lost."""

    def act(self) -> None:
        waiting = len(self.people)
        super().act()
        if len(self.people) < waiting:
            assert self.graph.due(self.now_ms + 1_000), "nothing was said, so nothing was lost"


def alarms(metrics: Metrics) -> float:
    return sum(value for key, value in samples(metrics).items() if key[0] == "flowlang_safety_nets_total")


def test_a_caller_who_has_gone_is_no_alarm() -> None:
    """The consult fails, nothing catches it, and only then Graph says that nobody is there any more."""
    metrics, store = Metrics(), MemoryStore()
    rig = Unheard.__new__(Unheard)
    rig.watch = metrics
    world = World(MONDAY_MS, wanted=(read_outcome("consult=no answer"),), hang_up_after_ms=5_000)
    Rig.__init__(rig, plan_of("one_line.flow"), world, lambda: store)
    rig.run()
    assert store.counts().live == 0
    assert [one.status for one in rig.sent][-1] == 404, "the net asked for a hang-up, and nobody was there"
    assert alarms(metrics) == 0


def test_a_caller_who_is_there_is_one() -> None:
    metrics = Metrics()
    watched("one_line.flow", metrics, "consult=no answer")
    assert alarms(metrics) == 1
