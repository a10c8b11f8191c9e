"""The explorer's key: laps of a loop are one state, and a few thousand random facts find the end of the states."""

from collections.abc import Hashable

import pytest

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


def key(flow: str, script: str) -> Hashable:
    hears = "tone" in flow or flow in (MENU, TYPES)
    bed = Bed(flow).run(START if hears else "\n".join(START.splitlines()[:-1]) + "\n").run(script)
    return Canonical(bed.plan, relevance_of(bed.plan)).key(bed.session)


RINGS_BOTH = """
on answered:
    consult first of alice, bob for 20s accepting 1
    play "a.wav" to consult
    transfer replacing consult
if that fails: hang up
on failed: hang up
"""
COUNTS = """
let tries = 0
on answered: goto waiting
stage waiting:
    on enter: play "a.wav" repeating
    on tone 1: set tries = tries + 1
    on tone 2 when tries > 1: hang up
    after 5m: hang up
on failed: hang up
"""
WRITES = COUNTS.replace("when tries > 1: hang up", ': log "{tries}"').replace("2 :", "2:")
MENU = """
on answered:
    menu "a.wav" for 5s up to 3 times:
        press 1: hang up
        otherwise: hang up
on failed: hang up
"""
TYPES = """
on answered:
    gather 4 digits as code for 5s
    when code is "42": hang up
    else: transfer to alice
on failed: hang up
"""
RETRIES = """
on answered:
    transfer to alice:
        on busy: retry up to 2 times after 3s
        otherwise: hang up
on failed: hang up
"""
ASKED = "answers playPrompt running -> *\nop playPrompt completed -> *\n"
FAILS = "answers transfer 486/0 -> *\ndue bound -> *\n"
SAME = {
    "which of two phones is busy": (RINGS_BOTH, "answers create/1 486/0 -> *", "answers create/2 486/0 -> *", True),
    "one busy, or none": (RINGS_BOTH, "answers create/1 486/0 -> *", "answers create/1 201 -> *", False),
    "a count that is read": (COUNTS, "tone 1 -> *", "tone 1 -> *\ntone 1 -> *", False),
    "a count beyond all that it is compared with": (COUNTS, "tone 1 -> *\n" * 4, "tone 1 -> *\n" * 5, True),
    "a count that is only written": (WRITES, "tone 1 -> *", "tone 1 -> *\ntone 1 -> *", True),
    "which round of a menu": (MENU, ASKED, ASKED + "due listen -> *\n" + ASKED, False),
    "digits towards what is compared": (TYPES, "tone 4 -> *", "tone 7 -> *", False),
    "digits that lead nowhere": (TYPES, "tone 3 -> *", "tone 7 -> *", True),
    "how many digits": (TYPES, "tone 3 -> *", "tone 7 -> *\ntone 7 -> *", False),
    "a retry used up": (RETRIES, FAILS, FAILS + FAILS, False),
    "a timer that is armed": (LOOP, "", "due after -> *", False),
}  # fmt: skip


@pytest.mark.parametrize(("flow", "one", "other", "is_same"), SAME.values(), ids=SAME)
def test_what_the_key_tells_apart(flow: str, one: str, other: str, is_same: bool) -> None:
    assert (key(flow, one) == key(flow, other)) == is_same
