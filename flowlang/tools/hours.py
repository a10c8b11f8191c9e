"""`flowlang hours …`: what is open, and opening and closing by hand. Speaks to the admin API."""

import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from flowlang.given import UNITS_MS
from flowlang.hours import zone_of
from flowlang.printable import all_printable
from flowlang.tools.calls_http import USUAL_URL, AwayError, RefusedError, Service, as_segment, service_of
from flowlang.tools.calls_show import here, moment
from flowlang.tools.options import Command, Given, Option, UsageError, near
from flowlang.tools.terminal import write, write_json

AWAY: Final = 4
MOST_DAYS: Final = 3_660
_DURATION: Final = re.compile(r"(\d{1,6})(s|m|h|d)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")

_MORE = (
    Option("url", "URL", f"where the service listens; usually {USUAL_URL}, or FLOWLANG_URL"),
    Option("token", "TOKEN", "better set FLOWLANG_TOKEN: what is on a command line others can see"),
    Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
    Option("help", "", "this text"),
)
_EXIT = "Exit codes: 0 done, 2 wrong use, or the service says no, 4 no service is there."
_UNTIL = (
    "It counts at once, for every flow that names these hours, until the time that is said; without one until "
    "flowlang hours clear. A time of the day is on the clock of the hours, and the next one of that time."
)

COMMANDS: Final = {
    "ls": Command(
        "hours ls", "", "Lists the hours of all flows: open or closed now, why, and when they change next.", _MORE,
        f"Examples:\n  flowlang hours ls\n\n{_EXIT}",
    ),
    "open": Command(
        "hours open", "NAME [for 2h | until 18:00 | until 2026-12-24T12:00]", f"Opens hours by hand. {_UNTIL}", _MORE,
        f"Examples:\n  flowlang hours open office\n  flowlang hours open office for 2h\n"
        f"  flowlang hours open office until 18:00\n\n{_EXIT}",
    ),
    "close": Command(
        "hours close", "NAME [for 2h | until 18:00 | until 2026-12-24T12:00]", f"Closes hours by hand. {_UNTIL}", _MORE,
        f"Examples:\n  flowlang hours close office\n  flowlang hours close office for 30m\n"
        f"  flowlang hours close office until 2026-12-27T09:00\n\n{_EXIT}",
    ),
    "clear": Command(
        "hours clear", "NAME", "Takes back what was opened or closed by hand: the flow's plan counts again.", _MORE,
        f"Examples:\n  flowlang hours clear office\n\n{_EXIT}",
    ),
}  # fmt: skip

SUMMARIES: Final = {
    "ls": "what is open, and why", "open NAME": "open by hand", "close NAME": "close by hand",
    "clear NAME": "let the plan count again",
}  # fmt: skip

COMMAND = Command(
    "hours", "ls|open|close|clear", "What is open, and opening and closing by hand.", _MORE,
    "Commands:\n" + "\n".join(f"  {name.ljust(20)}{text}" for name, text in SUMMARIES.items()) + "\n\n" + _EXIT,
)  # fmt: skip

View = dict[str, Any]


def chosen(words: list[str]) -> tuple[Command, Callable[[Given], int], list[str]]:
    """Which of the commands is meant, and the words that are left for it. Raises `UsageError`."""
    if not words or words[0].startswith("-"):
        if any(word in ("--help", "-h") for word in words):
            return COMMAND, _nothing, words
        raise UsageError(f"hours needs one of {', '.join(COMMANDS)}; see flowlang hours --help")
    name = words[0]
    if name not in COMMANDS:
        raise UsageError(f"hours has no {name}{near(name, tuple(COMMANDS)) or '; see flowlang hours --help'}")
    return COMMANDS[name], lambda given: _run(name, given), words[1:]


def _nothing(_given: Given) -> int:
    return 0


def _run(name: str, given: Given) -> int:
    command, count = COMMANDS[name], len(given.arguments)
    if count not in {"ls": (0,), "clear": (1,)}.get(name, (1, 3)):
        raise UsageError(f"{command.name} takes {command.takes or 'no arguments'}; see flowlang {command.name} --help")
    try:
        service = service_of(given.one("url"), given.one("token"))
        if name == "ls":
            return _shown(service.get("/v1/hours"), given)
        return _switched(service, name, given)
    except AwayError as error:
        sys.stderr.write(f"flowlang: {error}\n")
        return AWAY
    except RefusedError as error:
        raise UsageError(str(error)) from None


def _switched(service: Service, act: str, given: Given) -> int:
    name, *when = given.arguments
    if when:
        _check_end(when)
    known: list[View] = service.get("/v1/hours")
    named = [one for one in known if one["name"] == name]
    if not named:
        names = tuple(dict.fromkeys([one["name"] for one in known]))
        raise UsageError(f"no flow has hours {name}{near(name, names) or '; see flowlang hours ls'}")
    path = f"/v1/hours/{as_segment(name)}"
    if act == "clear":
        return _shown(service.delete(path), given)
    until = _end(when, sorted({one["zone"] for one in named}), here()) if when else None
    order = {"is_open": act == "open", "until": until.isoformat() if until is not None else None}
    return _shown(service.put(path, order), given)


# ---------------------------------------------------------------- until when


def _check_end(words: Sequence[str]) -> None:
    if words[0] not in ("for", "until"):
        hint = near(words[0], ("for", "until"))
        raise UsageError(f"after the name comes for 2h, until 18:00 or nothing, not {words[0]}{hint}")


def _end(words: Sequence[str], zones: Sequence[str], now: datetime) -> datetime:
    """When it ends. zones: whose clocks these hours go by."""
    word, text = words
    if word == "for":
        found = _DURATION.fullmatch(text)
        length_ms = int(found[1]) * UNITS_MS[found[2]] if found else 0
        if not 0 < length_ms <= MOST_DAYS * UNITS_MS["d"]:
            raise UsageError(f"for wants a length of time such as 30m, 2h or 1d, not {text!r}")
        return now + timedelta(milliseconds=length_ms)
    clock = _CLOCK.fullmatch(text)
    if clock is not None and (int(clock[1]) > 23 or int(clock[2]) > 59):
        raise UsageError(f"{text} is no time of the day")
    if clock is not None:
        today = now.astimezone(_zone(zones, text))
        moment = datetime.combine(today.date(), time(int(clock[1]), int(clock[2])), today.tzinfo)
        return moment if moment > now else moment + timedelta(days=1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"until wants 18:00 or 2026-12-24T12:00, not {text!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(zones, text))
    if not now < moment:
        raise UsageError(f"{text} is over already")
    return moment


def _zone(zones: Sequence[str], text: str) -> Any:
    if len(zones) != 1:
        raise UsageError(
            f"{text} is on which clock? Flows have these hours in {' and in '.join(zones)}: write it with its offset, "
            "such as 2026-12-24T12:00+01:00"
        )
    return zone_of(zones[0])


# ---------------------------------------------------------------- what is said


def _shown(views: list[View], given: Given) -> int:
    if given.one("format") == "json":
        write_json(views)
    elif not views:
        write("no flow has hours\n")
    else:
        write(table(all_printable(views), here()))
    return 0


def table(views: Sequence[View], now: datetime) -> str:
    """Hours, one a line: name, state, why, what comes next, and the flows in which that is so."""
    flows: dict[tuple[str, ...], list[str]] = {}
    for one in views:
        flows.setdefault(_row(one, now), []).append(one["flow"])
    rows = [("hours", "now", "why", "next", "flows"), *[(*row, ", ".join(named)) for row, named in flows.items()]]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [
        "  ".join([*[cell.ljust(width) for cell, width in zip(row, widths, strict=False)], row[4]]) for row in rows
    ]
    return "\n".join(lines) + "\n"


def _row(one: View, now: datetime) -> tuple[str, ...]:
    zone = zone_of(one["zone"])
    until, changes = moment(one["until"]), moment(one["changes_at"])
    by_plan = "open" if one["is_open_by_plan"] else "closed"
    why = "by plan"
    if one["by"]:
        end = f"until {_when(until, now, zone)}" if until is not None else "until taken back"
        why = f"by hand ({one['by']}) {end}; by plan {by_plan}"
    then = "closes" if one["is_open"] else "opens"
    following = f"{then} {_when(changes, now, zone)}" if changes is not None else "-"
    return one["name"], "open" if one["is_open"] else "closed", why, following


def _when(at: datetime, now: datetime, zone: Any) -> str:
    """On the clock of the hours: the time, with the day where it is another than today."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if (local.date() - today).days < 7 else f"{local:%d %b %Y %H:%M}"
