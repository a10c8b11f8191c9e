"""Opening hours around all that is awkward about clocks: summer time, midnight, leap days, holidays, calendars."""

from datetime import UTC, date, datetime

import pytest

from flowlang.calendars import CalendarError, read_calendar
from flowlang.hours import (
    Override,
    is_holiday,
    is_holiday_region,
    is_open_at,
    is_zone,
    moment,
    next_change_ms,
    open_hours,
    zone_of,
)
from flowlang.plan import NONE, Hours, OpenRange, Plan, SpecialDay
from flowlang.regions import PARTS

BERLIN = "Europe/Berlin"
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WORKDAYS = (0, 1, 2, 3, 4)
DAY = OpenRange(WORKDAYS, 8 * 60, 18 * 60)
NIGHT = OpenRange(WORKDAYS, 22 * 60, 6 * 60)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def local(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone_of(zone)).timestamp()) * 1000


def hours(*ranges: OpenRange, zone: str = BERLIN, special: tuple[SpecialDay, ...] = (), holidays: str = "") -> Hours:
    return Hours("office", ranges, zone, holidays, "", special)


@pytest.mark.parametrize(
    ("ranges", "at", "is_open"),
    [
        (DAY, "2026-11-23T07:59:59", False),  # a Monday
        (DAY, "2026-11-23T08:00:00", True),
        (DAY, "2026-11-23T17:59:59", True),
        (DAY, "2026-11-23T18:00:00", False),
        (DAY, "2026-11-22T10:00:00", False),  # a Sunday
        (NIGHT, "2026-11-23T21:59:59", False),
        (NIGHT, "2026-11-23T22:00:00", True),
        (NIGHT, "2026-11-24T05:59:59", True),
        (NIGHT, "2026-11-24T06:00:00", False),
        (NIGHT, "2026-11-23T03:00:00", False),  # Monday morning belongs to Sunday, which has no range
        (NIGHT, "2026-11-28T05:00:00", True),  # Saturday morning belongs to Friday
        (NIGHT, "2026-11-28T23:00:00", False),
        (OpenRange(WORKDAYS, 18 * 60, 1440), "2026-11-23T23:59:59", True),  # until 24:00
        (OpenRange(WORKDAYS, 18 * 60, 1440), "2026-11-24T00:00:00", False),
        (OpenRange((0,), 0, 0), "2026-11-23T23:59:59", True),  # from midnight to midnight: all day
        (OpenRange((0,), 0, 0), "2026-11-24T00:00:00", False),
        (OpenRange((3,), 0, 1440), "2024-02-29T12:00:00", True),  # a leap day, a Thursday
        (OpenRange((3,), 22 * 60, 60), "2024-03-01T00:30:00", True),  # the night after it
    ],
)
def test_ranges(ranges: OpenRange, at: str, is_open: bool) -> None:
    assert is_open_at(hours(ranges), local(at)) is is_open


# Berlin 2026: on 29 March 02:00 becomes 03:00 (at 01:00 UTC), on 25 October 03:00 becomes 02:00 (at 01:00 UTC).
@pytest.mark.parametrize(
    ("opens", "closes", "at_utc", "is_open"),
    [
        (150, 360, "2026-03-29T00:59:59", False),  # 02:30 is never shown: open as soon as the clock jumps past it
        (150, 360, "2026-03-29T01:00:00", True),
        (150, 360, "2026-03-29T03:59:59", True),  # 05:59:59 summer time
        (150, 360, "2026-03-29T04:00:00", False),
        (130, 160, "2026-03-29T01:00:00", False),  # 02:10 to 02:40 is not on the clock at all
        (60, 150, "2026-03-29T00:59:59", True),  # until 02:30, that is until the jump
        (60, 150, "2026-03-29T01:00:00", False),
        (120, 180, "2026-10-25T00:00:00", True),  # 02:00 comes twice, 03:00 once: open for two hours
        (120, 180, "2026-10-25T01:30:00", True),
        (120, 180, "2026-10-25T02:00:00", False),
        (60, 150, "2026-10-25T00:29:59", True),  # closes at the first 02:30 ...
        (60, 150, "2026-10-25T00:30:00", False),
        (60, 150, "2026-10-25T01:15:00", False),  # ... and does not open again
        (150, 300, "2026-10-25T00:30:00", True),  # the range that follows begins at that same moment
        (150, 300, "2026-10-25T01:15:00", True),
        (1320, 120, "2026-10-25T00:00:00", False),  # overnight into the long night, until 02:00 the first time
        (1320, 120, "2026-10-24T23:59:59", True),
    ],
)
def test_days_of_change(opens: int, closes: int, at_utc: str, is_open: bool) -> None:
    assert is_open_at(hours(OpenRange(EVERY_DAY, opens, closes)), utc(at_utc)) is is_open


def test_a_day_of_change_is_whole() -> None:
    for day, length_hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 23), 24)):
        assert moment(BERLIN, day, 1440) - moment(BERLIN, day, 0) == length_hours * 3_600_000


def test_a_zone_that_skipped_a_day() -> None:
    samoa = "Pacific/Apia"  # there was no 30 December 2011
    assert moment(samoa, date(2011, 12, 30), 720) == moment(samoa, date(2011, 12, 31), 0)


def test_each_zone_has_its_own_clock() -> None:
    at = utc("2026-11-23T07:30:00")
    assert is_open_at(hours(DAY), at)  # 08:30 in Berlin
    assert not is_open_at(hours(DAY, zone="America/New_York"), at)
    assert not is_open_at(hours(DAY, zone="UTC"), at)


def test_a_holiday_cancels_the_ranges_that_start_on_it() -> None:
    bavaria = hours(DAY, NIGHT, holidays="DE-BY")
    assert not is_open_at(bavaria, local("2026-01-06T10:00"))  # Epiphany, in Bavaria but not in Berlin
    assert is_open_at(hours(DAY, holidays="DE-BE"), local("2026-01-06T10:00"))
    assert is_open_at(bavaria, local("2026-01-06T05:00"))  # the night that began the evening before
    assert not is_open_at(bavaria, local("2026-01-06T23:00"))
    assert not is_open_at(bavaria, local("2026-01-07T05:00"))


def test_holidays_of_countries_and_parts() -> None:
    assert is_holiday("DE", date(2026, 10, 3))
    assert not is_holiday("DE", date(2026, 1, 6))
    assert is_holiday("US-CA", date(2026, 3, 31))  # Cesar Chavez Day
    assert not is_holiday("US", date(2026, 3, 31))


def special(is_open: bool, day: int, month: int, opens: int = 0, closes: int = 1440, year: int = 0) -> SpecialDay:
    return SpecialDay(is_open, day, month, year, opens, closes)


@pytest.mark.parametrize(
    ("days", "at", "is_open"),
    [
        ((special(False, 24, 12, 720, 1440),), "2026-12-24T11:59", True),
        ((special(False, 24, 12, 720, 1440),), "2026-12-24T12:00", False),
        ((special(False, 24, 12),), "2026-12-24T10:00", False),
        ((special(False, 24, 12, year=2027),), "2026-12-24T10:00", True),
        ((special(True, 22, 11, 600, 720),), "2026-11-22T10:30", True),  # a Sunday
        ((special(True, 22, 11, 600, 720),), "2026-11-22T12:30", False),
        ((special(True, 24, 12, 600, 720),), "2026-12-24T09:00", False),  # stands in place of the day's range
        ((special(True, 25, 12, 600, 720),), "2026-12-25T11:00", True),  # on a holiday too
        ((special(True, 25, 12, 600, 720), special(True, 25, 12, 840, 900)), "2026-12-25T14:30", True),
        ((special(True, 22, 11, 1320, 120),), "2026-11-23T01:00", True),  # over midnight
        ((special(True, 25, 12), special(False, 25, 12, 600, 660)), "2026-12-25T10:30", False),
        ((special(True, 29, 2),), "2028-02-29T20:00", True),  # a leap day, every year that has one
        ((special(True, 29, 2),), "2027-03-01T20:00", False),
    ],
)
def test_special_days(days: tuple[SpecialDay, ...], at: str, is_open: bool) -> None:
    assert is_open_at(hours(DAY, special=days, holidays="DE-BY"), local(at)) is is_open


# ---------------------------------------------------------------- calendars


def calendar(*entries: str) -> str:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{entry}\r\nEND:VEVENT\r\n" for n, entry in enumerate(entries))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\n{body}END:VCALENDAR\r\n"


NOON = "DTSTART;TZID=Europe/Berlin:20261123T120000\r\nDTEND;TZID=Europe/Berlin:20261123T130000"
WEEKLY = "DTSTART;TZID=Europe/Berlin:20260302T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;UNTIL=20261130T080000Z"


@pytest.mark.parametrize(
    ("entry", "at", "is_open"),
    [
        (NOON, "2026-11-23T11:59", True),
        (NOON, "2026-11-23T12:00", False),
        (NOON, "2026-11-23T13:00", True),
        (NOON + "\r\nTRANSP:TRANSPARENT", "2026-11-23T12:30", True),
        (NOON + "\r\nSTATUS:CANCELLED", "2026-11-23T12:30", True),
        (NOON + "\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", "2026-11-23T12:30", True),
        ("DTSTART:20261123T110000Z\r\nDURATION:PT1H", "2026-11-23T12:30", False),
        ("DTSTART:20261123T120000\r\nDURATION:PT1H", "2026-11-23T12:30", False),  # a floating time is the hours' own
        ("DTSTART;VALUE=DATE:20261123", "2026-11-23T17:00", False),  # a whole day
        ("DTSTART;VALUE=DATE:20261123", "2026-11-24T08:00", True),
        ("DTSTART;VALUE=DATE:20261116\r\nDTEND;VALUE=DATE:20261128", "2026-11-27T10:00", False),  # two weeks of leave
        (WEEKLY, "2026-03-23T09:30", False),  # winter time
        (WEEKLY, "2026-03-30T09:30", False),  # summer time: still nine o'clock
        (WEEKLY, "2026-03-30T10:30", True),
        (WEEKLY, "2026-11-30T09:30", False),  # the last one
        (WEEKLY, "2026-12-07T09:30", True),
        (WEEKLY + "\r\nEXDATE;TZID=Europe/Berlin:20260330T090000", "2026-03-30T09:30", True),
        (WEEKLY + "\r\nRDATE;TZID=Europe/Berlin:20260331T090000", "2026-03-31T09:30", False),
        ("DTSTART;TZID=Europe/Berlin:20261122T200000\r\nDURATION:PT14H", "2026-11-23T09:00", False),  # since yesterday
    ],
)
def test_a_busy_entry_means_closed(entry: str, at: str, is_open: bool) -> None:
    assert is_open_at(hours(DAY), local(at), calendar(entry)) is is_open


def test_an_occurrence_that_was_moved() -> None:
    text = calendar(
        WEEKLY.replace("RRULE", "SUMMARY:talk\r\nRRULE"),
        "RECURRENCE-ID;TZID=Europe/Berlin:20261123T090000\r\nDTSTART;TZID=Europe/Berlin:20261123T150000\r\nDURATION:PT1H",
    ).replace("UID:1", "UID:0")
    assert is_open_at(hours(DAY), local("2026-11-23T09:30"), text)
    assert not is_open_at(hours(DAY), local("2026-11-23T15:30"), text)
    assert not is_open_at(hours(DAY), local("2026-11-16T09:30"), text)


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:never\r\n"])
def test_no_calendar(text: str) -> None:
    with pytest.raises(CalendarError, match="no calendar"):
        read_calendar(text)


# ---------------------------------------------------------------- the plan's hours


def plan_with(*many: Hours) -> Plan:
    return Plan("", (), (), (), (), (), (), many, (), (), ((),), NONE, wants_keys=False)


def test_open_hours_are_names() -> None:
    plan = plan_with(hours(DAY), hours(NIGHT)._replace(name="night"))
    assert open_hours(plan, local("2026-11-23T10:00")) == {"office"}
    assert open_hours(plan, local("2026-11-23T23:00")) == {"night"}
    assert open_hours(plan_with(), local("2026-11-23T23:00")) == frozenset()


def test_the_operator_opens_and_closes_by_name_until_a_time() -> None:
    plan = plan_with(hours(DAY), hours(NIGHT)._replace(name="night"))
    until = local("2026-11-23T12:00")
    switched = [Override("office", False, until), Override("night", True, until)]
    assert open_hours(plan, local("2026-11-23T11:59"), None, switched) == {"night"}
    assert open_hours(plan, local("2026-11-23T12:00"), None, switched) == {"office"}
    again = [*switched, Override("office", True, until)]  # the later word counts
    assert open_hours(plan, local("2026-11-23T11:59"), None, again) == {"night", "office"}


def test_a_calendar_is_given_by_name() -> None:
    plan = plan_with(hours(DAY)._replace(calendar="leave.ics"))
    assert open_hours(plan, local("2026-11-23T12:30"), {"leave.ics": calendar(NOON)}) == frozenset()
    with pytest.raises(KeyError):
        open_hours(plan, local("2026-11-23T12:30"))
    with pytest.raises(CalendarError):  # an empty file is no calendar without entries
        open_hours(plan, local("2026-11-23T12:30"), {"leave.ics": ""})


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_zones(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize("name", ["Europe/Munich", "Europe", "", "../../etc/passwd", "/etc/passwd", "zone.tab", "a b"])
def test_what_is_no_zone(name: str) -> None:
    assert not is_zone(name)


def test_zones_without_a_folder_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowlang.hours._ZONE_FOLDERS", ())
    is_zone.cache_clear()
    assert is_zone("Europe/Berlin")
    assert not is_zone("Europe/Munich")
    assert not is_zone("Europe")
    is_zone.cache_clear()


@pytest.mark.parametrize("code", ["DE", "DE-BY", "US-CA", "AT-9", "GB-ENG"])
def test_regions(code: str) -> None:
    assert is_holiday_region(code)


@pytest.mark.parametrize("code", ["DE-XX", "XX", "de-by", "DE-", "", "Bavaria", "DE-BY-M"])
def test_what_is_no_region(code: str) -> None:
    assert not is_holiday_region(code)


def test_every_region_that_we_know_is_known_to_the_library() -> None:
    import holidays

    known = holidays.list_supported_countries()
    assert {c for c in PARTS if c not in known} == set()
    assert {(c, p) for c, parts in PARTS.items() for p in parts.split() if p not in known[c]} == set()


# ---------------------------------------------------------------- the next change


@pytest.mark.parametrize(
    ("given", "at", "change"),
    [
        (hours(DAY), "2026-11-23T07:00", "2026-11-23T08:00"),
        (hours(DAY), "2026-11-23T08:00", "2026-11-23T18:00"),
        (hours(DAY), "2026-11-27T18:00", "2026-11-30T08:00"),  # over the weekend
        (hours(NIGHT), "2026-11-24T01:00", "2026-11-24T06:00"),  # it began yesterday
        (hours(DAY, holidays="DE"), "2026-12-24T18:00", "2026-12-28T08:00"),
        (hours(special=(SpecialDay(True, 2, 1, 2027, 600, 660),)), "2026-11-23T08:00", "2027-01-02T10:00"),
        (hours(DAY, special=(SpecialDay(False, 23, 11, 0, 720, 780),)), "2026-11-23T09:00", "2026-11-23T12:00"),
        (hours(OpenRange(EVERY_DAY, 0, 0)), "2026-11-23T09:00", None),  # never closed
        (hours(), "2026-11-23T09:00", None),
    ],
)
def test_the_next_change(given: Hours, at: str, change: str | None) -> None:
    found = next_change_ms(given, local(at))
    assert found == (local(change) if change is not None else None)


def test_the_next_change_is_by_the_calendar_too() -> None:
    text = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261123T110000Z\r\nDTEND:20261123T120000Z\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    assert next_change_ms(hours(DAY), local("2026-11-23T09:00"), text) == utc("2026-11-23T11:00")
    assert next_change_ms(hours(DAY), local("2026-11-23T12:30"), text) == utc("2026-11-23T12:00")
