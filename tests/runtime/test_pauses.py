"""What a caller notices of a pause of the service, in each state of a call, however long the pause is and whatever
caused it. Graph goes on meanwhile, and what it cannot tell is lost.

The promise is written in docs/explanation/when-things-break.md; `CASES` is the same table.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from flowlang.call import commands
from flowlang.call.facts import Fact
from flowlang.call.trace import Trace
from flowlang.codec import from_json
from flowlang.engine.step import new_session, step
from flowlang.ladder.words import act_words
from flowlang.scenario.world import Keys, Knobs, World
from flowlang.simulator.values import Failed, Outcome, Rings, Throttled
from flowlang.store.memory import MemoryStore
from tests.flowtext import plan_of
from tests.properties.test_histories import MONDAY_MS
from tests.runtime.rig import Pause, Rig, Sent
from tests.runtime.test_whole_calls import ends_well

SECOND: Final = 1_000
PAUSES: Final = (1 * SECOND, 20 * SECOND, 45 * SECOND, 300 * SECOND, 46 * 60 * SECOND)
WAYS: Final = ("killed", "stopped", "full")
PROMPT_MS: Final = 2_000
SOON_MS: Final = 7_000
QUIET: Final = (
    commands.GetCall, commands.KeepAlive, commands.SubscribeToTone, commands.CancelMedia, commands.GetOperation,
)  # fmt: skip
"""Requests that nobody hears of."""
SORRY: Final = '\nif that fails: play "sorry.wav" then hang up\n'


class Case(NamedTuple):
    """`at_ms`: when the pause begins. `before`: what has left for Graph by then; `short`, `long`: what leaves after a
    pause of a second, and after a longer one that the caller waits through. After 46 minutes Graph has ended the call,
    which nobody kept alive. `keys_after_ms`: the caller presses 1 so long after the pause."""

    flow: str
    at_ms: int
    before: str
    short: str
    long: str
    script: tuple[tuple[str, Outcome], ...] = ()
    keys_after_ms: int = -1


CONSULTS: Final = f"on incoming: answer\non answered: consult alice for 18s then transfer replacing consult{SORRY}"
CASES: Final[dict[str, Case]] = {
    "ringing": Case(
        'on incoming: wait 3s then answer\non answered: play "a.wav" then hang up\n', 1_000,
        "", "answer, play a.wav, hang up", "",
    ),
    "playing": Case(
        'on incoming: answer\non answered: play "a.wav" then play "b.wav" then hang up\n', 1_500,
        "answer, play a.wav", "play b.wav, hang up", "play b.wav, hang up",
    ),
    "in a menu": Case(
        'on incoming: answer\non answered:\n    menu "m.wav" for 5s up to 2 times:\n        press 1: play "one.wav"\n'
        '        otherwise: play "none.wav"\n    hang up\n', 3_500,
        "answer, play m.wav", "play one.wav, hang up", "play m.wav, play one.wav, hang up", keys_after_ms=1_000,
    ),
    "in a menu that speaks": Case(
        'on incoming: answer\non answered:\n    menu "m.wav" for 5s:\n        press 1: play "one.wav"\n'
        '        otherwise: play "none.wav"\n    hang up\n', 1_500,
        "answer, play m.wav", "play one.wav, hang up", "play one.wav, hang up", keys_after_ms=1_000,
    ),
    "gathering": Case(
        'on incoming: answer\non answered:\n    gather 2 digits as pin playing "m.wav" for 5s:\n'
        '        otherwise: play "none.wav" then hang up\n    play "typed.wav" then hang up\n', 3_500,
        "answer, play m.wav", "play none.wav, hang up", "play none.wav, hang up",
    ),
    "recording": Case(
        f'on incoming: answer\non answered:\n    record as voice for 10s\n    play "thanks.wav" then hang up{SORRY}',
        2_000, "answer, record", "play thanks.wav, hang up", "play thanks.wav, hang up",
    ),
    "transferring": Case(
        f"on incoming: answer\non answered: transfer to alice{SORRY}", 900, "answer, transfer to Alice", "", "",
    ),
    "transferring, which fails": Case(
        f"on incoming: answer\non answered: transfer to alice for 30s{SORRY}", 1_300,
        "answer, transfer to Alice", "play sorry.wav, hang up", "play sorry.wav, hang up",
        (("transfer", Failed(500, 7700, after_ms=3_000)),),
    ),
    "consulting, somebody answers": Case(
        CONSULTS, 1_500, "answer, call", "transfer to Alice", "transfer to Alice",
    ),
    "consulting, nobody answers": Case(
        CONSULTS, 1_500, "answer, call", "play sorry.wav, hang up", "play sorry.wav, hang up", (("create", Rings()),),
    ),
    "waiting": Case(
        'on incoming: answer\non answered: wait 15s then play "a.wav" then hang up\n', 5_000,
        "answer", "play a.wav, hang up", "play a.wav, hang up",
    ),
    "waiting to try again": Case(
        "on incoming: answer\non answered:\n    transfer to alice:\n        on 500/7700: retry up to 2 times after 6s"
        f"{SORRY}", 4_000,
        "answer, transfer to Alice", "transfer to Alice", "transfer to Alice",
        (("transfer", Failed(500, 7700, after_ms=1_000)),),
    ),
    "queueing for Graph": Case(
        CONSULTS, 1_200, "answer, call", "call, transfer to Alice", "call, transfer to Alice",
        (("create", Throttled(5)),),
    ),
}  # fmt: skip


def played(case: Case, pause: Pause) -> Rig:
    at_ms = case.at_ms + pause.ms + case.keys_after_ms
    keys = (Keys(("1",), at_ms),) if case.keys_after_ms >= 0 else ()
    store = MemoryStore()
    knobs = Knobs(limit_ms=7_200_000)
    world = World(MONDAY_MS, keys=keys)
    return Rig(
        plan_of(case.flow), world, lambda: store, knobs=knobs, script=case.script, rests=((case.at_ms, pause),)
    ).run()


def left(rig: Rig) -> str:
    """What left for Graph that somebody could hear, in order; a hang-up of a leg that was over has no effect."""
    words: list[str] = []
    for one in rig.sent:
        if not isinstance(one.command, commands.Request) or isinstance(one.command.act, QUIET) or one.status == 404:
            continue
        act = one.command.act
        word = f"transfer to {act.target.name}" if isinstance(act, commands.Transfer) else act_words(act)
        words.append(f"{word} leg {one.command.leg}" if isinstance(act, commands.HangUp) and one.command.leg else word)
    return ", ".join(words)


def traces(rig: Rig) -> list[Trace]:
    """Everything that the engine said, by playing the journals again."""
    found: list[Trace] = []
    for stored in [*rig.kept.calls(5, over=True), *rig.kept.calls(5)]:
        session = new_session(stored.call_id, stored.plan, rig.plan)
        for entry in rig.kept.journal(stored.call_id):
            fact = from_json(json.loads(entry.fact))
            assert isinstance(fact, Fact)
            stepped = step(rig.plan, session, fact)
            session = stepped.session
            found += stepped.trace
    return found


def is_heard(one: Sent) -> bool:
    return isinstance(one.command, commands.Request) and not isinstance(one.command.act, QUIET)


def prompts_are_heard(rig: Rig, resumed_ms: int) -> None:
    """What is played after the pause has its time: nothing else is said and nobody is hung up meanwhile."""
    heard = [one for one in rig.sent if one.at_ms >= resumed_ms and is_heard(one) and one.status < 300]
    for one, following in pairwise(heard):
        act = one.command.act if isinstance(one.command, commands.Request) else None
        is_cut_by_key = isinstance(act, commands.Play) and act.prompts[0].text == "m.wav"
        if isinstance(act, commands.Play) and not is_cut_by_key:
            assert following.at_ms - one.at_ms >= PROMPT_MS, (act, following)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("ms", PAUSES)
@pytest.mark.parametrize("name", CASES)
def test_what_a_caller_notices_of_a_pause(name: str, ms: int, how: str) -> None:
    case = CASES[name]
    rig = played(case, Pause(how, ms))  # type: ignore[arg-type]
    ends_well(rig, name)
    assert not [one for one in traces(rig) if one.code == "safety-net"]
    after = case.short if ms == PAUSES[0] else case.long if ms < PAUSES[-1] else ""
    assert left(rig) == ", ".join(filter(None, (case.before, after)))
    resumed_ms = MONDAY_MS + case.at_ms + ms
    prompts_are_heard(rig, resumed_ms)
    if after and ms > PAUSES[0]:
        heard_ms = [one.at_ms for one in rig.sent if one.at_ms >= resumed_ms and is_heard(one)]
        assert heard_ms[0] - resumed_ms < SOON_MS, "nobody waits in silence for long"


def test_a_timer_that_is_a_little_late_leaves_the_next_step_its_time() -> None:
    """Four seconds are no pause, so Graph is not asked; the second wait is as long as it says all the same."""
    store = MemoryStore()
    flow = 'on incoming: answer\non answered: wait 2s then wait 3s then play "a.wav" then hang up\n'
    rig = Rig(plan_of(flow), World(MONDAY_MS), lambda: store, rests=((1_000, Pause("stopped", 4_000)),)).run()
    (played_ms,) = [one.at_ms for one in rig.sent if one.command.act.__class__ is commands.Play]  # type: ignore[union-attr]
    assert played_ms - MONDAY_MS >= 5_000 + 3_000
    assert not [one for one in traces(rig) if one.code == "resumed"]


def test_the_page_names_every_state() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "when-things-break.md").read_text(encoding="utf-8")
    table = page.partition("## What a caller notices of a pause")[2].partition("## In doubt")[0]
    states = {line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")} - {"the call is"}
    names = {"ringing": "ringing, not answered yet", "in a menu": "in a menu that listens"}
    assert states == {names.get(name, name) for name in CASES}


class RestsWithAnAnswer(Rig):
    """The service is stopped once, when Graph has just said that it has no room for a call."""

    rested = False

    def line(self, name: str) -> None:
        super().line(name)
        if name == "after sending" and self.sent[-1].status == 429 and not self.rested:
            self.rested = True
            self.rest(Pause("stopped", 45 * SECOND))


def test_what_graph_did_not_take_goes_out_again_after_a_pause_with_the_answer_in_hand() -> None:
    """The bound of the step was over meanwhile, though the request had not counted as sent."""
    store = MemoryStore()
    script = (("create", Throttled(1)),)
    rig = RestsWithAnAnswer(plan_of(CONSULTS), World(MONDAY_MS), lambda: store, script=script)
    rig.run()
    ends_well(rig, "")
    assert rig.rested
    assert left(rig) == "answer, call, call, transfer to Alice"
