"""flowlang's own figures. Each function runs alone in a fresh process.

`bench.measuring` has what makes a figure comparable with the peers': `events_per_second` takes a `Machines` with
`build`, `fire` and `is_over`.
"""

import json
import random
import sys
import tempfile
import time
from pathlib import Path

from bench import cold
from bench.chart import EVENTS
from bench.measuring import Machines, events_per_second, resident_bytes
from flowlang.analysis.load import load
from flowlang.call.facts import CallUpdated, Fact, Incoming
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.codec import decode, digest, encode
from flowlang.compiler import compile_flow
from flowlang.engine.step import is_finished, new_session, step
from flowlang.plan import Plan
from flowlang.source import Source
from flowlang.wire.decode import decode_notification

CALLS = 10_000
"""Calls that are up at once, as many as the fastest peers get."""
STORED_CALLS = 100_000
NOTIFICATIONS = 3_000

ONE_TRANSFER = """
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Heidi Steen"
on answered: transfer to heidi
on transfer failed: hang up
"""
CONSULT = """
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Heidi Steen"
on answered: consult heidi for 20s playing "hold.wav" then transfer replacing consult
on failed: hang up
"""
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"


def plan_of(text: str) -> Plan:
    return compile_flow(load(Source("bench.flow", text), lambda _path: None))


def facts() -> dict[str, Fact]:
    """The six events as facts."""
    update: dict[str, Fact] = {
        name: CallUpdated(1_000 + at, 0, "c1", "transferAccepted" if name == "accepted" else name)
        for at, name in enumerate(EVENTS)
    }
    done = Result(0, 7015, "GracefulTransferCompleted")
    incoming = Incoming(1_000, "c1", Party("phone", "+4989123456"), Party("bot", "b1"))
    return update | {"incoming": incoming, "terminated": CallUpdated(1_005, 0, "c1", "terminated", done, "", True)}


def bodies() -> dict[str, bytes]:
    """The six events as Graph's bytes."""
    made = {}
    for name in EVENTS:
        data: dict[str, object] = {"@odata.type": "#microsoft.graph.call", "state": name}
        change = "updated"
        if name == "incoming":
            change = "created"
            data |= {
                "source": {"identity": {"user": {"id": guid(1), "tenantId": TENANT}}},
                "targets": [{"identity": {"applicationInstance": {"id": guid(2), "tenantId": TENANT}}}],
                "tenantId": TENANT, "callChainId": guid(3), "myParticipantId": guid(4),
            }  # fmt: skip
        elif name == "accepted":
            data["state"] = "transferAccepted"
        elif name == "terminated":
            change = "deleted"
            data["resultInfo"] = {"code": 0, "subcode": 7015, "message": "GracefulTransferCompleted"}
        item = {
            "@odata.type": "#microsoft.graph.commsNotification", "changeType": change,
            "resourceUrl": f"/communications/calls/{guid(5)}", "resourceData": data,
        }  # fmt: skip
        made[name] = json.dumps({"@odata.type": "#microsoft.graph.commsNotifications", "value": [item]}).encode()
    return made


def guid(number: int) -> str:
    return f"{number:08x}-d4bf-4224-8b19-1581168d328b"


def step_events_per_second() -> float:
    """Facts through `engine.step` in a second: the six events of `bench.chart` as facts, a flow with one transfer."""
    plan, given = plan_of(ONE_TRANSFER), facts()
    name = digest(plan)

    def fire(calls: list[Session], event: str) -> None:
        fact = given[event]
        for at, session in enumerate(calls):
            calls[at] = step(plan, session, fact).session

    machines = Machines(lambda n: [new_session(f"s{at}", name, plan) for at in range(n)], fire, is_finished)
    return events_per_second(machines, CALLS)


def bytes_events_per_second() -> float:
    """The same six events as Graph's bytes: decoded and stepped."""
    plan, given = plan_of(ONE_TRANSFER), bodies()
    name = digest(plan)

    def fire(calls: list[Session], event: str) -> None:
        body = given[event]
        for at, session in enumerate(calls):
            for fact in decode_notification(body, 1_000, 0):
                calls[at] = step(plan, session, fact).session

    machines = Machines(lambda n: [new_session(f"s{at}", name, plan) for at in range(n)], fire, is_finished)
    return events_per_second(machines, CALLS)


def waiting_session(plan: Plan, name: str, number: int) -> Session:
    """A call that waits while a consult leg rings and music plays, with ids as long as Graph's."""
    session = new_session(guid(number), name, plan)
    caller, called = Party("user", guid(1), TENANT, "Adele Vance"), Party("resource account", guid(2), TENANT)
    for fact in (
        Incoming(1_790_000_000_000, guid(3), caller, called, "peer", TENANT, guid(4), guid(5)),
        CallUpdated(1_790_000_000_500, 0, guid(3), "established"),
        CallUpdated(1_790_000_000_700, 0, guid(3), "established", audio="active"),
        CallUpdated(1_790_000_000_900, 1, guid(6), "ringing"),
    ):
        session = step(plan, session, fact).session
    return session


def stored_bytes() -> float:
    """Bytes of one waiting call with one consult leg in its stored form."""
    plan = plan_of(CONSULT)
    return float(len(encode(waiting_session(plan, digest(plan), 1))))


def session_bytes() -> float | None:
    """Resident memory of one such call in its stored form, over 100,000 of them."""
    plan = plan_of(CONSULT)
    name = digest(plan)
    encode(waiting_session(plan, name, 1))
    before = resident_bytes()
    kept = {guid(at): encode(waiting_session(plan, name, at)) for at in range(STORED_CALLS)}
    after = resident_bytes()
    return None if before is None or after is None else (after - before) / len(kept)


def check_words(folder: Path) -> list[str]:
    """`flowlang check` on a flow of about 500 lines, with nothing kept, made of the shapes that flows are made of."""
    lines = ['flow 1 "Bench"', 'contact desk = +4989777777 "Desk"', "on answered: goto s0", "on failed: hang up", ""]
    for at in range(45):
        lines += [
            f"stage s{at}:",
            '    on enter: play "https://bot.example/hold.wav" repeating',
            "    on tone 1:",
            '        consult desk for 20s playing "https://bot.example/hold.wav"',
            "        transfer replacing consult:",
            "            on 500/7700: retry up to 2 times after 3s",
            '            on busy, no answer: log "busy {caller.number}" then hang up',
            "            otherwise: hang up",
            f"    on tone 2: goto s{(at + 1) % 45}",
            "    after 5m: hang up",
            "",
        ]
    file = folder / "bench.flow"
    file.write_text("\n".join(lines), encoding="utf-8")
    return [sys.executable, "-m", "flowlang", "check", "--no-cache", str(file)]


def check_seconds() -> float:
    """A whole process of `flowlang check` on a flow of about 500 lines, by `bench.cold.seconds`."""
    with tempfile.TemporaryDirectory() as folder:
        return cold.seconds(check_words(Path(folder)))


def notification_cost(waiting: int) -> float:
    """Seconds for one notification while `waiting` other calls are up: found, read, stepped, put back."""
    plan = plan_of(CONSULT)
    name = digest(plan)
    calls = {guid(at): encode(waiting_session(plan, name, at)) for at in range(max(waiting, 1))}
    body = bodies()["establishing"]
    order = random.Random(1)
    names = order.choices(list(calls), k=NOTIFICATIONS)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for call in names:
            session = decode(Session, calls[call])
            for fact in decode_notification(body, 1_790_000_001_000, 1):
                session = step(plan, session, fact).session
            calls[call] = encode(session)
        best = min(best, (time.perf_counter() - start) / len(names))
    return best
