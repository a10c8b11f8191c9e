"""A call in a few lines: each line says who did what to whom."""

import pytest

from flowlang.diagnostics import Told
from flowlang.engine.step import Stepped, new_session, step
from flowlang.explorer.told import MOST_LINES, seconds, tell
from flowlang.plan import Plan
from tests.engine.bed import Bed
from tests.flowtext import plan_of

UP = """
incoming                  -> *
answers answer 202        -> *
established               -> *
"""


def steps(flow: str, script: str) -> tuple[Plan, list[Stepped]]:
    """A script played step by step."""
    bed = Bed(plan_of(flow))
    found: list[Stepped] = []
    session = new_session("s1", "digest", bed.plan)
    for line in script.strip().splitlines():
        bed.at_ms += 10
        fact = bed.fact_of(line.partition("->")[0].split())
        found.append(step(bed.plan, session, fact))
        session = found[-1].session
        bed.give(fact)
    return bed.plan, found


def lines(flow: str, script: str, ending: str = "") -> list[str]:
    return [f"{one.actor or '-'} {one.other or '-'}: {one.text}" for one in tell(*steps(flow, script), ending)]


RINGS = """
on answered:
    consult alice for 9s
    play "a/sorry.wav"
    transfer replacing consult
if that fails: hang up
"""
TOLD = {
    "a call": ("on answered: hang up", UP, ["caller flow: calls, is answered", "flow caller: hangs up"]),
    "not answered yet": ("on answered: hang up", "incoming -> *", ["caller flow: calls"]),
    "files without their folders": (
        'on answered: play "a/one.wav", "b/two.wav" then hang up', UP,
        ["caller flow: calls, is answered", "flow caller: plays one.wav, two.wav"],
    ),
    "somebody is busy": (
        RINGS, UP + "answers create 201 -> *\nleg1 over 486/0 -> *",
        ["caller flow: calls, is answered", "flow Alice: rings … 486/0 busy", "flow caller: hangs up"],
    ),
    "somebody takes the call, and is gone": (
        RINGS, UP + "answers create 201 -> *\nleg1 established -> *\nleg1 over 200/5002 -> *",
        ["caller flow: calls, is answered", "flow Alice: rings … answered", "flow caller: plays sorry.wav",
         "Alice flow: is not on the line any more"],
    ),
    "a transfer to whom": (
        "on answered: transfer to alice\nif that fails: hang up", UP + "answers transfer 403/7505 -> *",
        ["caller flow: calls, is answered", "flow Alice: transfers the caller … 403/7505 forbidden",
         "flow caller: hangs up"],
    ),
    "a key by its sign": (
        "on answered: play \"a.wav\" repeating\non tone star: hang up\nafter 5m: hang up",
        UP + "audio -> *\nanswers subscribeToTone completed -> *\ntone star -> *",
        ["caller flow: calls, is answered", "flow caller: plays a.wav … cut short", "caller flow: presses *",
         "flow caller: hangs up"],
    ),
    "time passes": (
        "on answered: play \"a.wav\" repeating\nafter 5m: hang up", UP + "due after -> *",
        ["caller flow: calls, is answered", "flow caller: plays a.wav … cut short", "- -: 5m pass",
         "flow caller: hangs up"],
    ),
    "nothing catches it": (
        "on answered: transfer to alice", UP + "answers transfer 403/7505 -> *",
        ["caller flow: calls, is answered", "flow Alice: transfers the caller … 403/7505 forbidden",
         "flow -: nothing catches it: the safety net runs", "flow caller: hangs up"],
    ),
    "people come": (
        'on incoming: answer\non joined: log "x"\non left: hang up\nafter 5m: hang up',
        "incoming group -> *\nanswers answer 202 -> *\nestablished -> *\nroster alice bob -> *\nroster bob -> *",
        ["caller flow: calls, is answered", "Alice flow: joins", "Bob flow: joins", "Alice flow: leaves",
         "flow caller: hangs up"],
    ),
    "nobody calls": ("on start: call alice for 9s", "started -> *", ["flow -: is started", "flow Alice: rings"]),
}  # fmt: skip


@pytest.mark.parametrize(("flow", "script", "expected"), TOLD.values(), ids=TOLD)
def test_a_call_is_told(flow: str, script: str, expected: list[str]) -> None:
    assert lines(flow, script) == expected


def test_the_ending_is_the_last_line() -> None:
    assert lines("on answered: hang up", UP, "waits")[-1] == "flow -: waits"


def test_long_calls_are_told_from_both_ends() -> None:
    flow = 'on answered: goto a\nstage a:\n    on enter: play "a.wav" then goto a\n    after 5m: hang up'
    laps = "answers playPrompt running -> *\nop playPrompt completed -> *\n" * MOST_LINES
    found = lines(flow, UP + "audio -> *\n" + laps, "stops")
    assert len(found) == MOST_LINES + 2
    assert found[0] == "caller flow: calls, is answered"
    assert found[MOST_LINES // 2] == f"- -: ({MOST_LINES + 2 - MOST_LINES} more)"
    assert found[-1] == "flow -: stops"


def test_hours_are_told_when_they_are_news() -> None:
    plan, played = steps("on answered: hang up", UP)
    hours = [{"office": True}, {"office": True}, {"office": False}]
    found = tell(plan, played, "", hours)
    told = [one.text for one in found]
    assert told == ["it is during office", "calls, is answered", "it is outside office", "hangs up"]
    assert found[0] == Told("", "", "it is during office")


@pytest.mark.parametrize(("ms", "text"), [(500, "500ms"), (1_000, "1s"), (90_000, "90s"), (300_000, "5m"), (0, "0s")])
def test_durations(ms: int, text: str) -> None:
    assert seconds(ms) == text
