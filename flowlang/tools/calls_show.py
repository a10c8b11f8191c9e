"""Calls as text: the table of `calls ls`, one call with its ladder, an event as a line."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flowlang.ladder.canvas import Look
from flowlang.printable import all_printable, printable

Json = Mapping[str, Any]

ID_LENGTH: Final = 8
STATES: Final = {"live": "", "over": "", "parked": "!"}
MOVING: Final = {"transferring": "under way", "transferAccepted": "accepted"}
"""States of Graph that say how far a transfer is."""


def table(calls: Sequence[Json], now: datetime, look: Look) -> str:
    """The calls, one a line, in the width that there is."""
    heads = ("id", "began", "from", "to", "flow", "where it stands", "lasts")
    rows = [_cells(one, now) for one in all_printable(list(calls))]
    widths = _widths(heads, rows, look.width)
    lines = [_line(heads, widths), *[_line(row, widths) for row in rows]]
    return "\n".join(lines) + "\n"


def _cells(call: Json, now: datetime) -> tuple[str, ...]:
    began, over = moment(call["began_at"]), moment(call["over_at"])
    return (
        short(call["id"]), when(began, now), who(call["caller"]), who(call["called"]), str(call["flow"]),
        STATES.get(call["state"], "") + str(call["standing"]), lasting(began, over or now),
    )  # fmt: skip


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """What each column needs; where that is too much the texts in the middle give way, the standing last."""
    widths = [max([len(head), *[len(row[at]) for row in rows]]) for at, head in enumerate(heads)]
    least = {3: 9, 4: 9, 2: 12, 5: 18}
    for at, shortest in least.items():
        excess = sum(widths) + len(widths) - 1 - width
        widths[at] = max(widths[at] - max(excess, 0), min(shortest, widths[at]))
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    fitted = [_fit(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return " ".join([*fitted[:-1], cells[-1].rjust(widths[-1])]).rstrip()


def _fit(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else f"{text[: width - 1]}~"


# ---------------------------------------------------------------- one call


def detail(found: Json, now: datetime) -> str:
    """One call: who, when, where it stands, its legs and timers."""
    found = all_printable(found)
    call = found["call"]
    began, over = moment(call["began_at"]), moment(call["over_at"])
    lines = [f"call {call['id']}", f"  {who(call['caller']) or 'nobody'} -> {who(call['called']) or 'nobody yet'}"]
    version = f", version {call['version'][:ID_LENGTH]}" if call["version"] else ""
    lines.append(f"  flow {call['flow'] or 'unknown'}{version}")
    lines.append(f"  began {when(began, now)}, {'lasted' if over else 'lasts'} {lasting(began, over or now)}")
    place = f" ({found['place']})" if found["place"] else ""
    stage = f", stage {found['stage']}" if found["stage"] else ""
    lines.append(f"  {call['standing']}{place}{stage}")
    if call["reason"]:
        lines.append(f"  because {call['reason']}")
    for leg in found["legs"]:
        state = f"over: {leg['result']}" if leg["is_over"] and leg["result"] else leg["state"]
        called = f"leg {leg['number']} {leg['name']}".rstrip()
        lines.append(f"  {called}: {who(leg['party']) or 'nobody'}, {state}")
    for name, value in found["variables"].items():
        lines.append(f"  {name} = {value}")
    waits = found["waiting_requests"]
    lines.append(f"  {found['facts']} facts{f', {waits} requests under way' if waits else ''}")
    return "\n".join(lines) + "\n"


def journal(entries: Sequence[Json]) -> str:
    """The facts of a call, one a line, with the seconds since the first."""
    first = moment(entries[0]["at"]) if entries else None
    lines = []
    for one in entries:
        at = moment(one["at"])
        seconds = (at - first).total_seconds() if at is not None and first is not None else 0.0
        lines.append(f"{seconds:9.2f} s  {printable(one['words'])}")
    return "\n".join(lines) + "\n" if lines else ""


def event_line(kind: str, data: Json, now: datetime) -> str:
    """An event of the stream."""
    call = short(data["call_id"]) if data["call_id"] else "-"
    details = data["details"]
    people = f"{_named(details, 'caller')} -> {_named(details, 'called')}: " if "called" in details else ""
    state = details.get("state", "")
    more = f", {MOVING[state]}" if state in MOVING else ""
    at = when(moment(data["at"]), now, seconds=True)
    line = f"{at} {call:8} {kind.removeprefix('call '):8} {people}{data['text']}{more}"
    return f"{printable(line)}\n"


def _named(details: Json, who: str) -> str:
    """A name, else number or identifier."""
    return str(details.get(f"{who}_name") or details[who] or "nobody")


# ---------------------------------------------------------------- words


def short(call_id: str) -> str:
    return call_id[:ID_LENGTH]


def who(party: Json | None) -> str:
    """A name, a number, or the beginning of an identifier."""
    if party is None:
        return ""
    name, number = str(party["name"]), str(party["id"])
    return name or (number if party["kind"] == "phone" else short(number)) or str(party["kind"])


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def when(at: datetime | None, now: datetime, *, seconds: bool = False) -> str:
    """The time of the day here, or the day if it is another."""
    if at is None:
        return "-"
    here, today = at.astimezone(now.tzinfo), now.date()
    if here.date() != today:
        return here.strftime("%d %b")
    return here.strftime("%H:%M:%S" if seconds else "%H:%M")


def lasting(began: datetime | None, until: datetime) -> str:
    if began is None:
        return "-"
    seconds = max(int((until - began).total_seconds()), 0)
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02}s"
    return f"{seconds // 3600}h{seconds % 3600 // 60:02}m"


def here() -> datetime:
    """Now, in the time zone of this machine."""
    return datetime.now(UTC).astimezone()
