"""Mistakes of designers, made in good flows: what behaves worse in hostile calls is found by `check --strict`.

FLOWLANG_MUTANTS: how many mutants (usually 60); 0: all of them, some minutes.
"""

import re
from functools import cache
from random import Random
from typing import NamedTuple

import pytest

from tests.explorer.judging import Good, findings, good_flows, symptoms, usual
from tests.explorer.mutations import KINDS, Mutant, mutants
from tests.explorer.worlds import count

MUTANTS = count("FLOWLANG_MUTANTS", 60)
MOST_MISSED = 0.01

MEANT_FOR_GROUPS = "a flow for group calls, or one that is only started, played as a call between two"
LONG_SILENCE = "an `after` ends it, some minutes later: no rule speaks of a caller who hears nothing that long"
ONLY_NAMES = "what is left are names only, and such a file is taken for one that others `use`"
MISSED = {
    "small joins: a handler dropped 4": MEANT_FOR_GROUPS,
    "example group-transfer-without-participant: a handler dropped 4": MEANT_FOR_GROUPS,
    "example keys-in-group-call: a handler dropped 3": MEANT_FOR_GROUPS,
    "example start-flow-never-ends: a handler dropped 1": MEANT_FOR_GROUPS,
    "example voicemail-may-be-refused: a handler dropped 4": ONLY_NAMES,
    "ivr_menu.flow: a then dropped 17": LONG_SILENCE,
    "ivr_menu.flow: a then dropped 19": LONG_SILENCE,
    "example loop-without-exit: a hang up dropped 5": LONG_SILENCE,
    "example loop-without-exit: a handler dropped 3": LONG_SILENCE,
    "example loop-without-exit: a then dropped 3": LONG_SILENCE,
}
"""Mutants that behave worse and are not found, and why."""


class Judged(NamedTuple):
    """`worse`: how it behaves worse; `unreadable`: it is no flow any more. `is_found`: a strict check speaks up."""

    mutant: Mutant
    worse: frozenset[str]
    is_found: bool


def drawn() -> list[tuple[Good, Mutant]]:
    every = [(good, mutant) for good in good_flows() for mutant in mutants(good.name, good.text)]
    Random(20_26).shuffle(every)
    return every[:MUTANTS] if MUTANTS else every


@cache
def judged() -> tuple[Judged, ...]:
    found: list[Judged] = []
    for good, mutant in drawn():
        before = usual(good)
        if before is None:
            continue
        now = symptoms(good, mutant.text)
        worse = frozenset(("unreadable",)) if now is None else now - before
        found.append(Judged(mutant, worse, bool(findings(good, mutant.text))))
    return tuple(found)


def key(mutant: Mutant) -> str:
    return f"{mutant.of}: {mutant.kind} {mutant.line}"


def test_what_behaves_worse_is_found() -> None:
    worse = [one for one in judged() if one.worse]
    missed = {key(one.mutant): sorted(one.worse) for one in worse if not one.is_found}
    unknown = {name: how for name, how in missed.items() if name not in MISSED}
    assert not unknown, f"behaves worse, and a strict check says nothing: {unknown}"
    assert len(worse) > len(judged()) // 4
    if not MUTANTS:
        assert set(missed) == set(MISSED), "found now: take them off the list"
        assert len(missed) <= MOST_MISSED * len(worse), f"{len(missed)} of {len(worse)}"


def test_the_list_names_mutants_that_there_are() -> None:
    known = {key(mutant) for good in good_flows() for mutant in mutants(good.name, good.text)}
    assert set(MISSED) <= known


GOOD = """flow 1 "Good"
contact alice = user 550fae72-d251-43ec-868c-373732c2704f "Alice"
contact mailbox = voicemail of alice
on answered:
    consult alice for 20s playing "a.wav"
    transfer replacing consult:
        on 500/7700: retry up to 2 times after 3s
        otherwise: play "b.wav" then hang up
if that fails:
    play "c.wav" then transfer to mailbox
on tone 1: goto late
stage late:
    on enter: play "d.wav" then hang up
    after 5m: hang up
on failed: hang up
"""
MADE = {
    "a catch dropped": "hang up\non tone 1: goto late",
    "a hang up dropped": 'otherwise: play "b.wav"\n',
    "an arm dropped": "transfer replacing consult:\n        otherwise",
    "a handler dropped": "then hang up\non failed: hang up",
    "a step dropped": "on answered:\n    transfer replacing consult:",
    "a then dropped": 'play "c.wav"\n',
    "a bound dropped": "consult alice playing",
    "another leg": "transfer replacing other:",
    "handlers swapped": "stage late:\n    after 5m: hang up\n    on enter",
    "steps swapped": "on answered:\n    transfer replacing consult:",
    "another code": "on 500/7000: retry",
    "a word misspelt": "tranfer replacing",
    "a name misspelt": "consult ailce",
    "another target": "consult mailbox for",
    "another kind of contact": "alice = resource account 550fae72",
}


@pytest.mark.parametrize(("kind", "text"), MADE.items(), ids=MADE)
def test_a_mistake_is_made(kind: str, text: str) -> None:
    made = [mutant.text for mutant in mutants("good", GOOD) if mutant.kind == kind]
    assert any(text in one for one in made), made[:3]


def test_mutants_differ_and_are_the_same_each_time() -> None:
    one, other = [[*mutants("good", GOOD)] for _ in range(2)]
    assert one == other
    assert len({mutant.text for mutant in one}) == len(one)
    assert GOOD not in {mutant.text for mutant in one}
    assert {mutant.kind for mutant in one} <= set(KINDS)


def test_good_flows_go_well() -> None:
    """As far as they are played at all: the small ones and the shipped ones, in hostile calls."""
    for good in good_flows():
        if re.match(r"small (first of two|calls out|takes over)|consult.flow|hunt_group.flow", good.name):
            assert usual(good) == frozenset(), good.name
