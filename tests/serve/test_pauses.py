"""`kill -9`, `SIGSTOP` and a full disk of `flowlang serve` for longer than the bounds of its calls, with a call in each
state at once: what leaves for Graph afterwards, in order, and whether it can be heard.

The table is the one of `tests/runtime/test_pauses.py`, which proves it in virtual time for every length of pause. Here
two processes and real signals show that nothing between the clock and the socket breaks the same promise.
"""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, Final, NamedTuple

import httpx
import pytest

from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.engine.step import is_finished
from flowlang.simulator.core import ANSWER_WINDOW_MS
from flowlang.store.sqlite import SqliteStore
from flowlang.tools.calls_http import RefusedError
from tests.flowtext import HEAD
from tests.prompts.making import wav
from tests.runtime.test_pauses import CASES, PROMPT_MS, Case
from tests.serve.processes import Town, account, town, until
from tests.serve.test_full_disk import ENDLESS, NEEDS_PRLIMIT, is_ready, may_write

SHORT_SECONDS: Final = 6.0  # over what counts as a pause, and over the bounds of `SHORTER`
MOST_TRIES: Final = 3
SETTLES_SECONDS: Final = 30.0
LATE_SECONDS: Final = 1.2  # before there is room again: Graph says three times within two seconds that a call rings
QUIET: Final = ("get", "keepAlive", "subscribeToTone", "cancelMediaProcessing", "getOperation")
WORDS: Final = {"answer": "answer", "create": "call", "delete": "hang up", "recordResponse": "record"}
PROMPTS: Final = {
    f"{name}.wav": wav([at + 1, -at - 1] * 80)
    for at, name in enumerate(("a", "b", "m", "one", "none", "typed", "thanks", "sorry"))
}


class Changed(NamedTuple):
    """What is different from the table. `bounds`: of the flow, for the short pause. `wish`: what happens to
    the call at Graph."""

    bounds: tuple[tuple[str, str], ...] = ()
    wish: tuple[tuple[str, Any], ...] = ()


FAILS: Final = (("outcomes", ["transfer=500/7700"]),)
CHANGED: Final[dict[str, Changed]] = {
    "in a menu": Changed((("for 5s", "for 3s"),)),
    "in a menu that speaks": Changed((("for 5s", "for 3s"),)),
    "gathering": Changed((("for 5s", "for 3s"),)),
    "recording": Changed((("for 10s", "for 5s"),)),
    "transferring, which fails": Changed((("for 30s", "for 5s"),), FAILS),
    "consulting, somebody answers": Changed((("for 18s", "for 5s"),)),
    "consulting, nobody answers": Changed((("for 18s", "for 5s"),), (("answer", ["nobody"]),)),
    "waiting": Changed((("wait 15s", "wait 8s"),)),
    "waiting to try again": Changed((), FAILS),
    "queueing for Graph": Changed((("for 18s", "for 9s"),), (("outcomes", ["consult=throttled"]),)),
}
"""A transfer fails 2.5 seconds after it was asked for, and whom Graph has no room for is to wait a second."""


LAST: Final = "queueing for Graph"
"""The state that lasts for a second only: its call comes in when the others are in theirs."""


class Placed(NamedTuple):
    """A call in its state."""

    name: str
    case: Case
    call_id: str


def flow_of(name: str, is_short: bool) -> str:
    text = dedent(CASES[name].flow)
    for old, new in CHANGED.get(name, Changed()).bounds if is_short else ():
        assert old in text
        text = text.replace(old, new)
    return HEAD + text


def flow_name(name: str) -> str:
    return name.replace(",", "").replace(" ", "_").lower()


def write_flows(folder: Path, is_short: bool) -> dict[str, str]:
    """One flow for each state; the accounts that they answer."""
    flows = folder / "flows"
    flows.mkdir(parents=True)
    for prompt, sound in PROMPTS.items():
        (flows / prompt).write_bytes(sound)
    for name in CASES:
        (flows / f"{flow_name(name)}.flow").write_text(flow_of(name, is_short), encoding="utf-8")
    return {account(flow_name(name)): flow_name(name) for name in CASES}


def place_all(one: Town) -> list[Placed]:
    """Calls that come in one after the other, so that all are in their states when the last one is in its own. Where a
    slow machine keeps one of them from its state they are hung up, and all come again."""
    for _ in range(MOST_TRIES):
        placed = place_but_last(one)
        if all(is_in_its_state(one, call) for call in placed):
            last = placed_now(one, LAST)
            until(lambda call=last: is_in_its_state(one, call))  # type: ignore[misc]
            return [*placed, last]
        for call in placed:
            with suppress(RefusedError):  # it is over
                one.sim.post(f"/sim/calls/{call.call_id}/hangup")
        until(lambda: one.admin.get("/v1/figures")["live"] == 0)
    raise AssertionError("the machine is too slow for this test")


def place_but_last(one: Town) -> list[Placed]:
    order = sorted(CASES.keys() - {LAST}, key=lambda name: -CASES[name].at_ms)
    pause_at = time.monotonic() + CASES[order[0]].at_ms / 1_000
    placed: list[Placed] = []
    for name in order:
        time.sleep(max(0.0, pause_at - CASES[name].at_ms / 1_000 - time.monotonic()))
        placed.append(placed_now(one, name))
    time.sleep(max(0.0, pause_at - time.monotonic()))
    return placed


def placed_now(one: Town, name: str) -> Placed:
    wish = dict(CHANGED.get(name, Changed()).wish)
    return Placed(name, CASES[name], one.call(to=flow_name(name), **wish))


def is_in_its_state(one: Town, placed: Placed) -> bool:
    return left(one.lines(placed.call_id), placed.call_id) == placed.case.before


@cache
def prompt_name(uri: str) -> str:
    """The file that a service which is up plays under an address."""
    found = httpx.get(uri, timeout=10, trust_env=False).content
    return next((name for name, sound in PROMPTS.items() if sound == found), uri)


def word(line: dict[str, Any], call_id: str) -> str:
    """A request as the table says it."""
    operation, _, whom = str(line["text"]).partition(" ")
    if operation == "playPrompt":
        return f"play {prompt_name(json.loads(line['body'])['prompts'][0]['mediaInfo']['uri'])}"
    if operation == "transfer":
        return f"transfer to {whom}"
    leg = "" if line["call_id"] == call_id or operation != "delete" else " another leg"
    return WORDS.get(operation, operation) + leg


def heard(lines: list[dict[str, Any]], call_id: str) -> list[tuple[int, str]]:
    """Requests that somebody could hear of, with their times; those about a leg that was over had no effect."""
    return [
        (line["at_ms"], word(line, call_id)) for line in lines
        if line["kind"] == "request" and line["text"].split()[0] not in QUIET and line["status"] != 404
    ]  # fmt: skip


def left(lines: list[dict[str, Any]], call_id: str) -> str:
    return ", ".join([text for _, text in heard(lines, call_id)])


@contextmanager
def pause(one: Town, how: str, seconds: float) -> Iterator[None]:
    """The block runs while the service does nothing, or can write nothing; afterwards it is there again."""
    service, ends = one.service, time.monotonic() + seconds
    assert service is not None
    match how:
        case "killed":
            one.kill()
        case "stopped":
            service.send(signal.SIGSTOP)
        case _:
            may_write(service, 0)
    yield
    time.sleep(max(0.0, ends - time.monotonic()))
    match how:
        case "killed":
            one.start()
        case "stopped":
            service.send(signal.SIGCONT)
        case _:
            assert not is_ready(one)[0]
            may_write(service, ENDLESS)
            until(lambda: is_ready(one)[0])


def troubles_of(placed: Placed, lines: list[dict[str, Any]], paused_ms: int, after: str) -> list[str]:
    """What is not as the table says."""
    name, case, call_id = placed
    before = left([line for line in lines if line["at_ms"] < paused_ms], call_id)
    found = []
    if before != case.before:
        found.append(f"{name}: before the pause {before!r}, not {case.before!r}")
    rest = [(at_ms, text) for at_ms, text in heard(lines, call_id) if at_ms >= paused_ms]
    words = ", ".join([text for _, text in rest])
    if words != after:
        found.append(f"{name}: after the pause {words!r}, not {after!r}")
    for (at_ms, text), (following_ms, following) in pairwise(rest):
        if text.startswith("play") and text != "play m.wav" and following_ms - at_ms < PROMPT_MS:
            found.append(f"{name}: {following} {following_ms - at_ms} ms after {text}")
    taken = [line for line in lines if line["text"].startswith("transfer ") and line["status"] == 202]
    if len(taken) > 1 and name != "waiting to try again":
        found.append(f"{name}: transferred {len(taken)} times")
    return [f"{one}: {told(lines, paused_ms)}" for one in found]


def told(lines: list[dict[str, Any]], paused_ms: int) -> list[str]:
    return [f"{line['at_ms'] - paused_ms} {line['kind']} {line['text']} {line['status']}" for line in lines]


def ends_of(folder: Path) -> dict[str, str]:
    """What the store says of each call that should not be."""
    store = SqliteStore(str(folder / "calls.db"), read_only=True)
    try:
        stored = [one for is_over in (False, True) for one in store.calls(50, over=is_over)]
        sessions = {one.call_id: decode(Session, one.state) for one in stored}
        parked = {one.call_id: f"rests: {one.reason}" for one in store.parked()}
    finally:
        store.close()
    net = {call_id: "was hung up by the safety net" for call_id, one in sessions.items() if one.in_net}
    going_on = {call_id: "goes on" for call_id, one in sessions.items() if not is_finished(one)}
    return {**going_on, **net, **parked}


def news_while_full(one: Town, seconds: float) -> tuple[str, str]:
    """Two calls that come in while nothing can be written: one that Graph gives up, one that rings on."""
    early = one.call(to=flow_name("playing"))
    time.sleep(seconds - LATE_SECONDS)
    return early, one.call(to=flow_name("playing"))


def troubles_of_news(one: Town, early: str, late: str) -> list[str]:
    """A call that rings when the disk has room again is answered and hears its prompts."""
    found = [] if one.over(early)[0] == "not taken" else [f"{early} was taken: {one.over(early)}"]
    placed = Placed("playing", CASES["playing"]._replace(before=""), late)
    return found + troubles_of(placed, one.told(late)[1], 0, "answer, play a.wav, play b.wav, hang up")


def press_keys(one: Town, placed: list[Placed]) -> None:
    keys = [call for call in placed if call.case.keys_after_ms >= 0]
    time.sleep(max(call.case.keys_after_ms for call in keys) / 1_000)
    for call in keys:
        one.sim.post(f"/sim/calls/{call.call_id}/press", {"keys": ["1"]})


def left_over(one: Town) -> dict[str, int]:
    figures = one.admin.get("/v1/figures")
    return {name: figures[name] for name in ("live", "parked", "inbox", "to_send") if figures[name]}


def expected(placed: Placed, lines: list[dict[str, Any]], resumed_ms: int) -> str:
    """What leaves after the pause. How long a start takes nobody knows, and Graph lets a call ring for so long only."""
    is_there = resumed_ms - lines[0]["at_ms"] < ANSWER_WINDOW_MS
    return placed.case.short if placed.name == "ringing" and is_there else placed.case.long


def troubles_after(how: str, seconds: float, folder: Path) -> list[str]:
    """All that is not as it should be after a pause of one service with a call in each state."""
    is_short = seconds == SHORT_SECONDS
    news: tuple[str, ...] = ()
    with town(folder, answers=write_flows(folder, is_short)) as one:
        one.start()
        placed = place_all(one)
        with pause(one, how, seconds):
            paused_ms = time.time_ns() // 1_000_000
            if how == "full":
                news = news_while_full(one, seconds)
        resumed_ms = time.time_ns() // 1_000_000
        press_keys(one, placed)
        ends = {call.call_id: one.told(call.call_id)[1] for call in placed}
        found = troubles_of_news(one, *news) if news else []
        with suppress(AssertionError):  # which one goes on is told below
            until(lambda: not left_over(one), SETTLES_SECONDS)
        rest = left_over(one)
        for call in placed:
            lines = ends[call.call_id]
            found += troubles_of(call, lines, paused_ms, expected(call, lines, resumed_ms))
        one.kill()
    names = {call.call_id: call.name for call in placed}
    for call_id, what in ends_of(folder).items():
        found.append(f"{names.get(call_id, 'new')} {what}: {told(ends.get(call_id, []), paused_ms)}")
    found += [f"left over: {rest}"] if rest else []
    found += [] if set(names.values()) == set(CASES) else ["not every state was tried"]
    return found + [line for line in one.err if "Traceback" in line]


@pytest.mark.parametrize(
    ("how", "seconds"),
    [
        ("killed", SHORT_SECONDS),
        ("stopped", SHORT_SECONDS),
        pytest.param("full", SHORT_SECONDS, marks=[pytest.mark.heavy, NEEDS_PRLIMIT]),
        pytest.param("killed", 45.0, marks=pytest.mark.heavy),
        pytest.param("stopped", 45.0, marks=pytest.mark.heavy),
        pytest.param("full", 60.0, marks=[pytest.mark.heavy, NEEDS_PRLIMIT]),
    ],
)
def test_every_state_of_a_call_lives_through_a_pause(how: str, seconds: float, tmp_path: Path) -> None:
    found = troubles_after(how, seconds, tmp_path)
    assert not found, "\n".join(found)
