"""`flowlang serve` on a disk that takes nothing more: what is not written is not claimed, and comes again."""

import resource
import shutil
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.engine.step import is_finished
from flowlang.store.sqlite import SqliteStore
from tests.serve.processes import Process, Town, town, until

ROOT: Final = Path(__file__).parents[2]
ROOM_BYTES: Final = 4_096  # a file may be so long: the log of the database is longer already
ENDLESS: Final = resource.RLIM_INFINITY
HAS_PRLIMIT: Final = hasattr(resource, "prlimit")
NEEDS_PRLIMIT: Final = pytest.mark.skipif(not HAS_PRLIMIT, reason="only Linux can do that to another process")


def may_write(service: Process, up_to_bytes: int) -> None:
    """From now on the system refuses to write more of any file, as it does when there is no more room."""
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (up_to_bytes, ENDLESS))


def refused(one: Town) -> list[dict[str, Any]]:
    """Notifications that the service could not take."""
    return [row for row in one.sim.get("/sim/complaints")["complaints"] if row["status"] == 503]


def is_ready(one: Town) -> tuple[bool, str]:
    """What the health page says, with its reasons."""
    answer = httpx.get(f"{one.admin.url}/health/ready", timeout=10, trust_env=False)
    assert answer.status_code == (200 if answer.json()["is_ok"] else 503)
    return answer.status_code == 200, " ".join(
        [f"{c['name']} {c['detail']}" for c in answer.json()["checks"] if not c["is_ok"]]
    )


def writable(one: Town) -> float:
    lines = one.admin.text("/metrics").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("flowlang_store_writable ")))


@NEEDS_PRLIMIT
def test_a_disk_without_room_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows" / "prompts", tmp_path / "flows" / "prompts")
    shutil.copy(ROOT / "flows" / "consult.flow", tmp_path / "flows")
    with town(tmp_path) as one:
        service = one.start()
        calls = [one.call() for _ in range(3)]
        until(lambda: one.admin.get("/v1/figures")["live"] == len(calls))
        may_write(service, ROOM_BYTES)
        calls += [one.call() for _ in range(3)]
        until(lambda: refused(one))
        until(lambda: not is_ready(one)[0])
        told_why = is_ready(one)[1]
        until(lambda: writable(one) == 0)
        told_503 = {row["call_id"] for row in refused(one)}
        may_write(service, ENDLESS)
        until(lambda: is_ready(one)[0] and writable(one) == 1)
        ends = {call: one.told(call) for call in calls}
        until(lambda: one.admin.get("/v1/figures")["to_send"] == 0)
        figures = one.admin.get("/v1/figures")
        one.kill()
    assert (figures["live"], figures["parked"], figures["inbox"]) == (0, 0, 0)
    assert told_503 & set(calls)
    assert "store" in told_why
    assert "cannot be written" in told_why
    for view, lines in ends.values():
        assert view["ending"]["word"] == "transferred", lines
        for operation in ("answer", "create", "transfer"):
            taken = [row for row in lines if row["text"].split()[0] == operation and row["status"] in (201, 202)]
            assert len([row for row in taken if row["kind"] == "request"]) == 1, lines
        news = [row for row in lines if row["kind"] == "notification" and row["text"] == "incoming"]
        assert [row["status"] for row in news][-1] == 202
    assert any("cannot be written" in line for line in one.err), one.err
    assert not any("Traceback" in line for line in one.err)
    store = SqliteStore(str(tmp_path / "calls.db"), read_only=True)
    over = {call.call_id: is_finished(decode(Session, call.state)) for call in store.calls(20, over=True)}
    store.close()
    assert over == dict.fromkeys(calls, True)


@NEEDS_PRLIMIT
def test_an_operator_hangs_up_on_a_full_disk(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows" / "prompts", tmp_path / "flows" / "prompts")
    waits = "on answered: wait 10m then hang up\non failed: hang up\n"
    (tmp_path / "flows" / "consult.flow").write_text(waits, encoding="utf-8")
    with town(tmp_path) as one:
        service = one.start()
        call = one.call()
        until(lambda: one.admin.get("/v1/figures")["live"] == 1)
        until(lambda: one.admin.get(f"/v1/calls/{call}")["step"] == "wait")
        may_write(service, 0)
        taken = one.admin.post(f"/v1/calls/{call}/hangup")
        until(lambda: one.sim.get(f"/sim/calls/{call}")["call"]["ending"] is not None)
        ending = one.sim.get(f"/sim/calls/{call}")["call"]["ending"]["word"]
        may_write(service, ENDLESS)
        until(lambda: one.admin.get("/v1/figures")["live"] == 0)
        one.kill()
    assert taken["is_direct"] is True
    assert "its lines are on the standard error" in taken["note"]
    assert ending == "hung up"
    audit = {line for line in one.err if '"what": "hang up"' in line}
    assert len(audit) == 2, one.err
    assert not any("Traceback" in line for line in one.err)
