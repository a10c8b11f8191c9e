"""The simulated Graph does nothing that the environment model does not allow, and the model holds nothing that is never
seen: whatever changes a simulated call has its row, and rows that are never shown are listed with the reason.

FLOWLANG_CONFORMANCE: how many calls of each flow (usually 60): half as many of a shipped flow, twice as many of a
small one.
"""

from functools import cache
from unittest.mock import patch

import pytest

from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.engine.step import Stepped, step
from flowlang.explorer.allows import row_for
from flowlang.explorer.canonical import Canonical
from flowlang.explorer.environment import Row, environment
from flowlang.explorer.explored import explore
from flowlang.explorer.relevance import relevance_of
from flowlang.plan import WORDS, Plan
from tests.engine.bed import Bed
from tests.explorer.small_flows import SMALL
from tests.explorer.worlds import FLOWS, count, plan_named, played

CALLS = count("FLOWLANG_CONFORMANCE", 60)

OFTEN = 400
"""With so many calls of each flow the rare rows are shown too."""

NEVER_SHOWN = {
    "answers/transfer/refused 409/8607": "the engine never sends a second transfer while one is under way",
    "answers/playPrompt/taken 200 completed": "the simulated Graph plays for some time",
    "answers/recordResponse/lost": "nothing changes until the timer",
    "answers/invite/lost": "nothing changes until the timer",
    "answers/delete/lost": "it is sent again until its bound, and the simulated Graph is not away for so long",
    "answers/keepAlive/lost": "it is sent again until its bound, and the simulated Graph is not away for so long",
    "answers/subscribeToTone/lost": "it is sent again until its bound, and the simulated Graph is not away for so long",
    "answers/get/refused 500/0": "it is sent again until its bound, and the simulated Graph is not away for so long",
    "answers/operation/lost": "mute and unmute are sent again, and no shipped flow holds, resumes or removes anybody",
    "answers/operation/taken 200 running": "the simulated Graph answers these with their end",
    "answers/get/lost": "nothing changes: the question is asked again",
    "answers/getOperation/lost": "nothing changes until the timer",
    "operations/subscribeToTone/completed": "the answer says so, and no notification follows",
    "operations/subscribeToTone/failed 500/0": "the answer says so, and no notification follows",
    "operations/cancelMediaProcessing/completed": "the answer says so, and no notification follows",
    "legs/ringing/establishing": "nothing changes: the answer said so",
    "legs/ringing/ringing": "the simulated Graph does not tell that a phone rings",
    "legs/up/hold": "the simulated Graph tells of a hold by the sound alone",
    "legs/up/terminating": "the simulated Graph says so only of calls that we hang up",
    "legs/transferring/terminating": "the simulated Graph says so only of calls that we hang up",
    "services/ask/silent": "nothing comes",
}
"""Rows that no simulated call shows, and why."""

SELDOM = frozenset((
    "answers/invite/gone 404/8522", "answers/operation/gone 404/8522", "answers/participants/gone 404/8522",
    "answers/participants/lost", "answers/transfer/gone 404/8522", "legs/creating/over 4xx", "legs/leaving/other",
))  # fmt: skip
"""Rows that take thousands of calls: two things have to happen within milliseconds."""

RARE = SELDOM | frozenset((
    "answers/cancelMediaProcessing/gone 404/8522", "answers/getOperation/gone 404/8522",
    "answers/keepAlive/refused 429/8516", "answers/operation/taken 202 failed 500/0", "answers/operation/taken 204",
    "answers/recordResponse/gone 404/8522", "answers/redirect/gone 404/8522", "legs/creating/established",
    "legs/leaving/back 4xx", "legs/transferring/established", "legs/transferring/other",
    "operations/recordResponse/failed 400/8508", "operations/recordResponse/failed 400/8509",
))  # fmt: skip
"""Rows that take hundreds."""


class Held:
    """Stands in for `step` in a simulated call, and holds every fact that changes the session against the model."""

    def __init__(self, plan: Plan) -> None:
        self.canonical = Canonical(plan, relevance_of(plan))
        self.rows: set[Row] = set()
        self.timers: set[str] = set()
        self.unknown: list[str] = []

    def step(self, plan: Plan, session: Session, fact: Fact) -> Stepped:
        stepped = step(plan, session, fact)
        if stepped.session != session and self.canonical.key(stepped.session) != self.canonical.key(session):
            row = row_for(plan, session, fact)
            if row is None:
                self.unknown.append(f"{fact} in {session.legs}, {session.pending}")
            elif row.table == "timers":
                self.timers.add(row.subject)
            else:
                self.rows.add(row)
        return stepped


@cache
def held(name: str) -> Held:
    """Many calls of one flow."""
    plan = plan_named(name)
    held = Held(plan)
    with patch("flowlang.scenario.loop.step", held.step):
        for seed in range(CALLS * 2 if name in SMALL else CALLS // 2):
            played(plan, name, seed)
            assert not held.unknown, f"{name}, seed {seed}: no row of environment.json allows {held.unknown[0]}"
    return held


@pytest.mark.parametrize("name", FLOWS)
def test_the_simulated_graph_keeps_to_the_model(name: str) -> None:
    assert not held(name).unknown


def test_rows_that_are_never_shown_are_known() -> None:
    shown = {row.name for name in FLOWS for row in held(name).rows}
    shown |= {f"timers/{kind}" for name in FLOWS for kind in held(name).timers}
    every = {*[row.name for row in environment().rows()], *[f"timers/{kind}" for kind in environment().timers]}
    assert set(NEVER_SHOWN) <= every, "no such row"
    assert not shown & set(NEVER_SHOWN), "shown after all: take it off the list"
    rare = RARE if CALLS < OFTEN else SELDOM
    assert every - shown - set(NEVER_SHOWN) - rare == set(), "never shown: say why, or take the row out"


def test_every_row_is_explored_somewhere() -> None:
    """A row without `same` that no exploration uses is dead."""
    used: set[Row] = set()
    for name in SMALL:
        explored = explore(plan_named(name))
        assert explored.is_whole
        used |= set(explored.survey.rows)
    assert {row.name for row in environment().rows() if not row.same} - {row.name for row in used} == set()
    assert not [row.name for row in used if row.same]


def test_names_of_rows_are_unique() -> None:
    names = [row.name for row in environment().rows()]
    assert len(names) == len(set(names))


def test_the_small_flows_use_every_step() -> None:
    used = {WORDS[type(place.step)] for name in SMALL for place in plan_named(name).places}
    assert set(WORDS.values()) - used == {"stop"}  # what the end of a handler is made of


UP = """
incoming             -> *
answers answer 202   -> *
established          -> *
"""
WAITS = """
on answered: play "a.wav" then transfer to alice
on tone 1: transfer to bob
on failed: hang up
"""
ALLOWED = {
    "a busy line is no answer to a prompt": ("audio -> *", "answers playPrompt 486/0", ""),
    "a prompt cannot be played": ("audio -> *", "answers playPrompt 500/8511", "answers/playPrompt/refused 400/8504"),
    "the call is gone": ("audio -> *", "answers playPrompt 404/8522", "answers/playPrompt/gone 404/8522"),
    "an answer is lost": ("audio -> *", "answers playPrompt lost", "answers/playPrompt/lost"),
    "a prompt is over": (
        "audio -> *\nanswers playPrompt running -> *", "op playPrompt completed", "operations/playPrompt/completed"
    ),
    "a prompt that is busy": ("audio -> *\nanswers playPrompt running -> *", "op playPrompt failed 486/0", ""),
    "a key": ("audio -> *\nanswers subscribeToTone completed -> *", "tone 1", "legs/up/tone"),
    "the caller hangs up": ("", "over 200/5002", "legs/up/over 200/5002"),
    "a call that is up does not ring out": ("", "over 487/10004", ""),
    "no way back without a transfer": ("", "failed 500/7000", ""),
    "a timer": ("", "due audible", "timers/audible/due"),
    "a state that nobody knows": ("", "unknownFutureValue", "legs/up/other"),
    "it does not ring again": ("", "ringing", ""),
}  # fmt: skip


@pytest.mark.parametrize(("before", "fact", "row"), ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_when(before: str, fact: str, row: str) -> None:
    bed = Bed(WAITS).run(UP + before)
    found = row_for(bed.plan, bed.session, bed.fact_of(fact.split()))
    assert (found.name if found is not None else "") == row


def test_a_transfer_ends_with_its_own_words() -> None:
    bed = Bed("on answered: transfer to alice\non failed: hang up").run(UP + "answers transfer 202 -> *")
    names = {
        text: getattr(row_for(bed.plan, bed.session, bed.fact_of(text.split())), "name", "")
        for text in ("over transferred", "failed 500/7000", "failed 486/0", "transferring", "over 200/5002")
    }
    assert names == {
        "over transferred": "legs/transferring/transferred",
        "failed 500/7000": "legs/transferring/back 500/7000",
        "failed 486/0": "legs/transferring/back 500/7000",
        "transferring": "legs/transferring/transferring",
        "over 200/5002": "legs/transferring/over 200/5002",
    }
