"""Opening hours that no clock can show, or that overlap.

25:00 never comes, 08:00-08:00 is no time at all, and two ranges of one day that overlap are mostly a slip of the
keyboard.

```flow wrong
contact desk = +12345678901
hours office = mon-fri 08:00-25:00 in Europe/Berlin

on answered during office: transfer to desk
on answered: hang up
on failed: hang up
```

```flow right
contact desk = +12345678901
hours office = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to desk
on answered: hang up
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity, words_of
from flowlang.rules.declarations import DAY
from flowlang.source import Source, Span
from flowlang.syntax import ast

SEVERITY = Severity.ERROR

MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check(flow: Flow) -> Iterator[Finding]:
    for unit in flow.units:
        for item in unit.file.items:
            if isinstance(item, ast.Hours):
                yield from _hours(unit.source, item)


def _hours(source: Source, hours: ast.Hours) -> Iterator[Finding]:
    wrong = False
    for one in hours.ranges:
        for finding in _times(source, one.span, one.opens, one.closes):
            wrong = True
            yield finding
        if not one.days:
            wrong = True
            yield Finding(source, one.span, "this names no day", "name a day: `mon-fri`, `sat`")
    for day in hours.special:
        if not (day.opens == 0 and day.closes == DAY):
            yield from _times(source, day.span, day.opens, day.closes)
        if not (1 <= day.month <= 12 and 1 <= day.day <= MONTH_DAYS[day.month - 1]):
            yield Finding(source, day.span, "there is no such day", "check day and month")
    if not wrong:
        yield from _overlaps(source, hours)


def _times(source: Source, span: Span, opens: int, closes: int) -> Iterator[Finding]:
    text = words_of(source, span)
    for time in (opens, closes):
        if time > DAY or (time == DAY and time == opens):
            yield Finding(
                source, span, f"a day ends at 24:00, so `{text}` cannot be", "write times from 00:00 to 24:00"
            )
            return
    if opens == closes:
        yield Finding(source, span, f"`{text}` is no time at all", "the whole day is `00:00-24:00`")


def _overlaps(source: Source, hours: ast.Hours) -> Iterator[Finding]:
    for number, one in enumerate(hours.ranges):
        for earlier in hours.ranges[:number]:
            if any(_overlap(one, day, earlier, other) for day in one.days for other in earlier.days):
                yield Finding(
                    source,
                    one.span,
                    f"`{words_of(source, one.span)}` overlaps with an earlier range",
                    "join the two, or correct the times",
                    (Note(source, earlier.span, "the earlier one"),),
                )
                break


def _overlap(a: ast.Range, a_day: int, b: ast.Range, b_day: int) -> bool:
    """Whether the range that starts on one day meets the one that starts on the other, in a week that goes round."""
    a_start, b_start = a_day * DAY + a.opens, b_day * DAY + b.opens
    a_length, b_length = _length(a), _length(b)
    week = 7 * DAY
    return (b_start - a_start) % week < a_length or (a_start - b_start) % week < b_length


def _length(one: ast.Range) -> int:
    return one.closes - one.opens if one.closes > one.opens else one.closes + DAY - one.opens
