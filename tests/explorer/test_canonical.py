"""The explorer's key: laps of a loop are one state, and a few thousand random facts find the end of the states."""

from collections.abc import Hashable

from flowlang.call.session import Session
from flowlang.explorer.canonical import Canonical
from flowlang.explorer.relevance import relevance_of
from tests.engine.bed import Bed

LOOP = """
on answered: goto waiting
stage waiting:
    on enter: play "hold.wav" then goto waiting
    on tone 1: consult alice for 20s then transfer replacing consult
    after 5m: hang up
on failed: goto waiting
"""
START = """
incoming                  -> *
answers answer 202        ->
established               -> *
audio                     -> *
answers subscribeToTone completed -> *
"""


def canonical(session: Session) -> Hashable:
    plan = Bed(LOOP).plan
    return Canonical(plan, relevance_of(plan)).key(session)


def test_a_lap_of_a_prompt_is_one_state() -> None:
    bed = Bed(LOOP).run(START)
    first = canonical(bed.session)
    bed.run("op playPrompt completed -> playPrompt")
    assert canonical(bed.session) == first
    assert bed.session != Bed(LOOP).run(START).session


def test_a_lap_with_a_leg_that_came_and_went_is_one_state() -> None:
    bed = Bed(LOOP).run(START)
    lap = """
    tone 1                    -> *
    answers cancelMediaProcessing completed -> *
    answers create 486/0      -> *
    """
    bed.run(lap)
    second = canonical(bed.session)
    bed.run(lap)
    assert canonical(bed.session) == second
    assert len(bed.session.legs) == 3


def test_what_differs_is_told_apart() -> None:
    ringing = Bed(LOOP).run(START + "tone 1 -> *")
    up = Bed(LOOP).run(START + "tone 1 -> *\nanswers create 201 ->\nleg1 established -> *")
    assert canonical(ringing.session) != canonical(up.session)
    assert hash(canonical(up.session)) == hash(canonical(up.session))
