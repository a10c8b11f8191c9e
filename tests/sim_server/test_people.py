"""Who picks up, who presses keys and when, who hangs up: what is asked for is what happens."""

import pytest

from flowlang.sim_server.people import identity, is_anybody, is_meant
from tests.sim_server.town import BEN, HEIDI, PEOPLE, Town
from tests.simulator.rig import OTHER, PHONE, TENANT, USER

GUID = "550FAE72-d251-43ec-868c-373732c2704f"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("heidi", HEIDI),
        ("+15550100", {"phone": {"id": "+15550100"}}),
        (GUID, {"user": {"id": GUID.lower(), "tenantId": TENANT}}),
    ],
)
def test_a_name_means_somebody(name: str, expected: dict[str, object]) -> None:
    assert identity(name, PEOPLE, TENANT) == expected


def test_anybody_else_has_an_identifier_that_stays() -> None:
    first, second = (identity("robin", PEOPLE, TENANT)["user"] for _ in range(2))
    assert first == second
    assert first["displayName"] == "robin"
    assert first["id"] != identity("sam", PEOPLE, TENANT)["user"]["id"]
    assert list(identity("anonymous", PEOPLE, TENANT)) == ["encrypted"]
    assert list(identity("reception", {}, TENANT, "applicationInstance")) == ["applicationInstance"]


@pytest.mark.parametrize(
    ("name", "who", "is_so"),
    [
        ("heidi", HEIDI, True), ("ben", BEN, True), ("ben", HEIDI, False), ("STEEN", HEIDI, True),
        ("heidi steen", HEIDI, True), ("stee", HEIDI, False), (GUID, HEIDI, True), ("+12025550147", BEN, True),
        ("+12025550148", BEN, False), ("heidi", OTHER, False), ("heidi", {}, False),
    ],
)  # fmt: skip
def test_who_is_meant(name: str, who: dict[str, dict[str, str]], is_so: bool) -> None:
    assert is_meant(name, who, PEOPLE) == is_so


@pytest.mark.parametrize(
    ("name", "is_so"), [("heidi", True), ("Steen", True), ("+15550100", True), (GUID, True), ("hedi", False)]
)
def test_who_may_be_anybody(name: str, is_so: bool) -> None:
    assert is_anybody(name, PEOPLE) == is_so


def test_only_those_who_are_named_pick_up() -> None:
    town = Town()
    call_id = town.answered(answer=["heidi"])
    chain = town.server.graph.calls()[0].chain_id
    heidi, ben = town.calls(USER, scenario_id=chain), town.calls(BEN, scenario_id=chain)
    town.wait(10_000)
    assert town.call(heidi)["state"] == "established"
    assert town.call(ben)["state"] == "establishing"
    assert town.call(call_id)["legs"] == [heidi, ben]
    assert town.call(ben)["part_of"] == call_id
    assert town.call(ben)["to"] == "+12025550147"


def test_nobody_picks_up() -> None:
    town = Town()
    town.answered(answer=["nobody"])
    leg = town.calls(USER)
    town.wait(10_000)
    assert town.call(leg)["state"] == "establishing"


def test_all_pick_up_where_nothing_is_said() -> None:
    town = Town()
    town.answered()
    leg = town.calls(PHONE)
    town.wait(10_000)
    assert town.call(leg)["state"] == "established"


def test_a_name_that_nobody_has_is_told() -> None:
    town = Town()
    call_id = town.place(answer=["hedi", "ben", "+15550100"])
    assert town.told(call_id, "person")[1:] == [
        "hedi is to pick up: nobody is known by that name; known are heidi, ben"
    ]
    without = Town(people={})
    assert without.told(without.place(answer=["hedi"]), "person")[1:] == [], "where nobody is known, anybody may be"


def test_keys_are_pressed_when_the_application_asks_and_not_before() -> None:
    town = Town()
    call_id = town.answered(tones=[{"keys": ["1", "#"]}, {"keys": ["2"]}])
    town.wait(5_000)
    assert town.told(call_id, "person")[1:] == [], "nobody listens yet"
    town.listens(call_id)
    town.plays(call_id)
    town.wait(1_500)
    assert town.told(call_id, "person")[1:] == [], "the prompt is not over"
    town.wait(3_000)
    assert town.told(call_id, "person")[1:] == ["presses 1", "presses #"]
    town.wait(20_000)
    assert len(town.told(call_id, "person")) == 3, "nobody asked again"
    town.plays(call_id)
    town.wait(5_000)
    assert town.told(call_id, "person")[3:] == ["presses 2"]
    town.plays(call_id)
    town.wait(5_000)
    assert len(town.told(call_id, "person")) == 4, "no keys are left"
    assert [text for text in town.told(call_id, "notification") if text in ("tone1", "pound", "tone2")] == [
        "tone1", "pound", "tone2",
    ]  # fmt: skip


def test_an_application_that_goes_on_waits_for_no_key() -> None:
    town = Town()
    call_id = town.answered(tones=[{"keys": ["1"]}])
    town.listens(call_id)
    town.wait(500)
    town.plays(call_id)
    town.wait(1_000)
    assert town.told(call_id, "person")[1:] == [], "a prompt began before the second was over"
    town.wait(3_000)
    assert town.told(call_id, "person")[1:] == ["presses 1"]


def test_keys_with_a_time_are_pressed_then() -> None:
    town = Town()
    call_id = town.answered(tones=[{"keys": ["7", "8"], "in_ms": 4_000}])
    began_ms = town.call(call_id)["began_ms"]
    town.listens(call_id)
    town.wait(10_000)
    lines = town.get(f"/sim/calls/{call_id}")["lines"]
    pressed = [(line["text"], line["at_ms"] - began_ms) for line in lines if line["text"].startswith("presses")]
    assert pressed == [("presses 7", 4_000), ("presses 8", 4_400)]


def test_those_who_are_called_press_their_own_keys() -> None:
    town = Town()
    call_id = town.answered(callee_keys=["5"], tones=[{"keys": ["9"]}])
    leg = town.calls(USER)
    town.wait(5_000)
    town.listens(leg)
    town.plays(leg)
    town.wait(5_000)
    lines = town.get(f"/sim/calls/{call_id}")["lines"]
    assert [(line["call_id"], line["text"]) for line in lines if line["text"].startswith("presses")] == [
        (leg, "presses 5")
    ]


def test_the_caller_hangs_up_in_time() -> None:
    town = Town()
    call_id = town.answered(hang_up_in_ms=3_000)
    began_ms = town.call(call_id)["began_ms"]
    town.wait(10_000)
    lines = town.get(f"/sim/calls/{call_id}")["lines"]
    assert [line["at_ms"] - began_ms for line in lines if line["text"] == "hangs up"] == [3_000]
    assert town.call(call_id)["ending"]["word"] == "caller hung up"


def test_a_call_that_is_over_is_left_alone() -> None:
    town = Town()
    call_id = town.answered(hang_up_in_ms=8_000, tones=[{"keys": ["1"], "in_ms": 9_000}])
    assert town.send("DELETE", f"/{call_id}").status_code == 204
    town.wait(20_000)
    assert town.told(call_id, "person") == ["Robin Doe calls reception"]


def test_outcomes_belong_to_the_call_that_was_placed() -> None:
    town = Town()
    first = town.answered(outcomes=["transfer=500/7700"])
    second = town.answered()
    for call_id in (second, first):
        body = {"transferTarget": {"identity": USER}}
        assert town.send("POST", f"/{call_id}/transfer", body).status_code == 202
    town.wait(30_000)
    assert town.call(second)["ending"]["word"] == "transferred"
    assert town.call(first)["state"] == "established"
    assert "established 500/7700" in town.told(first)
