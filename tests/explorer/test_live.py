"""What can still matter at a step: values that something reads before they are set again."""

from typing import NamedTuple

import pytest

from flowlang.explorer.live import live_of
from tests.explorer.plans import names_of, place_of
from tests.flowtext import plan_of


class Case(NamedTuple):
    """A flow, and for steps (the word, and which of them) the names that are alive there."""

    flow: str
    alive: dict[tuple[str, int], set[str]]


VALUES = {
    "read later": Case(
        """
        let tries = 0
        on answered:
            set tries = 1
            play "a.wav"
            when tries < 3: hang up
            else: play "b.wav" then hang up
        """,
        {("set", 0): set(), ("play", 0): {"tries"}, ("play", 1): set()},
    ),
    "set anew from its own value": Case(
        """
        let tries = 0
        on answered:
            play "a.wav"
            set tries = tries + 1
            when tries < 3: hang up
            else: play "b.wav" then hang up
        """,
        {("play", 0): {"tries"}, ("set", 0): {"tries"}, ("play", 1): set()},
    ),
    "only written": Case(
        """
        let tries = 0
        on answered:
            play "a.wav"
            log "{tries}"
            hang up
        """,
        {("play", 0): set()},
    ),
    "read in a stage that is gone to": Case(
        """
        let tries = 0
        on answered:
            play "a.wav"
            goto waiting
        stage waiting:
            on enter:
                when tries < 3: play "b.wav" then hang up
                else: hang up
        """,
        {("play", 0): {"tries"}, ("play", 1): set()},
    ),
    "read where a failure is caught": Case(
        """
        let tries = 0
        on answered:
            play "a.wav"
            transfer to alice:
                on busy:
                    when tries < 3: hang up
                    else: play "b.wav" then hang up
                otherwise: play "c.wav" then hang up
        """,
        {("play", 0): {"tries"}, ("transfer", 0): {"tries"}, ("play", 1): set(), ("play", 2): set()},
    ),
    "the result, only after the failure": Case(
        """
        on answered:
            play "a.wav"
            transfer to alice
        if that fails:
            play "b.wav"
            when result.code is 486: hang up
            else: transfer to bob
        """,
        {("play", 0): set(), ("transfer", 0): set(), ("play", 1): {"result"}, ("transfer", 1): set()},
    ),
    "who calls": Case(
        """
        on answered:
            play "a.wav"
            when caller.number exists: hang up
            else: play "b.wav" then hang up
        """,
        {("play", 0): {"people"}, ("play", 1): set()},
    ),
    "whom to call": Case(
        """
        setting person = alice
        on answered:
            play "a.wav"
            transfer to person
        if that fails: hang up
        """,
        {("play", 0): {"person"}, ("hang up", 0): set()},
    ),
    "for how long": Case(
        """
        setting patience = 20s
        on answered:
            play "a.wav"
            consult alice for patience
            transfer replacing consult
        if that fails: hang up
        """,
        {("play", 0): {"patience"}, ("transfer", 0): set()},
    ),
    "copied to what is read": Case(
        """
        let one = 0
        let two = 0
        on answered:
            play "a.wav"
            set two = one
            when two < 3: hang up
            else: play "b.wav" then hang up
        """,
        {("play", 0): {"one"}, ("set", 0): {"one"}, ("play", 1): set()},
    ),
    "copied to what nobody reads": Case(
        """
        let one = 0
        let two = 0
        on answered:
            play "a.wav"
            set two = one
            log "{two}"
            hang up
        """,
        {("play", 0): set()},
    ),
    "made by a step": Case(
        """
        on answered:
            play "a.wav"
            gather 2 digits as code for 5s
            play "b.wav"
            when code is "42": hang up
            else: transfer to alice
        """,
        {("play", 0): set(), ("play", 1): {"code"}},
    ),
    "an arm of a menu": Case(
        """
        let tries = 0
        on answered:
            menu "a.wav" for 5s up to 1 times:
                press 1:
                    when tries < 2: hang up
                    else: play "b.wav" then hang up
                otherwise: play "c.wav" then hang up
        """,
        {("menu", 0): {"tries"}, ("play", 1): set()},
    ),
}


@pytest.mark.parametrize("case", VALUES.values(), ids=VALUES)
def test_what_is_alive(case: Case) -> None:
    plan = plan_of(case.flow)
    live = live_of(plan)
    found = {(word, nth): names_of(plan, live.values[place_of(plan, word, nth)]) for word, nth in case.alive}
    assert found == case.alive


HANDLERS = """
let flag = no
let other = no
let third = no
let fourth = no
on incoming:
    answer
    goto waiting
on tone 1 when flag is yes: hang up
on ended when third is yes: log "x"
stage waiting:
    on enter: play "hold.wav" then goto waiting
    on tone 4 when fourth is yes: hang up
    after 5m: goto late
stage late:
    on enter: play "late.wav" then hang up
    on tone 3:
        when other is yes: hang up
on failed: hang up
"""


def test_what_handlers_in_reach_read_is_alive() -> None:
    plan = plan_of(HANDLERS)
    live = live_of(plan)
    reach = [names_of(plan, numbers) for numbers in live.reach]
    assert reach == [{"flag", "third"}, {"flag", "third", "fourth", "other"}, {"flag", "third", "other"}]


def test_a_count_of_retries_is_alive_where_it_can_be_used_again() -> None:
    plan = plan_of("""
    on answered:
        play "a.wav"
        transfer to alice:
            on busy: retry up to 2 times after 3s
            otherwise: play "b.wav"
        hang up
    on failed: hang up
    """)
    live = live_of(plan)
    alive = {
        (word, nth): bool(live.counters[place_of(plan, word, nth)])
        for word, nth in (("play", 0), ("transfer", 0), ("retry", 0), ("play", 1), ("hang up", 0))
    }
    assert alive == {
        ("play", 0): False, ("transfer", 0): True, ("retry", 0): True, ("play", 1): False, ("hang up", 0): False
    }  # fmt: skip
