"""What names stand for: declarations, parties, first values."""

import pytest

from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from flowlang.compiler.names import Names
from flowlang.plan import Variable
from flowlang.syntax import ast
from tests.compiler.several import model_of

ZOE = "a11ce000-0000-4000-8000-000000000009"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
HOTEL = "b0b00000-0000-4000-8000-00000000000b"

PARTIES = {
    f'contact x = user {ZOE} tenant {TENANT} "Zoe"': Party("user", ZOE, TENANT, "Zoe"),
    f"contact x = user {ZOE}": Party("user", ZOE),
    'contact x = +4989100001 "Desk"': Party("phone", "+4989100001", "", "Desk"),
    f"contact x = resource account {HOTEL} tenant {TENANT}": Party("resource account", HOTEL, TENANT),
    f"contact x = bot {HOTEL}": Party("bot", HOTEL),
    f'contact x = voicemail of zoe\ncontact zoe = user {ZOE} tenant {TENANT} "Zoe"': Party(
        "user", ZOE, TENANT, "Zoe", "voicemail"
    ),
    "contact x = voicemail of nobody": None,
    f"contact x = voicemail of y\ncontact y = voicemail of zoe\ncontact zoe = user {ZOE}": None,
    f"contact x = user {ZOE} (language de-de)": Party("user", ZOE, language="de-de"),
    f"language en-us\nregion amer\ncontact x = user {ZOE} (region emea)": Party(
        "user", ZOE, language="en-us", region="emea"
    ),
    f"contact x = voicemail of zoe\ncontact zoe = user {ZOE} (language it-it, region emea)": Party(
        "user", ZOE, "", "", "voicemail", "it-it", "emea"
    ),
    f"contact x = voicemail of zoe (language fr-fr)\ncontact zoe = user {ZOE} (language it-it, region emea)": Party(
        "user", ZOE, "", "", "voicemail", "fr-fr", "emea"
    ),
}


def names_of(*texts: str) -> Names:
    first, *others = texts
    uses = "".join(f'use "{number}.flow"\n' for number in range(len(others)))
    files = {"main.flow": uses + first} | {f"{number}.flow": text for number, text in enumerate(others)}
    return Names(model_of(files))


@pytest.mark.parametrize("text", PARTIES)
def test_the_party_of_a_contact(text: str) -> None:
    assert names_of(text).contact("x") == PARTIES[text]


def test_language_and_region_beside_a_target_win_over_the_contacts() -> None:
    names = names_of(f"language en-us\nregion amer\ncontact x = user {ZOE} (language de-de, region emea)")
    assert names.contact("x", "fr-fr") == Party("user", ZOE, language="fr-fr", region="emea")
    assert names.contact("x", region="apac") == Party("user", ZOE, language="de-de", region="apac")
    assert names.contact("nobody") is None


VALUES: dict[str, Value] = {
    '"text"': "text",
    "7": 7,
    "20s": Milliseconds(20_000),
    "yes": True,
    "no": False,
    "+4989100001": Party("phone", "+4989100001", language="en-us"),
    "late": Party("phone", "+4989100002", language="de-de"),
    "nobody": None,
    "late.number": None,
    "1 + 1": None,
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("word", ["let", "setting"])
def test_the_first_value_of_a_variable(word: str, value: str) -> None:
    text = f"language en-us\n{word} v = {value}\ncontact late = +4989100002 (language de-de)"
    names = names_of(text)
    assert names.variables == [Variable("v", "let" if word == "let" else "setting", VALUES[value])]
    assert type(names.variables[0].first) is type(VALUES[value])


def test_a_first_value_may_be_a_contact_of_a_used_file() -> None:
    names = names_of("setting agent = zoe", f"contact zoe = user {ZOE}")
    assert names.variables == [Variable("agent", "setting", Party("user", ZOE))]


def test_the_first_of_a_name_wins() -> None:
    hours = "mon-fri 08:00-18:00 in Europe/Berlin"
    names = names_of(
        f"""
contact a = +4989100001
contact a = +4989100002
group g = a
group g = a, a
hours h = mon 08:00-18:00 in Europe/Berlin
hours h = {hours}
service s for 3s
service s for 4s
routine r: mute
routine r(a): mute
stage one:
    on enter: mute
stage two:
    on enter: mute
stage one:
    on enter: mute
language en-us
language de-de
let v = 1
let v = 2
"""
    )
    party = names.contact("a")
    assert party is not None
    assert party.id == "+4989100001"
    assert [len(names.groups["g"].members), len(names.hours["h"].ranges[0].days)] == [1, 1]
    bound = names.services["s"].bound
    assert bound is not None
    assert bound.ms == 3_000
    assert not names.routines["r"][1].parameters
    assert names.stages == {"one": 0, "two": 1}
    assert names.defaults == {"language": "en-us"}
    assert names.variables == [Variable("v", "let", 1)]


def test_the_main_file_comes_before_those_it_uses() -> None:
    names = names_of("language en-us\ncontact a = +4989100001", "language de-de\nregion emea\ncontact b = +4989100002")
    assert names.defaults == {"language": "en-us", "region": "emea"}
    assert names.contact("b") == Party("phone", "+4989100002", language="en-us", region="emea")


def test_a_routine_knows_its_file() -> None:
    names = names_of("routine here: mute", "routine there: mute")
    assert {name: number for name, (number, _) in names.routines.items()} == {"here": 0, "there": 1}
    assert all(isinstance(routine, ast.Routine) for _, routine in names.routines.values())


def test_variables_are_numbered_as_they_are_met() -> None:
    names = names_of("let a = 1")
    assert [names.variable("b"), names.variable("a"), names.variable("b"), names.variable("c")] == [1, 0, 1, 2]
    assert [variable.name for variable in names.variables] == ["a", "b", "c"]
    assert names.variables[1] == Variable("b", "local")


def test_a_variable_that_was_met_before_its_declaration_gets_kind_and_value() -> None:
    names = names_of("let a = 1")
    assert names.variable("late") == 1
    assert names.variable("late", "setting", 3) == 1
    assert names.variables[1] == Variable("late", "setting", 3)
    names.variable("late", "let", 4)
    names.variable("late")
    assert names.variables[1] == Variable("late", "setting", 3)
