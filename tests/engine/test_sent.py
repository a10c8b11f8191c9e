"""What is inside a command, where its name alone does not show a limit of Graph."""

import pytest

from flowlang.call import commands
from flowlang.call.commands import Command
from tests.engine.bed import ALICE, Bed


def _last(command: Command) -> commands.Act:
    assert isinstance(command, commands.Request)
    return command.act


@pytest.mark.parametrize(("bound", "seconds"), [("20s", 20), ("3m", 115), ("500ms", 1)])
def test_ringing_is_asked_for_within_graphs_limit(bound: str, seconds: int) -> None:
    bed = Bed(f"on answered: consult alice for {bound} then transfer replacing consult\non failed: hang up")
    bed.run("incoming -> answer\nestablished -> create/1")
    act = _last(bed.last[0])
    assert isinstance(act, commands.CreateCall)
    assert (act.target.id, act.ring_seconds) == (ALICE.id, seconds)


def test_the_leg_that_is_replaced_and_its_party_are_in_the_transfer() -> None:
    bed = Bed("on answered: consult alice then transfer replacing consult\non failed: hang up")
    bed.run("incoming -> answer\nestablished -> create/1\nanswers create 201 ->\nleg1 established -> transfer")
    act = _last(bed.last[0])
    assert isinstance(act, commands.Transfer)
    assert (act.target.id, act.replaces_call_id, act.transferee) == (ALICE.id, "call-1", None)


def test_the_participant_who_is_moved_is_in_the_transfer() -> None:
    bed = Bed("on joined alice: transfer alice to carol\non failed: hang up")
    bed.run("incoming group -> answer\nestablished ->\nroster bob alice -> transfer")
    act = _last(bed.last[0])
    assert isinstance(act, commands.Transfer)
    assert (act.target.kind, act.replaces_call_id) == ("phone", "")
    assert act.transferee is not None
    assert (act.transferee.participant_id, act.transferee.party.id) == ("p-alice", ALICE.id)
