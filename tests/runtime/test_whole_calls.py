"""Whole calls through store, worker and sender, killed at every line where something could be lost or done twice."""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from flowlang.call import commands
from flowlang.call.facts import CallUpdated
from flowlang.call.session import Session
from flowlang.codec import decode, from_json
from flowlang.engine.step import is_finished
from flowlang.scenario.outcomes import read_outcome
from flowlang.scenario.world import Knobs, World
from flowlang.store.base import Store
from flowlang.store.memory import MemoryStore
from flowlang.store.sqlite import SqliteStore
from tests.properties.test_histories import MONDAY_MS, NAMES, plan_of, world_of
from tests.runtime.rig import Rig

KILLS = int(os.environ.get("FLOWLANG_KILLS", "300"))
FLOWS = ("consult.flow", "front_desk.flow", "transfer_blind_user.flow", "hunt_group.flow")


def world(*outcomes: str) -> World:
    return World(at_ms=MONDAY_MS, wanted=tuple([read_outcome(one) for one in outcomes]))


def kept(store: Store) -> Callable[[], Store]:
    """A store in memory outlives the process, as a file does."""
    return lambda: store


def acts(rig: Rig) -> list[str]:
    return [type(one.command.act).__name__ for one in rig.sent if isinstance(one.command, commands.Request)]


def ends_well(rig: Rig, told: str) -> None:
    """Nothing was lost, nothing was done twice, and the call came to its end."""
    store = rig.kept
    assert rig.sent_twice() == [], told
    assert store.parked() == [], told
    assert store.counts().inbox == store.counts().to_send == 0, told
    assert not rig.graph.graph.legs_up(), told
    for stored in (*store.calls(10), *store.calls(10, over=True)):
        if stored.state:
            assert is_finished(decode(Session, stored.state)), told


def test_a_consulted_call_is_handed_over() -> None:
    rig = Rig(plan_of("consult.flow"), world(), kept(MemoryStore())).run()
    ends_well(rig, "")
    main = [one for one in acts(rig) if one in ("Answer", "CreateCall", "Transfer")]
    assert main == ["Answer", "CreateCall", "Transfer"]
    assert [one.call_id for one in rig.kept.calls(5, over=True)] == [rig.sent[0].call_id]


def test_a_failed_transfer_is_tried_again_and_then_caught() -> None:
    rig = Rig(plan_of("consult.flow"), world(*["transfer=500/7700"] * 3), kept(MemoryStore())).run()
    ends_well(rig, "")
    assert acts(rig).count("Transfer") == 4  # three tries, then to the mailbox


def test_the_journal_has_every_fact_once_and_in_order() -> None:
    rig = Rig(plan_of("consult.flow"), world(), kept(MemoryStore())).run()
    (call,) = rig.kept.calls(5, over=True)
    entries = rig.kept.journal(call.call_id)
    assert [one.number for one in entries] == sorted({one.number for one in entries})
    assert [one.at_ms for one in entries] == sorted(one.at_ms for one in entries)
    facts = [from_json(json.loads(one.fact)) for one in entries]
    assert sum(isinstance(one, CallUpdated) and one.state == "established" and one.leg == 1 for one in facts) >= 1


@pytest.mark.parametrize("outcome", ["", "transfer=500/7700", "consult=busy"])
def test_killed_at_every_line(outcome: str) -> None:
    """One call, killed once, at each line in turn."""
    plan, outcomes = plan_of("consult.flow"), (outcome,) if outcome else ()
    lines = Rig(plan, world(*outcomes), kept(MemoryStore())).run().lines
    assert lines > 60
    for at in range(1, lines + 1):
        rig = Rig(plan, world(*outcomes), kept(MemoryStore()), kill_at=frozenset((at,))).run()
        assert rig.kills == 1, at
        ends_well(rig, f"killed at line {at}")


@pytest.mark.parametrize("name", FLOWS)
def test_killed_often_at_random(name: str, tmp_path: Path) -> None:
    """Nasty calls on a file, killed several times each."""
    kills = seed = 0
    while kills < KILLS // len(FLOWS):
        seed += 1
        random = Random(f"{name} {seed}")
        plan = plan_of(name)
        path = str(tmp_path / f"{seed}.db")
        kill_at = frozenset(random.sample(range(1, 160), 4))
        knobs = Knobs(profile=random.choice(("docs", "live")), nasty=seed % 3 == 0)
        calls = world_of(plan, random)._replace(kind="peer", hang_up_after_ms=-1, keys=())
        rig = Rig(plan, calls, partial(SqliteStore, path), seed, kill_at, knobs).run()
        kills += rig.kills
        ends_well(rig, f"{name}, seed {seed}, killed at {sorted(kill_at)}")


def test_every_shipped_flow_runs() -> None:
    for name in NAMES:
        rig = Rig(plan_of(name), world(), kept(MemoryStore())).run()
        assert rig.kept.parked() == [], name
        assert rig.sent_twice() == [], name
