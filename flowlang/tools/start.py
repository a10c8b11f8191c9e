"""`flowlang start FLOW with name = value, …`: a flow begins without a caller. Speaks to the admin API."""

import re
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from flowlang.printable import printable_lines
from flowlang.tools import calls_show as show
from flowlang.tools.calls_http import USUAL_URL, AwayError, RefusedError, Service, as_segment, call_path, service_of
from flowlang.tools.durations import duration_ms
from flowlang.tools.options import Command, Given, Option, UsageError, near
from flowlang.tools.terminal import write, write_json

AWAY, RESTS = 4, 1
LOOKS_SECONDS: Final = 0.5
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_NEXT: Final = re.compile(rf",\s*(?={_NAME}\s*=)")

COMMAND = Command(
    "start", "FLOW [with NAME = VALUE, …] [after 10m]",
    "Starts a flow that begins without a caller (on start), and says the id of its call. Values are those of its "
    "variables: a text, a number, yes or no, 10s, +12025550123. An empty text is written \"\".",
    (
        Option("key", "KEY", "the same key again starts nothing, and names the call of the first time"),
        Option("wait", "", "waits until the call is over, and shows its ladder"),
        Option("url", "URL", f"where the service listens; usually {USUAL_URL}, or FLOWLANG_URL"),
        Option("token", "TOKEN", "better set FLOWLANG_TOKEN: what is on a command line others can see"),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang start call_back with customer = +12025550123
  flowlang start call_back with customer = +12025550123, tries = 2 after 10m
  flowlang start call_back with customer=+12025550123 --key ticket-4711 --wait

Exit codes: 0 done, 1 with --wait: the call rests, 2 wrong use, or the service says no,
4 no service is there.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    flow, values, after_ms = read_order(given.arguments)
    order = {"values": values, "after_seconds": -(-after_ms // 1000), "key": given.one("key")}
    try:
        service = service_of(given.one("url"), given.one("token"))
        taken = service.post(f"/v1/flows/{as_segment(flow)}/start", order)
        return _waited(service, taken, given) if given.has("wait") else _told(taken, given)
    except AwayError as error:
        sys.stderr.write(f"flowlang: {error}\n")
        return AWAY
    except RefusedError as error:
        raise UsageError(str(error)) from None


def read_order(words: Sequence[str]) -> tuple[str, dict[str, str], int]:
    """The flow, its values as they were written, and how much later it begins. Raises `UsageError`."""
    if not words:
        raise UsageError("start takes a flow: flowlang start call_back with customer = +12025550123")
    flow, *rest = words
    after_ms = 0
    if len(rest) >= 2 and rest[-2] == "after":
        after_ms = duration_ms(rest[-1], "after")
        rest = rest[:-2]
    if not rest:
        return flow, {}, after_ms
    if rest[0] != "with":
        hint = near(rest[0], ("with", "after")) or "; see flowlang start --help"
        raise UsageError(f"after the flow comes with NAME = VALUE or after 10m, not {rest[0]}{hint}")
    text = " ".join(rest[1:])
    if not text.strip():
        raise UsageError("with wants NAME = VALUE, such as customer = +12025550123")
    values: dict[str, str] = {}
    for part in _NEXT.split(text):
        name, sign, value = [one.strip() for one in part.partition("=")]
        if not sign or re.fullmatch(_NAME, name) is None:
            raise UsageError(f"with wants NAME = VALUE, such as customer = +12025550123, not {part.strip()!r}")
        if not value:
            raise UsageError(f"{name} has no value; an empty text is written {name} = '\"\"'")
        if name in values:
            raise UsageError(f"{name} is given twice")
        values[name] = value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value
    return flow, values, after_ms


def _told(taken: dict[str, str], given: Given) -> int:
    if given.one("format") == "json":
        write_json(taken)
        return 0
    write(f"{taken['call_id']}\n")
    if taken["note"]:
        sys.stderr.write(f"flowlang: {taken['note']}\n")
    return 0


def _waited(service: Service, taken: dict[str, str], given: Given) -> int:
    """Shows the call when it is over, or when it rests."""
    is_json = given.one("format") == "json"
    call_id = taken["call_id"]
    if not is_json:
        write(f"{call_id}\n")
        sys.stdout.flush()
    if taken["note"]:
        sys.stderr.write(f"flowlang: {taken['note']}\n")
    while (state := _state(service, call_id)) not in ("over", "parked"):
        time.sleep(LOOKS_SECONDS)
    found: dict[str, Any] = service.get(call_path(call_id))
    try:
        ladder = service.text(call_path(call_id, "/ladder"))
    except RefusedError as error:
        if error.code != "no_ladder":
            raise
        ladder = ""
    if is_json:
        write_json({**found, "ladder": ladder})
    else:
        write(printable_lines(ladder) + "\n" if ladder else show.detail(found, show.here()))
    return RESTS if state == "parked" else 0


def _state(service: Service, call_id: str) -> str:
    """Of a call that may not have begun yet."""
    try:
        return str(service.get(call_path(call_id))["call"]["state"])
    except RefusedError as error:
        if error.code != "not_found":
            raise
        return ""
