"""A time zone or a holiday region that nobody knows.

Zones are named by continent and one large city: all of Germany is `Europe/Berlin`. Holiday regions are a country,
or a country and its part: `DE`, `DE-BY`, `US-CA`.

```flow wrong
contact desk = +12345678901
hours office = mon-fri 08:00-18:00 in Europe/Munich except holidays DE-BY

on answered during office: transfer to desk
on answered: hang up
on failed: hang up
```

```flow right
contact desk = +12345678901
hours office = mon-fri 08:00-18:00 in Europe/Berlin except holidays DE-BY

on answered during office: transfer to desk
on answered: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, corrected, meant
from flowlang.syntax import ast

SEVERITY = Severity.ERROR

CITIES = {
    "munich": "Europe/Berlin", "muenchen": "Europe/Berlin", "hamburg": "Europe/Berlin", "frankfurt":
    "Europe/Berlin", "cologne": "Europe/Berlin", "stuttgart": "Europe/Berlin", "germany": "Europe/Berlin",
    "geneva": "Europe/Zurich", "bern": "Europe/Zurich", "barcelona": "Europe/Madrid", "milan": "Europe/Rome",
    "lyon": "Europe/Paris", "manchester": "Europe/London", "edinburgh": "Europe/London", "rotterdam":
    "Europe/Amsterdam", "boston": "America/New_York", "washington": "America/New_York", "miami":
    "America/New_York", "atlanta": "America/New_York", "dallas": "America/Chicago", "houston":
    "America/Chicago", "seattle": "America/Los_Angeles", "san_francisco": "America/Los_Angeles", "mumbai":
    "Asia/Kolkata", "delhi": "Asia/Kolkata", "bangalore": "Asia/Kolkata", "beijing": "Asia/Shanghai", "osaka":
    "Asia/Tokyo", "canberra": "Australia/Sydney", "rio": "America/Sao_Paulo",
}  # fmt: skip
"""Cities that people write, and the zone that they are in."""

COMMON = (
    "Europe/Berlin", "Europe/London", "Europe/Paris", "Europe/Zurich", "Europe/Vienna", "Europe/Amsterdam",
    "Europe/Madrid", "Europe/Rome", "Europe/Warsaw", "Europe/Stockholm", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "Asia/Tokyo", "Asia/Kolkata", "Asia/Singapore", "Australia/Sydney",
    "UTC",
)  # fmt: skip


def check(flow: Flow) -> Iterator[Finding]:
    for unit in flow.units:
        for item in unit.file.items:
            if not isinstance(item, ast.Hours):
                continue
            from flowlang.hours import is_holiday_region, is_zone

            if item.zone.text and not is_zone(item.zone.text):
                city = item.zone.text.rpartition("/")[2].lower()
                cure = f"that city is in `{CITIES[city]}`" if city in CITIES else meant(item.zone.text, COMMON)
                yield Finding(
                    unit.source,
                    item.zone.span,
                    f"there is no time zone `{item.zone.text}`",
                    cure or "zones are named like `Europe/Berlin` or `America/New_York`",
                    fix=None if city in CITIES else corrected(unit.source, item.zone.span, item.zone.text, COMMON),
                )
            if item.holidays and item.holidays.text and not is_holiday_region(item.holidays.text):
                yield Finding(
                    unit.source,
                    item.holidays.span,
                    f"no holidays are known for `{item.holidays.text}`",
                    _region(item.holidays.text),
                )


def _region(text: str) -> str:
    from flowlang.hours import is_holiday_region

    country = text.upper().partition("-")[0]
    if is_holiday_region(text.upper()):
        return f"write it in capitals: `{text.upper()}`"
    if is_holiday_region(country):
        from flowlang.regions import PARTS

        parts = PARTS.get(country, "").split()
        if parts:
            return f"parts of {country} are {', '.join(parts)}"
        return f"write `{country}`"
    return "regions are a country or its part: `DE`, `DE-BY`, `US-CA`"
