"""`flowlang sim call`: a call comes in to a simulated Graph, and is followed until it is over."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from flowlang.printable import printable
from flowlang.tools.calls_http import Service
from flowlang.tools.durations import duration_ms
from flowlang.tools.options import Given, UsageError
from flowlang.tools.terminal import write, write_json
from flowlang.tools.values import key_groups

WAIT_MS: Final = 10_000
NOT_DONE: Final = ("not answered", "not taken", "lost")  # the application did not do its part

Json = Any


def call(sim: Service, given: Given) -> int:
    """Makes the call, and follows it unless that is not wanted."""
    wish = wish_of(given)
    made = sim.post("/sim/calls", wish)["call"]
    is_json = given.one("format") == "json"
    if given.has("no-wait"):
        write_json(made, indent=None) if is_json else write(f"{printable(made['id'])}\n")
        return 0
    if not is_json:
        write(f"{printable(made['id'])}\n")
        sys.stdout.flush()
    last = _follow(sim, made, is_json=is_json)
    ending = last["ending"]
    if not is_json:
        result = f" ({ending['code']}/{ending['subcode']})" if ending["code"] or ending["subcode"] else ""
        write(f"over: {printable(ending['text'])}{result}\n")
    if ending["word"] == "not answered":
        sys.stderr.write(f"flowlang: did a flow answer {given.one('to')}? flowlang serve says at its start which do\n")
    return 1 if ending["word"] in NOT_DONE else 0


def _follow(sim: Service, made: Json, *, is_json: bool) -> Json:
    """Shows what happens until the call is over; the call as it stands then."""
    after, lines = 0, []
    while True:
        page = sim.get(f"/sim/calls/{made['id']}", after=str(after), wait_ms=str(WAIT_MS))
        after = page["next"]
        lines += page["lines"]
        for line in page["lines"] if not is_json else ():
            write(printable(shown(line, made["id"], made["began_ms"])) + "\n")
        sys.stdout.flush()
        if page["is_told"]:
            if is_json:
                write_json({"call": page["call"], "lines": lines})
            return page["call"]


def wish_of(given: Given) -> dict[str, Json]:
    """The body of `POST /sim/calls`. Raises `UsageError` for what is no outcome, no key, no length of time."""
    if not given.one("to"):
        raise UsageError("sim call wants --to: who is called, such as --to reception")
    outcomes = [*given.many("outcome"), *[f"transfer={result}" for result in given.many("fail-transfer")]]
    wish: dict[str, Json] = {"to": given.one("to"), "from": given.one("from"), "outcomes": outcomes}
    for option, member in (("answer", "answer"), ("group", "group")):
        if given.has(option):
            wish[member] = _names(given.one(option), f"--{option}")
    if given.has("tones"):
        wish["tones"] = [{"keys": group.keys, "in_ms": group.at_ms} for group in key_groups(given.one("tones"))]
    if given.has("callee-tones"):
        groups = key_groups(given.one("callee-tones"), "--callee-tones")
        if len(groups) != 1 or groups[0].at_ms >= 0:
            raise UsageError(f"--callee-tones wants keys such as 12#, not {given.one('callee-tones')!r}")
        wish["callee_keys"] = groups[0].keys
    if given.has("hang-up-after"):
        wish["hang_up_in_ms"] = duration_ms(given.one("hang-up-after"), "--hang-up-after")
    if given.has("tenant"):
        wish["tenant_id"] = given.one("tenant")
    return wish


def _names(text: str, option: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError(f"{option} wants names such as heidi,bob")
    return names


_SIGNS: Final = {"request": "◀─", "notification": "─▶", "person": "  "}


def shown(line: Mapping[str, Json], call_id: str, began_ms: int) -> str:
    """One line: when, which way, what, and what came back. A leg of the call is marked by the beginning of its id."""
    seconds = max(line["at_ms"] - began_ms, 0) / 1000
    status = f" {line['status']}" if line["status"] else ""
    leg = "" if line["call_id"] == call_id else f" [{line['call_id'][:8]}]"
    trouble = f": {line['trouble']}" if line["trouble"] else ""
    return f"{seconds:8.2f}  {_SIGNS[line['kind']]} {line['text']}{leg}{status}{trouble}"
