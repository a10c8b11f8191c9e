"""Every declaration of the language, and what the tree says about it."""

import pytest

from flowlang.syntax import ast
from tests.syntax.reading import found, item, right, wrong

GUID = "550fae72-d251-43ec-868c-373732c2704f"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"


def contact(text: str) -> ast.Contact:
    one = item(f"contact c = {text}\n")
    assert isinstance(one, ast.Contact)
    return one


def party(text: str) -> ast.Party:
    one = contact(text).value
    assert isinstance(one, ast.Party)
    return one


def test_a_flow_line_has_a_version_and_a_title() -> None:
    one = item('flow 1 "Front desk"\n')
    assert isinstance(one, ast.Flow)
    assert one.title is not None
    assert (one.version.value, one.title.plain) == (1, "Front desk")


def test_a_flow_line_needs_no_title() -> None:
    one = item("flow 1\n")
    assert isinstance(one, ast.Flow)
    assert one.title is None


@pytest.mark.parametrize(("kind", "value"), [("language", "en-us"), ("region", "amer")])
def test_defaults_of_every_target(kind: str, value: str) -> None:
    one = item(f"{kind} {value}\n")
    assert isinstance(one, ast.Default)
    assert (one.kind, one.value.text) == (kind, value)


def test_a_user_with_everything() -> None:
    one = party(f'user {GUID} tenant {TENANT} "Heidi Steen"')
    assert one.tenant is not None
    assert one.display_name is not None
    assert (one.kind, one.id.text, one.tenant.text) == ("user", GUID, TENANT)
    assert one.display_name.plain == "Heidi Steen"


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        (f"user {GUID}", "user", GUID),
        ("user abcdefab-0000-4000-8000-000000000001", "user", "abcdefab-0000-4000-8000-000000000001"),
        ("user 1234", "user", "1234"),
        ("+12345678901", "phone", "+12345678901"),
        ("+49 89 123-456 (7)/8", "phone", "+49 89 123-456 (7)/8"),
        ("0891234567", "phone", "0891234567"),
        ("0049 89 1234567", "phone", "0049 89 1234567"),
        (f"resource account {GUID}", "resource account", GUID),
        (f"bot {GUID}", "bot", GUID),
    ],
)
def test_parties(text: str, kind: str, id: str) -> None:  # noqa: A002
    one = party(text)
    assert (one.kind, one.id.text, one.tenant, one.display_name) == (kind, id, None, None)


def test_a_voicemail_is_somebodys() -> None:
    one = contact("voicemail of heidi").value
    assert isinstance(one, ast.Voicemail)
    assert one.of.text == "heidi"


def test_a_contact_may_have_its_own_language_and_region() -> None:
    one = contact(f'user {GUID} "Heidi" (region emea, language de-de)')
    assert one.language is not None
    assert one.region is not None
    assert (one.language.text, one.region.text) == ("de-de", "emea")


def test_a_group_lists_targets_with_their_options() -> None:
    one = item("group sales = anna, ben (language de-de), +4912\n")
    assert isinstance(one, ast.Group)
    first, second, third = one.members
    assert isinstance(first.who, ast.Path)
    assert first.who.names == ("anna",)
    assert second.language is not None
    assert second.language.text == "de-de"
    assert isinstance(third.who, ast.Party)


def test_a_long_declaration_goes_on_after_a_comma() -> None:
    file = right(
        """
        group sales = anna,  # the first
            # and further below

                ben,
              carla
        on answered: stop
        """
    )
    group = file.items[0]
    assert isinstance(group, ast.Group)
    assert len(group.members) == 3
    assert [comment.text for comment in file.comments] == ["# the first", "# and further below"]


def test_a_comma_at_the_end_needs_a_deeper_line() -> None:
    _, mistakes = wrong("group sales = anna,\non answered: stop\n")
    assert mistakes == [("syntax", ",")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5", ast.Number),
        ("20s", ast.Duration),
        ('"text"', ast.Text),
        ("yes", ast.Truth),
        ("no", ast.Truth),
        ("+4912345", ast.Party),
        (f"user {GUID}", ast.Party),
        ("heidi", ast.Path),
    ],
)
@pytest.mark.parametrize("word", ["let", "setting"])
def test_variables_and_settings_take_every_kind_of_value(word: str, text: str, kind: type[ast.Value]) -> None:
    one = item(f"{word} v = {text}\n")
    assert isinstance(one, ast.Let | ast.Setting)
    assert isinstance(one.value, kind)


def service(text: str) -> ast.Service:
    one = item(f"service {text}\n")
    assert isinstance(one, ast.Service)
    return one


def test_a_service_may_be_a_name_alone() -> None:
    assert service("crm")[:4] == (service("crm").name, None, (), service("crm").span)


@pytest.mark.parametrize(
    "text", ["for 3s answers tier text, vip yes/no, who contact", "answers tier text, vip yes/no, who contact for 3s"]
)
def test_a_service_says_how_long_and_what_it_answers(text: str) -> None:
    one = service(f"crm {text}")
    assert one.bound is not None
    assert one.bound.ms == 3000
    assert [(a.name.text, a.type.text) for a in one.answers] == [("tier", "text"), ("vip", "truth"), ("who", "contact")]


@pytest.mark.parametrize("text", ['crm = "https://crm.example"', 'crm "https://crm.example" for 3s'])
def test_a_service_has_no_address(text: str) -> None:
    file, mistakes = wrong(f"service {text}\n")
    assert [code for code, _ in mistakes] == ["address-in-flow"]
    assert '"https://crm.example"' in mistakes[0][1]
    (one,) = file.items
    assert isinstance(one, ast.Service)
    assert one.address is not None
    assert one.address.plain == "https://crm.example"


def test_use_names_a_file() -> None:
    one = item('use "people.flow"\n')
    assert isinstance(one, ast.Use)
    assert one.path.plain == "people.flow"


def test_a_routine_has_parameters_steps_and_a_catch() -> None:
    one = item("routine connect(person, other):\n    answer\nif that fails: stop\n")
    assert isinstance(one, ast.Routine)
    assert [name.text for name in one.parameters] == ["person", "other"]
    assert len(one.body.lines) == 1
    assert one.catch is not None


@pytest.mark.parametrize("text", ["routine r: stop", "routine r(): stop", "routine r ( ) :\n  stop"])
def test_a_routine_without_parameters(text: str) -> None:
    one = item(text + "\n")
    assert isinstance(one, ast.Routine)
    assert one.parameters == ()


# ---------------------------------------------------------------- hours


def hours(text: str) -> ast.Hours:
    one = item(f"hours office = {text}\n")
    assert isinstance(one, ast.Hours)
    return one


def ranges(text: str) -> list[tuple[tuple[int, ...], int, int]]:
    return [(one.days, one.opens, one.closes) for one in hours(text).ranges]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon-fri 08:00-18:00", [((0, 1, 2, 3, 4), 480, 1080)]),
        ("mon-fri 08:00-18:00, sat 9:00-12:30", [((0, 1, 2, 3, 4), 480, 1080), ((5,), 540, 750)]),
        ("sat-mon 22:00-06:00", [((5, 6, 0), 1320, 360)]),
        ("mon, wed, fri 08:00-12:00", [((0, 2, 4), 480, 720)]),
        ("mon-fri 08:00-12:00, 13:00-17:00", [((0, 1, 2, 3, 4), 480, 720), ((0, 1, 2, 3, 4), 780, 1020)]),
        ("sun 00:00-24:00", [((6,), 0, 1440)]),
        ("mon 08:00 - 18:00", [((0,), 480, 1080)]),
    ],
)
def test_ranges_of_hours(text: str, expected: list[tuple[tuple[int, ...], int, int]]) -> None:
    assert ranges(f"{text} in Europe/Berlin") == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"])
def test_zones(zone: str) -> None:
    assert hours(f"mon 08:00-18:00 in {zone}").zone.text == zone


def test_hours_with_everything() -> None:
    one = hours(
        'mon-fri 08:00-18:00 in Europe/Berlin except holidays DE-BY except "leave.ics"'
        " and closed 24 dec 12:00-24:00 and open 2 jan 2027"
    )
    assert one.holidays is not None
    assert one.calendar is not None
    assert (one.holidays.text, one.calendar.plain) == ("DE-BY", "leave.ics")
    closed, opened = one.special
    assert closed[:6] == (False, 24, 12, None, 720, 1440)
    assert opened[:6] == (True, 2, 1, 2027, 0, 1440)


def test_long_hours_may_break_before_every_part() -> None:
    one = hours("mon 08:00-18:00,\n  sat 09:00-12:00,\n  in UTC,\n  except holidays DE-BY,\n  and closed 1 may")
    assert len(one.ranges) == 2
    assert one.holidays is not None
    assert len(one.special) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("monday 08:00-18:00 in UTC", "monday"),
        ("mon-fir 08:00-18:00 in UTC", "mon-fir"),
        ("mon 08:00-18:00 in UTC and closed 24 decc", "decc"),
    ],
)
def test_days_and_months_have_near_ones(text: str, words: str) -> None:
    (one,) = found(f"hours office = {text}\n")
    assert one.code == "syntax"
    assert one.help.startswith("did you mean")
    assert one.source.text[one.span.start : one.span.end] == words


@pytest.mark.parametrize("text", ["mon 08:75-18:00 in UTC", "mon 08:00-18:00 in UTC and closed 30 feb"])
def test_times_and_dates_that_do_not_exist(text: str) -> None:
    (one,) = found(f"hours office = {text}\n")
    assert one.code == "impossible-hours"


def test_a_leap_day_exists_in_leap_years_only() -> None:
    assert not found("hours h = mon 08:00-18:00 in UTC and closed 29 feb and closed 29 feb 2028\n")
    assert found("hours h = mon 08:00-18:00 in UTC and closed 29 feb 2027\n")
