"""How long callers wait and hear nothing: figures of small flows that can be worked out by hand."""

import pytest

from flowlang.analysis.load import load
from flowlang.rules.collect import collect
from flowlang.rules.flow import Options, StepAt
from flowlang.rules.times import HandlerTimes, Times
from flowlang.source import Source
from tests.rules.examples import read

HEAD = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact desk  = +12345678901
group sales = heidi, anna, desk
service crm for 2s
"""


def times_of(flow: str) -> Times:
    return collect(load(Source("test.flow", HEAD + flow), read), read, Options()).times


def first(flow: str) -> HandlerTimes:
    """The figures of the first handler."""
    return times_of(flow).all()[0]


def person(flow: str) -> float | None:
    """Seconds until somebody answers."""
    end = first(flow).person
    return end.ms / 1000 if end else None


def over(flow: str) -> float | None:
    """Seconds until the flow gives up."""
    end = first(flow).over
    return end.ms / 1000 if end else None


def silence(flow: str) -> float:
    return first(flow).silence_ms / 1000


FAILED = "on failed: hang up\n"
PLAYING = 'playing "hold.wav"'

PERSON = {
    "a bound": ("on answered: consult heidi for 18s then transfer replacing consult", 18),
    "the usual bound": ("on answered: consult heidi then transfer replacing consult", 60),
    "three in turn": ("on answered: consult sales for 10s then transfer replacing consult", 30),
    "all at once": ("on answered: consult first of sales, anna for 10s then transfer replacing consult", 10),
    "time to press a key": ("on answered: consult heidi for 10s accepting 1 then transfer replacing consult", 25),
    "a blind transfer": ("on answered: transfer to desk", 90),
    "a blind transfer with its own bound": ("on answered: transfer to desk for 70s", 70),
    "a redirect": ("on incoming: redirect to desk for 20s", 20),
    "prompts": ('on answered: play "long.wav" then play "a.wav", "b.wav" then transfer to desk', 9 + 2 + 90),
    "a menu uses up its tries": (
        'on answered:\n    menu "a.wav" for 4s up to 3 times:\n        press 1: transfer to desk\n'
        "        otherwise: hang up\n",
        3 * 5 + 90,
    ),
    "keys typed": ('on answered: gather 4 digits as pin playing "a.wav" for 7s then transfer to desk', 8 + 90),
    "the service's own bound": ("on answered: ask crm about caller.number then transfer to desk", 92),
    "retries with pauses": (
        "on answered:\n    consult heidi for 10s:\n        on busy: retry up to 3 times after 5s\n"
        "    transfer replacing consult\n",
        4 * 10 + 3 * 5,
    ),
    "two arms that try again": (
        "on answered:\n    consult heidi for 10s:\n        on busy: retry up to 2 times after 5s\n"
        "        on declined: retry up to 1 times\n    transfer replacing consult\n",
        4 * 10 + 2 * 5,
    ),
    "steps before the next try": (
        'on answered:\n    consult heidi for 10s:\n        on busy: play "long.wav" then retry up to 2 times\n'
        "    transfer replacing consult\n",
        3 * 10 + 2 * 9,
    ),
    "the longer branch": (
        "on answered:\n    when caller.number exists: wait 5s\n    else: wait 50s\n    transfer to desk\n",
        140,
    ),
    "a way past all branches": ("on answered:\n    when caller.number exists: transfer to desk\n    wait 9s\n", 90),
    "after a failure": ("on answered: consult heidi for 10s\nif that fails: transfer to desk\n", 100),
    "in a routine": (
        "on answered: do reach(sales)\nroutine reach(who):\n    consult who for 10s\n    transfer replacing consult\n",
        30,
    ),
    "after a failure in a routine": (
        "on answered: do reach(heidi)\nif that fails: transfer to desk\n"
        "routine reach(who): consult who for 10s then transfer replacing consult\n",
        100,
    ),
    "the next stage": ('on answered: play "long.wav" then goto x\nstage x:\n    on enter: transfer to desk\n', 99),
    "round and round": (
        "on answered: goto x\nstage x:\n    on enter:\n        wait 10s\n"
        "        when caller.number exists: goto x\n        transfer to desk\n",
        100,
    ),
    "a timer cuts it short": (
        "on answered: goto x\nstage x:\n    on enter: consult heidi for 60s then transfer replacing consult\n"
        "    after 20s: transfer to desk\n",
        110,
    ),
    "a timer that is never due": (
        "on answered: goto x\nstage x:\n    on enter: consult heidi for 60s then transfer replacing consult\n"
        "    after 70s: transfer to desk\n",
        60,
    ),
    "a timer waits for a transfer that fails": (
        "on answered: goto x\nstage x:\n    on enter: wait 10s then transfer to heidi\n"
        "    after 30s: transfer to desk for 60s\n" + FAILED,
        160,
    ),
    "until a timer": (
        'on answered: goto x\nstage x:\n    on enter: play "hold.wav" repeating\n    after 5m: transfer to desk\n',
        390,
    ),
    "a timer after the handler's end": ('on answered: play "a.wav"\nafter 40s: transfer to desk\n', 130),
    "the timer of the stage that was left": (
        "on answered: goto x\nstage x:\n    on enter: wait 10s then goto y\n    after 20s: hang up\n"
        "stage y:\n    on enter: wait 30s then transfer to desk\n",
        130,
    ),
    "a failure handler": ("on answered: consult heidi for 10s then hang up\non failed: transfer to desk\n", 100),
    "the failure handler of that step": (
        "on answered: consult heidi for 10s then hang up\non ask failed: transfer to anna\n"
        "on consult failed: wait 4s then transfer to desk\n",
        104,
    ),
    "the handler of answered": ("on incoming: wait 3s then answer\non answered: transfer to desk\n", 93),
    "nobody is on the line before": ("on start: call desk for 30s then transfer to heidi\n" + FAILED, 90),
    "somebody is invited": ("on incoming when call.kind is group: answer then wait 5s then invite heidi\n", 95),
    "nobody": ("on answered: hang up", None),
}


@pytest.mark.parametrize("name", PERSON)
def test_until_a_person_answers(name: str) -> None:
    flow, seconds = PERSON[name]
    assert person(flow if flow.endswith("\n") else f"{flow}\n") == seconds


OVER = {
    "hung up": ('on answered: play "long.wav" then hang up', 9),
    "the safety net": ("on answered: consult heidi for 10s then transfer replacing consult", 10),
    "rejected": ("on incoming: reject busy", 0),
    "a handler of failures, once": ('on answered: transfer to desk\non failed: play "long.wav" then hang up', 99),
    "answered already": (
        "on answered:\n    consult heidi for 10s:\n        otherwise: hang up\n"
        "    transfer replacing consult:\n        otherwise: wait 2m then hang up\n",
        10,
    ),
}


@pytest.mark.parametrize("name", OVER)
def test_until_the_flow_gives_up(name: str) -> None:
    flow, seconds = OVER[name]
    assert over(f"{flow}\n") == seconds


SILENCE = {
    "a consult": ("on answered: consult heidi for 18s then transfer replacing consult", 18),
    "a consult with music": (f"on answered: consult heidi for 18s {PLAYING} then transfer replacing consult", 0),
    "music goes on": (f"on answered: consult heidi for 18s {PLAYING} then wait 20s then transfer replacing consult", 0),
    "a prompt ends the music": (
        f'on answered: consult heidi for 18s {PLAYING} then play "a.wav" then wait 20s then transfer replacing consult',
        20,
    ),
    "added up": ("on answered: ask crm then wait 5s then consult heidi for 10s then transfer replacing consult", 17),
    "a prompt in between": ('on answered: wait 5s then play "a.wav" then wait 4s then hang up', 5),
    "over a goto": ("on answered: wait 5s then goto x\nstage x:\n    on enter: wait 4s then hang up", 9),
    "over a failure": ("on answered: consult heidi for 10s\nif that fails: wait 4s then hang up", 14),
    "retries": (
        "on answered:\n    consult heidi for 10s:\n        on busy: retry up to 2 times after 5s\n"
        "    transfer replacing consult",
        40,
    ),
    "a pause between transfers": (
        "on answered:\n    transfer to desk:\n        on busy: retry up to 2 times after 7s",
        7,
    ),
    "the other hears it": (
        f'on answered: consult heidi for 9s {PLAYING} then play "a.wav" then play "long.wav" to consult', 9
    ),
    "before the answer it rings": ("on incoming: wait 9s then answer then hang up", 0),
    "a group talks": ("on incoming when call.kind is group: answer then wait 1m then hang up", 0),
    "keys are waited for": ('on answered: play "a.wav" then wait 8s then hang up\non tone 1: hang up', 0),
    "too long for a key": ('on answered: play "a.wav" then wait 1m then hang up\non tone 1: hang up', 60),
    "a handler begins anew": (f"on answered: consult heidi for 18s {PLAYING} then transfer to desk\n{FAILED}", 0),
    "music ends with the handler": (
        f"on answered: consult heidi for 18s {PLAYING} then transfer to desk\non failed: wait 5s then hang up", 5
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENCE)
def test_the_longest_silence(name: str) -> None:
    flow, seconds = SILENCE[name]
    assert silence(f"{flow}\n") == seconds


def test_a_silence_is_told_once_where_it_gets_too_long() -> None:
    (one,) = times_of("on answered: ask crm then wait 5s then consult heidi for 10s then hang up\n").silences()
    assert (one.at.word, one.since.word, one.ms) == ("wait", "ask", 17_000)


def test_three_seconds_are_no_silence() -> None:
    assert times_of("on answered: wait 3s then hang up\n").silences() == []


def test_what_cannot_be_measured_is_known() -> None:
    assert first('on answered: play "a.wav" then hang up\n').is_whole
    assert not first('on answered: say "Hello" then hang up\n').is_whole
    assert not first('on answered: play "missing.wav" then hang up\n').is_whole


def test_a_flow_that_waits_for_the_caller_is_open() -> None:
    waits = first('on answered: play "a.wav"\non tone 1: hang up\n')
    assert waits.has_no_end
    assert waits.person is None
    assert not first('on answered: play "a.wav"\nafter 10s: hang up\n').has_no_end


def test_a_flow_that_comes_back_goes_round() -> None:
    assert first('on answered: goto x\nstage x:\n    on enter: play "a.wav" then goto x\n').goes_round
    assert not first("on answered: goto x\nstage x:\n    on enter: hang up\n").goes_round


def test_the_way_is_told_in_parts() -> None:
    end = first("on answered:\n    transfer to desk:\n        on busy: retry up to 1 times after 5s\n").person
    assert end is not None
    parts, way = [], end.way
    while way is not None:
        assert isinstance(way.of, StepAt)
        parts.append((way.of.word, way.ms, way.is_pause))
        way = way.before
    assert parts == [("transfer", 90_000, False), ("transfer", 5_000, True), ("transfer", 90_000, False)]


def test_many_ways_come_to_an_end() -> None:
    """Stages that all lead to each other have more paths than anybody can walk."""
    stages = "".join(
        f"stage s{n}:\n    on enter:\n        wait 1s\n"
        + "".join(f'        when caller.number is "{m}": goto s{m}\n' for m in range(12) if m != n)
        + "        hang up\n"
        for n in range(12)
    )
    found = first(f"on answered: goto s0\n{stages}")
    assert not found.is_whole
    assert found.over is not None


def test_a_silence_that_was_told_goes_on_after_branches() -> None:
    flow = "on answered:\n    when caller.number exists: wait 1s\n    else: wait 5s\n    wait 1s\n    hang up\n"
    (one,) = times_of(flow).silences()
    assert (one.at.step.span, one.ms) == (one.since.step.span, 6_000)


def test_music_on_one_branch_is_no_music_on_the_other() -> None:
    consult = f"consult heidi for 9s {PLAYING}"
    flow = f"on answered:\n    when caller.number exists: {consult}\n    wait 5s\n    hang up\n"
    assert silence(flow) == 5
