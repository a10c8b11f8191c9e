"""Every step whose connection is cut: before Graph took its request, and after. How the outcome is found out then.

In each case nobody learns whether the request was taken. What Graph must not be asked for twice it takes once; the call
goes on as the step's file says, and comes to its end. In virtual time, through store, worker and sender.
"""

import json
from typing import Final, Literal, NamedTuple

import pytest

from flowlang.call.facts import Fact
from flowlang.call.trace import Trace
from flowlang.codec import from_json
from flowlang.engine.step import new_session, step
from flowlang.scenario.world import Keys, World
from flowlang.simulator.values import Cut, Taken
from flowlang.steps import WORDS
from flowlang.store.memory import MemoryStore
from tests.flowtext import plan_of
from tests.properties.test_histories import MONDAY_MS, PEOPLE
from tests.runtime.rig import Rig
from tests.runtime.test_whole_calls import ends_well

REPEATED: Final = frozenset((
    "delete", "mute", "unmute", "cancelMediaProcessing", "subscribeToTone", "keepAlive", "get", "listParticipants",
))  # fmt: skip
"""A second time does no harm."""
GOES_ON: Final = '\n    log "went on" then hang up'
CAUGHT: Final = '\nif that fails: log "failed" then hang up'
GROUP: Final = "on incoming: answer\ncontact guest = user b0b00000-0000-4000-8000-000000000002\n"
MENU: Final = """on incoming: answer
on answered:
    menu "a.wav" for 5s:
        press 1: log "went on" then hang up
        otherwise: hang up"""
Way = Literal["went on", "failed", "over"]


class Case(NamedTuple):
    """`flow`: a step, and what it logs when it goes on or fails. `before`, `after`: which of the two the caller gets
    when the connection is cut then; `over`: the call is over with the step, or the flow says nothing."""

    operation: str
    flow: str
    before: Way
    after: Way
    kind: Literal["peer", "group", "start"] = "peer"
    keys: str = ""


def on_answered(text: str) -> str:
    return f"on incoming: answer\non answered:\n    {text}{GOES_ON}{CAUGHT}\n"


def in_group(text: str) -> str:
    return f"{GROUP}on joined guest:\n    {text}{GOES_ON}{CAUGHT}\n"


def started(text: str) -> str:
    return f'on start: {text}{CAUGHT}\non answered: log "went on" then hang up\n'


CASES: Final[dict[str, Case]] = {
    "answer": Case("answer", f"on incoming:\n    answer{GOES_ON}{CAUGHT}\n", "went on", "went on"),
    "reject": Case("reject", "on incoming: reject busy\n", "over", "over"),
    "redirect": Case("redirect", "on incoming: redirect to alice\n", "over", "over"),
    "call": Case("create", started("call alice for 30s"), "failed", "went on", "start"),
    "join": Case("create", started('join meeting "https://teams.example/j/1" for 30s'), "failed", "went on", "start"),
    "consult": Case("create", on_answered("consult alice for 18s"), "failed", "went on"),
    "transfer": Case("transfer", f'on incoming: answer\non answered: transfer to alice{CAUGHT}\n', "failed", "over"),
    "transfer of a participant": Case(
        "transfer", f"{GROUP}on joined guest: transfer guest to alice{CAUGHT}\non left guest: hang up\n",
        "failed", "over", "group",
    ),
    "invite": Case("invite", on_answered("invite alice for 90s"), "failed", "went on"),
    "remove": Case("remove", in_group("remove guest"), "failed", "went on", "group"),
    "hold": Case("startHoldMusic", in_group("hold guest"), "failed", "went on", "group"),
    "resume": Case("stopHoldMusic", in_group("hold guest then resume guest"), "failed", "failed", "group"),
    "mute": Case("mute", in_group("mute"), "went on", "went on", "group"),
    "unmute": Case("unmute", in_group("mute then unmute"), "went on", "went on", "group"),
    "play": Case("playPrompt", on_answered('play "a.wav"'), "failed", "went on"),
    "say": Case("playPrompt", on_answered('say "Hello"'), "failed", "went on"),
    "menu": Case("playPrompt", f"{MENU}{CAUGHT}\n", "went on", "went on", keys="1"),
    "gather": Case(
        "playPrompt", on_answered('gather 1 digits as pin playing "a.wav" for 9s'), "went on", "went on", keys="1"
    ),
    "record": Case("recordResponse", on_answered("record as voice for 5s"), "failed", "went on"),
    "hang up": Case("delete", "on incoming: answer\non answered: hang up\n", "over", "over"),
}  # fmt: skip

BESIDE: Final[dict[str, Case]] = {
    "the keys of the caller": Case(
        "subscribeToTone", on_answered("gather 1 digits as pin for 9s"), "went on", "went on", keys="1"
    ),
    "silence before a step that speaks": Case(
        "cancelMediaProcessing",
        on_answered('consult alice for 18s playing "hold.wav" then play "a.wav"'),
        "went on",
        "went on",
    ),
    "who is in the call": Case(
        "listParticipants", on_answered("invite alice for 90s then hold alice"), "went on", "went on"
    ),
}  # fmt: skip
"""Requests that the engine makes for steps."""


def played(case: Case, when: Literal["before", "after"]) -> Rig:
    world = World(
        MONDAY_MS, kind=case.kind, participants=PEOPLE if case.kind == "group" else (),
        keys=tuple([Keys((key,), 3_500) for key in case.keys]),
    )  # fmt: skip
    store = MemoryStore()
    rig = Rig(plan_of(case.flow), world, lambda: store, script=((case.operation, Cut(when)),))
    return rig.run()


def said(rig: Rig) -> Way:
    """What the flow logged, by playing its journal again."""
    stored = [*rig.kept.calls(5, over=True), *rig.kept.calls(5)]
    trace: list[Trace] = []
    session = new_session(stored[0].call_id, stored[0].plan, rig.plan)
    for entry in rig.kept.journal(stored[0].call_id):
        fact = from_json(json.loads(entry.fact))
        assert isinstance(fact, Fact)
        stepped = step(rig.plan, session, fact)
        session = stepped.session
        trace += stepped.trace
    words = [one.facts[0] for one in trace if one.code == "log"]
    assert len(words) <= 1, words
    return "went on" if words == ["went on"] else "failed" if words == ["failed"] else "over"


def taken(rig: Rig, operation: str) -> list[Taken]:
    """What Graph took: answered well, or cut off after it had taken it."""
    asked = [one for one in rig.graph.graph.taken if one.operation == operation]
    return [one for one in asked if 200 <= one.status < 300 or (one.status == 0 and one.code == "after")]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", [*CASES, *BESIDE])
def test_a_connection_that_is_cut_at(name: str, when: Literal["before", "after"]) -> None:
    case = {**CASES, **BESIDE}[name]
    rig = played(case, when)
    ends_well(rig, name)
    assert rig.graph.graph.script.unused() == (), "the request was never made"
    if case.operation not in REPEATED:
        legs = [one.call_id for one in taken(rig, case.operation)]
        assert len(legs) == len(set(legs)), legs
    assert said(rig) == (case.before if when == "before" else case.after)


def test_no_step_is_left_out() -> None:
    sends = {word.word for word in WORDS if word.graph}
    assert sends == {name.partition(" of a ")[0] for name in CASES}
    for word in WORDS:
        assert bool(word.after_loss) == bool(word.graph or word.word in ("ask", "notify", "start")), word.word
