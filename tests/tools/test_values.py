from datetime import UTC, datetime

import pytest

from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from flowlang.scenario.world import Keys
from flowlang.tools.durations import duration_ms
from flowlang.tools.options import UsageError
from flowlang.tools.values import (
    key_groups,
    moment_ms,
    pair,
    participants,
    party_of,
    value_like,
    value_of_type,
)

HEIDI = Party("user", "550fae72-d251-43ec-868c-373732c2704f", name="Heidi Steen")
CONTACTS = {"heidi": HEIDI}


@pytest.mark.parametrize(("text", "ms"), [("12s", 12_000), ("500ms", 500), ("5m", 300_000), ("2h", 7_200_000)])
def test_durations(text: str, ms: int) -> None:
    assert duration_ms(text, "--hang-up-after") == ms


@pytest.mark.parametrize("text", ["", "12", "s", "12 s", "-3s", "1.5s", "12sec", "9999999999s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError, match="--hang-up-after wants a length of time"):
        duration_ms(text, "--hang-up-after")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-23T07:30", "2026-11-23T06:30"),  # winter in Berlin
        ("2026-07-23T07:30", "2026-07-23T05:30"),  # summer
        ("2026-11-23 07:30:15", "2026-11-23T06:30:15"),
        ("2026-11-23T07:30-05:00", "2026-11-23T12:30"),
        ("2026-11-23T07:30Z", "2026-11-23T07:30"),
        ("2026-03-29T02:30", "2026-03-29T01:30"),  # not on the clock that day: an hour later
    ],
)
def test_moments(text: str, utc: str) -> None:
    assert moment_ms(text, "Europe/Berlin") == datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000


@pytest.mark.parametrize("text", ["", "tomorrow", "07:30", "2026-13-01T00:00", "2026-02-29T10:00", "0001-01-01T00:00"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError, match="--at wants"):
        moment_ms(text, "UTC")


def test_keys() -> None:
    assert key_groups("1,2#") == (Keys(("1",)), Keys(("2", "pound")))
    with pytest.raises(UsageError, match="not '1,,2'"):
        key_groups("1,,2")
    with pytest.raises(UsageError, match="--tones 1@ wants a length"):
        key_groups("1@2")
    assert key_groups("*@12s") == (Keys(("star",), 12_000),)


@pytest.mark.parametrize("text", ["", "1,,2", "x", "12s", "@5s", "1@", "1@soon"])
def test_what_are_no_keys(text: str) -> None:
    with pytest.raises(UsageError, match="--tones"):
        key_groups(text)


def test_parties() -> None:
    assert party_of("heidi", CONTACTS, "--from") == HEIDI
    assert party_of("+4930123456", CONTACTS, "--from") == Party("phone", "+4930123456")
    assert party_of("anonymous", CONTACTS, "--from") == Party("anonymous", "")
    assert party_of(HEIDI.id.upper(), {}, "--to") == Party("user", HEIDI.id)
    with pytest.raises(UsageError, match="did you mean heidi"):
        party_of("hedi", CONTACTS, "--from")
    with pytest.raises(UsageError, match="--to wants"):
        party_of("0301234", {}, "--to")


def test_participants() -> None:
    heidi, guest, phone = participants("heidi, guest,+4930123456", CONTACTS)
    assert heidi == HEIDI
    assert (guest.kind, guest.name) == ("user", "guest")
    assert phone == Party("phone", "+4930123456")
    assert len({party.id for party in participants("a,b,c", {})}) == 3
    with pytest.raises(UsageError, match="--group wants names"):
        participants(" , ", {})


def test_pairs() -> None:
    assert pair("ring_time = 25s", "--set", "x") == ("ring_time", "25s")
    assert pair("a=b=c", "--set", "x") == ("a", "b=c")
    for text in ("ring_time", "=5"):
        with pytest.raises(UsageError, match="--set wants NAME=VALUE"):
            pair(text, "--set", "NAME=VALUE")


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [
        ("25s", Milliseconds(1), Milliseconds(25_000)),
        ("-3", 7, -3),
        ("yes", False, True),
        ("heidi", HEIDI, HEIDI),
        ("hello", "", "hello"),
        ("5", "x", "5"),
        ("5", None, "5"),
    ],
)
def test_a_setting_keeps_its_kind(text: str, like: Value, value: Value) -> None:
    got = value_like(text, like, CONTACTS, "--set")
    assert (type(got), got) == (type(value), value)


@pytest.mark.parametrize(("text", "like"), [("25", Milliseconds(1)), ("many", 1), ("true", True), ("nobody", HEIDI)])
def test_a_setting_of_another_kind_is_refused(text: str, like: Value) -> None:
    with pytest.raises(UsageError, match="--set"):
        value_like(text, like, CONTACTS, "--set")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("gold", "text", "gold"),
        ("3", "number", 3),
        ("5s", "duration", Milliseconds(5000)),
        ("no", "yes/no", False),
        ("heidi", "contact", HEIDI),
    ],
)
def test_a_declared_type(text: str, kind: str, value: Value) -> None:
    got = value_of_type(text, kind, CONTACTS, "--answer")
    assert (type(got), got) == (type(value), value)
