"""`flowlang hours …` and `flowlang start …` against a service on loopback, with every message."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from flowlang.admin.access import token_of
from flowlang.call.facts import Milliseconds, Started
from flowlang.codec import decode
from flowlang.tools import hours
from flowlang.tools.cli import main
from flowlang.tools.start import read_order
from tests.admin.rig import MONDAY_NOON_MS, Rig
from tests.admin.serving import serving
from tests.flowtext import whole_plan_of

EVE = token_of("eve", "operator", "operator-token-0123456789")
RITA = token_of("rita", "reader", "reader-token-0123456789")
SHOP = """
hours office = mon-fri 09:00-17:00 in Europe/Berlin
on answered during office: hang up
on answered: hang up
"""
DESK = """
hours office = mon-fri 09:00-17:00 in America/New_York
hours nights = mon-fri 22:00-06:00 in Europe/Berlin
on answered during office: hang up
on answered during nights: hang up
on answered: hang up
"""
BACK = """
let customer = ""
let tries = 0
let pause = 10s
let urgent = no
on start: call customer for 30s
on answered: hang up
on failed: hang up
"""
Said = tuple[int, str, str]


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    rig = Rig({"shop": whole_plan_of(SHOP), "call_back": whole_plan_of(BACK)}, tokens=[EVE, RITA])
    with serving(rig.app) as url:
        monkeypatch.setenv("FLOWLANG_URL", url)
        monkeypatch.setenv("FLOWLANG_TOKEN", "operator-token-0123456789")
        monkeypatch.setattr(hours, "here", lambda: datetime.fromtimestamp(MONDAY_NOON_MS / 1000, UTC))
        yield rig


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def say(*words: str) -> Said:
        code = main(list(words))
        return (code, *capsys.readouterr())

    return say


# ---------------------------------------------------------------- hours


def test_hours_are_listed_opened_closed_and_given_back(rig: Rig, say: Callable[..., Said]) -> None:
    head = "hours   now   why      next          flows\n"
    assert say("hours", "ls") == (0, f"{head}office  open  by plan  closes 17:00  shop\n", "")
    code, out, _ = say("hours", "close", "office", "for", "2h")
    assert (code, out.splitlines()[1]) == (
        0, "office  closed  by hand (eve) until 15:00; by plan open  opens 15:00  shop"
    )  # fmt: skip
    out = say("hours", "close", "office", "until", "18:00")[1]
    assert "by hand (eve) until 18:00; by plan open  opens Tue 09:00" in out
    out = say("hours", "close", "office", "until", "08:00")[1]  # the next one of that time
    assert "by hand (eve) until Tue 08:00; by plan open  opens Tue 09:00" in out
    out = say("hours", "open", "office", "until", "2026-12-24T12:00")[1]
    assert "open  by hand (eve) until 24 Dec 2026 12:00; by plan open  closes 24 Dec 2026 17:00" in out
    out = say("hours", "close", "office")[1]
    assert "closed  by hand (eve) until taken back; by plan open  -" in out
    assert say("hours", "clear", "office")[1] == f"{head}office  open  by plan  closes 17:00  shop\n"
    assert [one[3]["is_open"] for one in rig.audited if one[3]["outcome"] == "taken"] == [
        "no", "no", "no", "yes", "no", "by plan"
    ]  # fmt: skip
    assert [one.details["state"] for one in rig.log.latest()] == ["closed"] * 3 + ["open", "closed", "by plan"]
    assert json.loads(say("hours", "ls", "--format", "json")[1])[0]["is_open_by_plan"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["close", "ofice"], "no flow has hours ofice; did you mean office?"),
        (["close", "never"], "no flow has hours never; see flowlang hours ls"),
        (["clear", "office"], "nobody has opened or closed office by hand"),
        (["opne", "office"], "hours has no opne; did you mean open?"),
        ([], "hours needs one of ls, open, close, clear; see flowlang hours --help"),
        (["ls", "office"], "hours ls takes no arguments; see flowlang hours ls --help"),
        (["open", "office", "for"], "hours open takes NAME [for 2h | until 18:00 | until 2026-12-24T12:00]; see "
                                    "flowlang hours open --help"),
        (["open", "office", "untill", "18:00"], "after the name comes for 2h, until 18:00 or nothing, not untill; did "
                                                "you mean until?"),
        (["open", "office", "for", "2x"], "for wants a length of time such as 30m, 2h or 1d, not '2x'"),
        (["open", "office", "for", "0h"], "for wants a length of time such as 30m, 2h or 1d, not '0h'"),
        (["open", "office", "until", "25:00"], "25:00 is no time of the day"),
        (["open", "office", "until", "noon"], "until wants 18:00 or 2026-12-24T12:00, not 'noon'"),
        (["open", "office", "until", "2026-01-19T09:00"], "2026-01-19T09:00 is over already"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_hours_is_one_line(
    rig: Rig, say: Callable[..., Said], words: list[str], message: str
) -> None:
    assert say("hours", *words) == (2, "", f"flowlang: {message}\n")
    assert rig.store.switched() == []


def test_a_reader_looks_and_does_not_switch(
    rig: Rig, say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWLANG_TOKEN", "reader-token-0123456789")
    assert say("hours", "ls")[0] == 0
    assert say("hours", "close", "office") == (2, "", "flowlang: rita is a reader; this needs an operator\n")
    assert say("start", "call_back") == (2, "", "flowlang: rita is a reader; this needs an operator\n")
    assert rig.store.switched() == []


def test_no_service_is_there(say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWLANG_URL", "http://127.0.0.1:9")
    for words in (("hours", "ls"), ("start", "call_back")):
        code, _, err = say(*words)
        assert (code, err.startswith("flowlang: no service answers at http://127.0.0.1:9 (")) == (4, True)


def test_hours_of_two_zones_want_an_offset(say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig({"shop": whole_plan_of(SHOP), "desk": whole_plan_of(DESK)})
    monkeypatch.delenv("FLOWLANG_TOKEN", raising=False)
    monkeypatch.setattr(hours, "here", lambda: datetime.fromtimestamp(MONDAY_NOON_MS / 1000, UTC))
    with serving(rig.app) as url:
        monkeypatch.setenv("FLOWLANG_URL", url)
        code, _, err = say("hours", "close", "office", "until", "18:00")
        assert (code, err) == (
            2, "flowlang: 18:00 is on which clock? Flows have these hours in America/New_York and in Europe/Berlin: "
               "write it with its offset, such as 2026-12-24T12:00+01:00\n",
        )  # fmt: skip
        assert say("hours", "close", "office", "until", "2026-01-19T18:00+01:00")[0] == 0
        lines = say("hours", "ls")[1].splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["office", "nights", "office"]
    assert lines[2].split() == ["nights", "closed", "by", "plan", "opens", "22:00", "desk"]


# ---------------------------------------------------------------- start


def test_a_flow_is_started_with_typed_values(rig: Rig, say: Callable[..., Said]) -> None:
    words = ["with", "customer", "=", "+12025550123,", "tries", "=", "2,", "pause=3m,", "urgent", "=", "yes"]
    assert say("start", "call_back", *words) == (0, "started-1\n", "")
    fact = decode(tuple, rig.store.journal("started-1")[0].fact)
    assert isinstance(fact, Started)
    assert fact.values == (
        ("customer", "+12025550123"), ("tries", 2), ("pause", Milliseconds(180_000)), ("urgent", True),
    )  # fmt: skip


def test_the_same_key_starts_one_call(rig: Rig, say: Callable[..., Said]) -> None:
    first = say("start", "call_back", "--key", "ticket-1")
    again = say("start", "call_back", "--key", "ticket-1")
    assert first[::2] == (0, "")
    assert again == (0, first[1], "flowlang: it was started with that key already; nothing new begins\n")
    assert say("start", "call_back", "--key", "ticket-2")[1] != first[1]
    assert rig.store.counts().live + rig.store.counts().over == 2


def test_a_flow_is_started_later(rig: Rig, say: Callable[..., Said]) -> None:
    assert say("start", "call_back", "after", "10m") == (0, "started-1\n", "")
    assert rig.store.listed("started-1") is None
    rig.now_ms += 600_000
    rig.work()
    assert rig.store.listed("started-1") is not None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cal_back"], "there is no flow cal_back; did you mean call_back?"),
        (["shop"], "shop has no `on start`: it begins when somebody calls"),
        (["call_back", "with", "custmer = +1"], "call_back has no variable custmer; did you mean customer?"),
        (["call_back", "with", "zz = 1"], "call_back has no variable zz; it has customer, tries, pause, urgent"),
        (["call_back", "with", "tries = two"], "tries wants a whole number, not 'two'"),
        (["call_back", "with", "pause = 10"], "pause wants a length of time such as 12s, 500ms or 5m, not '10'"),
        (["call_back", "with", "urgent = maybe"], "urgent wants yes or no, not 'maybe'"),
        (["call_back", "with", "tries = 1, tries = 2"], "tries is given twice"),
        (["call_back", "with", "tries ="], "tries has no value; an empty text is written tries = '\"\"'"),
        (["call_back", "with", "tries"], "with wants NAME = VALUE, such as customer = +12025550123, not 'tries'"),
        (["call_back", "with"], "with wants NAME = VALUE, such as customer = +12025550123"),
        (["call_back", "wiht", "tries=1"], "after the flow comes with NAME = VALUE or after 10m, not wiht; did you "
                                           "mean with?"),
        (["call_back", "after", "5x"], "after wants a length of time such as 12s, 500ms or 5m, not '5x'"),
        ([], "start takes a flow: flowlang start call_back with customer = +12025550123"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_start_is_one_line(
    rig: Rig, say: Callable[..., Said], words: list[str], message: str
) -> None:
    assert say("start", *words) == (2, "", f"flowlang: {message}\n")
    assert rig.store.counts().inbox == 0


def test_texts_may_hold_commas_and_quotes_are_taken_off() -> None:
    words = ["f", "with", "name = Doe, Robin,", 'note = "a, b",', 'empty = ""', "after", "2h"]
    assert read_order(words) == ("f", {"name": "Doe, Robin", "note": "a, b", "empty": ""}, 7_200_000)


def test_waiting_for_a_started_call(rig: Rig, say: Callable[..., Said]) -> None:
    flow = 'on start: log "nobody to call"'
    with serving(Rig({"none": whole_plan_of(flow)}).app) as url:
        code, out, err = say("start", "none", "--wait", "--url", url)
    assert (code, err) == (0, "")
    assert out.startswith("started-1\n")
