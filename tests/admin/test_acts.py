"""Acting on calls: what gets into the call, what is refused, and what stands in the audit log."""

import json
import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from flowlang.admin import app
from flowlang.admin.access import token_of
from flowlang.admin.audit import AuditFile
from flowlang.call import facts
from flowlang.call.commands import HangUp
from flowlang.codec import decode
from flowlang.runtime.worker import hang_ups
from flowlang.store.base import Arrival, Parked
from tests.admin.rig import MONDAY_NOON_MS, Rig

EVE = token_of("eve", "operator", "operator-token-0123456789")
HEIDI = {"kind": "user", "id": "550fae72-d251-43ec-868c-373732c2704f", "name": "Heidi Steen"}


async def did(rig: Rig, method: str, path: str, body: Any = None, status: int = 202) -> Any:
    async with rig.client("operator-token-0123456789") as client:
        answer = await client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def last_fact(rig: Rig, name: str = "call-one") -> facts.Fact:
    return decode(tuple, rig.store.journal(name)[-1].fact)  # type: ignore[return-value]


def standing(rig: Rig, name: str = "call-one") -> str:
    async def look() -> str:
        return (await rig.desk.call(name)).call.standing

    return anyio.run(look)


def test_hanging_up_is_a_fact_in_the_journal_with_who_did_it() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup") == {
        "call_id": "call-one", "note": "", "is_direct": False,
    }  # fmt: skip
    assert last_fact(rig) == facts.OperatorHungUp(rig.now_ms, "eve", frozenset(("office",)))
    assert standing(rig) == "hangs up"
    assert [one[:3] for one in rig.audited] == [("eve", "hang up", "call-one")] * 2
    assert [one[3]["outcome"] for one in rig.audited] == ["asked", "taken"]


def test_a_transfer_by_hand_goes_to_whom_it_names() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    anyio.run(did, rig, "POST", "/v1/calls/call-one/transfer", HEIDI)
    fact = last_fact(rig)
    assert isinstance(fact, facts.OperatorTransferred)
    assert fact.target[:4] == ("user", HEIDI["id"], "72f988bf-86f1-41af-91ab-2d7cd011db47", "Heidi Steen")
    assert standing(rig) == "transfers to Heidi Steen"


def test_an_order_that_has_to_wait_says_what_for() -> None:
    rig = Rig(tokens=[EVE])
    rig.call("incoming -> *\nestablished -> *\ntone 1 -> *")
    taken = anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup")
    assert taken["note"] == "the call transfers to Bob; that cannot be taken back and is waited for"


def test_the_beginning_of_an_id_is_not_enough_to_act() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    assert anyio.run(did, rig, "POST", "/v1/calls/call/hangup", None, 404)["error"]["code"] == "not_found"
    assert rig.audited[-1][3]["outcome"] == "not_found"


@pytest.mark.parametrize(
    ("script", "act", "code"),
    [
        ("incoming -> *\nestablished -> *\nover 200/4521 -> *", "hangup", "over"),
        ("incoming -> *\nestablished -> *\nover 200/4521 -> *", "transfer", "over"),
        ("incoming group -> *\nestablished -> *", "transfer", "group_call"),
        ("incoming group -> *\nestablished -> *", "hangup", ""),
        ("incoming -> *", "transfer", ""),
        ("started -> *\nanswers create 201 -> *", "transfer", "not_up"),
        ("started -> *\nanswers create 201 -> *", "hangup", ""),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(script: str, act: str, code: str) -> None:
    rig = Rig(tokens=[EVE])
    rig.call(script)
    count = len(rig.store.journal("call-one"))
    body = {"id": "+15550123"} if act == "transfer" else None
    answer = anyio.run(did, rig, "POST", f"/v1/calls/call-one/{act}", body, 409 if code else 202)
    assert answer.get("error", {}).get("code", "") == code
    assert (len(rig.store.journal("call-one")) == count) == bool(code)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "5550123"}, {"id": "+0123456"}, {"id": "+1555012x"}, {"kind": "user", "id": "+15550123"},
        {"kind": "user", "id": "550fae72"}, {**HEIDI, "tenant_id": "mine"}, {"id": "+15550123\n"}, {"id": "+١٢٣٤٥٦٧"},
        {"kind": "anonymous", "id": "+15550123"}, {"id": "+15550123", "replacing": "x"}, {}, [], "x",
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_dialled_is_told(body: Any) -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/transfer", body, 422)["error"]["code"] == "wrong"
    assert len(rig.store.journal("call-one")) == 2


def test_a_call_that_ends_at_that_very_moment() -> None:
    """The inbox takes nothing for a call that is over, whatever was read before."""
    rig = Rig(tokens=[EVE])
    bed = rig.call()
    take = rig.take

    async def late(arrivals: Any) -> list[bool]:
        bed.run("over 200/4521 -> *")
        return await take(arrivals)

    rig.desk._around = rig.desk._around._replace(take=late)
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup", None, 409)["error"]["code"] == "over"


# ---------------------------------------------------------------- start, inject, retry


def test_a_flow_is_started_with_values() -> None:
    flow = 'let who = "nobody"\nlet tries = 1\non start: call alice then play "{who}.wav"\non failed: hang up'
    rig = Rig({"back": flow.replace('play "{who}.wav"', 'log "{who}"')}, [EVE])
    taken = anyio.run(did, rig, "POST", "/v1/flows/back/start", {"values": {"who": "Heidi", "tries": 3}})
    assert taken["call_id"] == "started-1"

    async def look() -> dict[str, str]:
        return (await rig.desk.call("started-1")).variables

    assert anyio.run(look) == {"who": "Heidi", "tries": "3"}


@pytest.mark.parametrize(
    ("flow", "body", "status", "code"),
    [
        ("nothing", {}, 404, "not_found"),
        ("queue", {"values": {"who": 1}}, 422, "wrong"),
        ("queue", {"values": {"who": [1]}}, 422, "wrong"),
        ("plain", {}, 409, "no_start"),
        ("back", {"values": {"tries": 2**70}}, 422, "wrong"),
    ],
)
def test_a_flow_that_cannot_be_started_so(flow: str, body: Any, status: int, code: str) -> None:
    flows = {
        "queue": "on start: call alice\non failed: hang up",
        "plain": "on answered: hang up",
        "back": 'let tries = 1\non start: call alice then log "{tries}"\non failed: hang up',
    }
    rig = Rig(flows, [EVE])
    assert anyio.run(did, rig, "POST", f"/v1/flows/{flow}/start", body, status)["error"]["code"] == code
    assert rig.store.counts().live == 0


def test_a_fact_is_injected_only_where_graph_is_simulated() -> None:
    order = {"fact": ["CallUpdated", 0, 0, "call-0", "terminated", ["R", 200, 4521], "", True]}
    rig = Rig(tokens=[EVE], is_simulated=False)
    rig.call()
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/facts", order, 403)["error"]["code"] == "not_simulated"
    rig = Rig(tokens=[EVE])
    rig.call()
    anyio.run(did, rig, "POST", "/v1/calls/call-one/facts", order)
    assert rig.store.counts().over == 1
    entry = rig.store.journal("call-one")[-1]
    assert entry.at_ms == rig.now_ms


@pytest.mark.parametrize(
    "fact",
    [
        [],
        ["Nothing", 1],
        ["P", "phone", "+15550100"],
        ["CallUpdated"],
        ["Ignored", "x", "y"],
        [1, 2],
        ["", 1],
        ["#", 1],
    ],
)
def test_what_is_no_fact_is_told(fact: list[Any]) -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/facts", {"fact": fact}, 422)["error"]["code"] == "wrong"


def test_a_parked_call_goes_on_when_it_is_let() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    rig.store.park(Parked("call-one", rig.now_ms, "a bug"))
    rig.store.arrive([Arrival("call-one", "fact", b'["Ignored",5,"x"]', rig.now_ms)])
    rig.work()
    count = len(rig.store.journal("call-one"))
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup", None, 409)["error"]["code"] == "parked"
    anyio.run(did, rig, "POST", "/v1/calls/call-one/retry")
    assert (rig.woken, len(rig.store.journal("call-one"))) == (1, count + 1)
    assert anyio.run(did, rig, "POST", "/v1/calls/call-one/retry", None, 409)["error"]["code"] == "not_parked"
    assert anyio.run(did, rig, "POST", "/v1/calls/none/retry", None, 404)["error"]["code"] == "not_found"


# ---------------------------------------------------------------- audit


def test_what_cannot_be_written_down_is_not_done() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    rig.is_audit_full = True
    error = anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup", None, 503)["error"]
    assert error["code"] == "away"
    assert "nothing was done" in error["message"]
    assert len(rig.store.journal("call-one")) == 2


def test_an_act_that_was_done_is_not_denied_because_the_second_line_is_lacking() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    lines = 0
    audit = rig.audit

    async def full_then(*given: Any) -> bool:
        nonlocal lines
        lines += 1
        rig.is_audit_full = lines > 1
        return await audit(*given)

    rig.app.state.house = rig.app.state.house._replace(audit=full_then)
    anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup")
    assert isinstance(last_fact(rig), facts.OperatorHungUp)


def test_the_audit_file_is_appended_to_and_holds_no_number(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"

    async def main() -> None:
        for what in ("transfer", "hang up"):
            await AuditFile(str(path), lambda: MONDAY_NOON_MS)("eve", what, "call-one", {"target": "+15550123\n"})

    anyio.run(main)
    assert path.read_text().splitlines() == [
        '{"at": "2026-01-19T12:00:00.000+00:00", "who": "eve", "what": "transfer", "call": "call-one", '
        '"detail": {"target": "+15****23\\n"}}',
        '{"at": "2026-01-19T12:00:00.000+00:00", "who": "eve", "what": "hang up", "call": "call-one", '
        '"detail": {"target": "+15****23\\n"}}',
    ]
    assert path.stat().st_mode & 0o777 == 0o600


def written_elsewhere(audit: AuditFile, capsys: pytest.CaptureFixture[str]) -> str:
    """What stands on the standard error after one act."""
    assert anyio.run(audit, "eve", "hang up", "call-one", {"target": "+15550123"}) is False
    return capsys.readouterr().err


def test_a_line_for_which_there_is_no_file_goes_to_the_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "nowhere" / "audit.log")
    err = written_elsewhere(AuditFile(path, lambda: MONDAY_NOON_MS), capsys)
    assert err.startswith(f"flowlang: the audit log {path} cannot be written (No such file or directory); its line: {{")
    line = json.loads(err.partition("its line: ")[2])
    assert (line["who"], line["what"], line["call"]) == ("eve", "hang up", "call-one")
    assert "5550123" not in err


def test_a_line_for_which_there_is_no_room_goes_to_the_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.log"
    audit = AuditFile(str(path), lambda: MONDAY_NOON_MS)
    assert anyio.run(audit, "eve", "hang up", "call-one", {}) is True
    whole, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:10]))
    assert "(No space left on device); its line: {" in written_elsewhere(audit, capsys)
    assert path.read_bytes() == whole  # no half line
    monkeypatch.undo()
    assert anyio.run(audit, "eve", "hang up", "call-one", {}) is True
    assert len(path.read_text().splitlines()) == 2


def test_an_order_whose_line_is_not_in_the_audit_log_is_done_and_says_so() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    rig.is_audit_in_file = False
    taken = anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup")
    assert taken["note"] == "the audit log cannot be written: its lines are on the standard error of the service"
    assert isinstance(last_fact(rig), facts.OperatorHungUp)


# ---------------------------------------------------------------- a store that takes nothing


def test_hanging_up_works_when_the_store_cannot_be_written() -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    rig.is_store_full = True
    taken = anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup")
    assert taken["is_direct"] is True
    assert taken["note"].startswith("hung up directly at Graph; the store cannot take it now: database or disk is full")
    (session,) = rig.hung_up
    assert [(one.leg, one.call_id, type(one.act)) for one in hang_ups(session)] == [(0, "call-0", HangUp)]
    assert [one[3]["outcome"] for one in rig.audited] == ["asked", "done directly"]


@pytest.mark.parametrize(("statuses", "said"), [([0], "no answer"), ([204, 500], "204, 500"), ([], "there is no leg")])
def test_a_hang_up_that_neither_store_nor_graph_takes_is_no_success(statuses: list[int], said: str) -> None:
    rig = Rig(tokens=[EVE])
    rig.call()
    rig.is_store_full, rig.hang_up_statuses = True, statuses
    error = anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup", None, 503)["error"]
    assert error["message"].startswith("the store cannot take it now: database or disk is full; and Graph, asked")
    assert said in error["message"]


def test_a_transfer_under_way_is_not_cut_off_directly() -> None:
    rig = Rig(tokens=[EVE])
    rig.call("incoming -> *\nestablished -> *\naudio -> *\ntone 1 -> *")
    rig.is_store_full = True
    error = anyio.run(did, rig, "POST", "/v1/calls/call-one/hangup", None, 503)["error"]
    assert "that cannot be taken back" in error["message"]
    assert rig.hung_up == []


# ---------------------------------------------------------------- odd requests


@pytest.mark.parametrize("ends", [True, False])
def test_a_body_that_does_not_come_to_its_end(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes away amid it is no error of the service; whoever is slow is told so."""
    monkeypatch.setattr(app, "PATIENCE_SECONDS", 0.01)
    said: list[Any] = []

    async def receive() -> dict[str, str]:
        if ends:
            return {"type": "http.disconnect"}
        await anyio.sleep_forever()
        return {}

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/v1/calls/x/hangup", "query_string": b"", "headers": headers}
    anyio.run(Rig().app, scope, receive, send)
    assert [one["status"] for one in said[:1]] == ([] if ends else [408])


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 422), (b"[" * 50_000, 400), (b"\xff\xfe", 422), (b'{"id": "+15550123"', 422), (b"x" * 100_001, 413),
        (b'{"id": NaN}', 422), (b'"' + b"\\ud800" + b'"', 422), (b"", 422),
    ],
)  # fmt: skip
def test_bodies_that_are_none(content: bytes, status: int) -> None:
    async def main() -> None:
        rig = Rig(tokens=[EVE])
        rig.call()
        async with rig.client("operator-token-0123456789") as client:
            headers = {"Content-Type": "application/json"}
            answer = await client.post("/v1/calls/call-one/transfer", content=content, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["message"]

    anyio.run(main)


def test_paths_and_methods_that_are_none() -> None:
    assert anyio.run(did, Rig(tokens=[EVE]), "GET", "/v2/calls", None, 404)["error"]["code"] == "not_found"
    assert anyio.run(did, Rig(tokens=[EVE]), "PATCH", "/v1/calls", None, 405)["error"]["code"] == "no_such_method"
