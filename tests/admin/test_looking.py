"""Looking at calls: lists, pages, one call, its journal, figures and health."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from flowlang.admin.shapes import CheckView
from flowlang.call.facts import Incoming, Started
from flowlang.codec import encode
from flowlang.runtime.worker import start_of
from flowlang.store.base import Arrival, Parked, StoreError
from flowlang.store.sqlite import SqliteStore
from flowlang.tools.serve_ladder import stored_ladder
from tests.admin.rig import Rig
from tests.engine.bed import ALICE, CALLED


async def got(rig: Rig, path: str, status: int = 200, /, **query: str) -> Any:
    async with rig.client() as client:
        answer = await client.get(path, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["calls"]]


def rig_with_calls() -> Rig:
    rig = Rig()
    rig.call(name="waiting")
    rig.call("incoming -> *\nestablished -> *\nover 200/4521 -> *", name="finished")
    rig.call(name="resting")
    rig.store.park(Parked("resting", rig.now_ms, "ValueError: +15550100"))
    return rig


def test_calls_by_state() -> None:
    async def main() -> None:
        rig = rig_with_calls()
        assert ids(await got(rig, "/v1/calls")) == ["resting", "finished", "waiting"]
        assert ids(await got(rig, "/v1/calls", state="live")) == ["waiting"]
        assert ids(await got(rig, "/v1/calls", state="over")) == ["finished"]
        page = await got(rig, "/v1/calls", state="parked")
        assert ids(page) == ["resting"]
        assert page["calls"][0]["reason"] == "ValueError: +15550100"

    anyio.run(main)


def test_a_parked_call_shows_who_calls_also_where_it_had_not_begun() -> None:
    async def main() -> None:
        rig = rig_with_calls()
        unread = Arrival("early", "notification", b"no JSON", rig.now_ms, begins=True)
        incoming = Incoming(rig.now_ms, "early", ALICE, CALLED)
        begins = Arrival("early", "fact", encode(incoming), rig.now_ms, begins=True)
        starts = start_of("placed", "queue", Started(rig.now_ms, (), "chain"))
        rig.store.arrive([unread, begins, starts])
        for later, name in enumerate(("early", "placed"), 1):
            rig.store.park(Parked(name, rig.now_ms + later, "ValueError"))
        page = await got(rig, "/v1/calls", state="parked")
        assert [(one["id"], one["direction"], one["flow"]) for one in page["calls"]] == [
            ("placed", "outgoing", "queue"), ("early", "incoming", ""), ("resting", "incoming", "queue"),
        ]  # fmt: skip
        assert [(one["caller"] or {}).get("id") for one in page["calls"]] == [None, ALICE.id, "+4989123456"]
        assert page["calls"][1]["called"]["id"] == CALLED.id
        assert (await got(rig, "/v1/calls/early"))["call"]["caller"]["name"] == "Alice"
        assert ids(await got(rig, "/v1/calls", state="parked", who=ALICE.id)) == ["early"]
        assert ids(await got(rig, "/v1/calls", state="parked", flow="queue")) == ["placed", "resting"]

    anyio.run(main)


def test_calls_by_flow_and_by_who_calls() -> None:
    async def main() -> None:
        rig = rig_with_calls()
        rig.call("incoming alice -> *", name="of-alice")
        assert ids(await got(rig, "/v1/calls", who="A11CE000-0000-4000-8000-000000000001")) == ["of-alice"]
        assert ids(await got(rig, "/v1/calls", who="+4989123456", state="live")) == ["waiting"]
        assert len(ids(await got(rig, "/v1/calls", flow="queue"))) == 4
        assert ids(await got(rig, "/v1/calls", flow="another")) == []

    anyio.run(main)


def test_a_call_that_was_placed_shows_whom_it_called() -> None:
    async def main() -> None:
        rig = Rig()
        async with rig.client() as client:
            started = (await client.post("/v1/flows/queue/start")).json()["call_id"]
        (call,) = (await got(rig, "/v1/calls"))["calls"]
        assert (call["id"], call["caller"], call["direction"]) == (started, None, "outgoing")
        assert call["standing"] == "rings Alice"
        assert call["called"]["name"] == "Alice"
        assert ids(await got(rig, "/v1/calls", who=call["called"]["id"])) == [started]

    anyio.run(main)


def test_pages_hold_every_call_once() -> None:
    async def main() -> None:
        rig = Rig()
        for at in range(7):
            rig.call("incoming -> *", name=f"call-{at}")
        for at in range(5):
            rig.store.park(Parked(f"call-{at}", at, "why"))
        for state, count in (("", 7), ("live", 2), ("parked", 5)):
            found: list[str] = []
            before = ""
            for _ in range(10):
                chosen = {"state": state} if state else {}
                page = await got(rig, "/v1/calls", 200, limit="2", before=before, **chosen)
                found += ids(page)
                before = page["next"]
                if not before:
                    break
            assert len(found) == len(set(found)) == count

    anyio.run(main)


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({"state": "asleep"}, "state"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"before": "x"}, "x is no page"),
        ({"before": "9" * 30}, "is no page"),
        ({"before": "\u0663"}, "is no page"),
    ],
)
def test_what_makes_no_sense_is_told(query: dict[str, str], part: str) -> None:
    async def main() -> None:
        error = (await got(Rig(), "/v1/calls", 422, **query))["error"]
        assert error["code"] == "wrong"
        assert part in error["message"]

    anyio.run(main)


def test_one_call_by_the_beginning_of_its_id() -> None:
    async def main() -> None:
        rig = Rig()
        rig.call(name="abcd-1111")
        rig.call(name="abcd-2222")
        assert (await got(rig, "/v1/calls/abcd-1"))["call"]["id"] == "abcd-1111"
        assert (await got(rig, "/v1/calls/abcd", 409))["error"]["code"] == "ambiguous"
        assert (await got(rig, "/v1/calls/abc", 404))["error"]["message"] == "there is no call abc"
        assert (await got(rig, "/v1/calls/zzzz", 404))["error"]["code"] == "not_found"

    anyio.run(main)


def test_an_id_may_hold_anything() -> None:
    async def main() -> None:
        rig = Rig()
        rig.call(name="desk/7 ?#é")
        found = await got(rig, "/v1/calls/desk%2F7%20%3F%23%C3%A9")
        assert found["call"]["id"] == "desk/7 ?#é"
        assert (await got(rig, "/v1/calls/desk/7%20%3F%23%C3%A9/journal"))["entries"]

    anyio.run(main)


def test_one_call_in_words() -> None:
    async def main() -> None:
        rig = Rig()
        rig.call("incoming -> *\nestablished -> *\naudio -> *\ntone 1 -> *")
        found = await got(rig, "/v1/calls/call-one")
        assert found["call"]["standing"] == "transfers to Bob"
        assert (found["step"], found["place"], found["facts"]) == ("transfer", "test.flow:10", 4)
        (leg,) = found["legs"]
        assert (leg["name"], leg["party"]["id"], leg["state"]) == ("caller", "+4989123456", "established")
        assert any(one["kind"] == "bound" for one in found["timers"])
        assert found["waiting_requests"] > 0

    anyio.run(main)


def test_a_call_that_is_over_says_how() -> None:
    async def main() -> None:
        rig = rig_with_calls()
        found = await got(rig, "/v1/calls/finished")
        assert found["call"]["state"] == "over"
        assert found["call"]["standing"].startswith("over: hung up")
        assert (found["step"], found["place"]) == ("", "")
        assert found["call"]["over_at"] > found["call"]["began_at"]

    anyio.run(main)


def test_detail_and_ladder_tell_the_same_end_of_a_leg_that_was_gone_when_it_was_hung_up() -> None:
    """Graph gives up ringing at the same moment as the flow: the DELETE finds nothing, and the news comes after it."""

    async def main() -> None:
        rig = Rig({"queue": 'on answered: consult bob for 18s\nif that fails: log "no" then transfer to alice'})
        rig.call(
            """incoming -> *
            established -> *
            answers create/1 201 -> *
            leg1 establishing -> *
            due ring -> *
            answers delete/1 404/8522 -> *
            leg1 over 487/10004 -> *
            leg1 over 487/10004 -> *
            transferring -> *
            over 200/7015 -> *""",
            name="rang-out",
        )
        found = await got(rig, "/v1/calls/rang-out")
        plan = rig.flows.plan(rig.flows.serving()["queue"].newest.digest)
        assert plan is not None
        ladder = stored_ladder(plan, rig.store.journal("rang-out"))
        assert [(one["name"], one["result"]) for one in found["legs"]] == [
            ("caller", "200/7015 transfer completed"), ("", "487/10004 no answer"),
        ]  # fmt: skip
        assert "hang up 404" in ladder
        assert ladder.count("─ 487/10004 ─") == 1
        assert "404/8522" not in ladder

    anyio.run(main)


def test_a_call_whose_first_news_broke_the_engine_is_shown() -> None:
    async def main() -> None:
        rig = Rig()
        rig.store.arrive([Arrival("broken", "notification of nothing", b"?", rig.now_ms, begins=True)])
        rig.work()
        found = await got(rig, "/v1/calls/broken")
        assert found["call"]["state"] == "parked"
        assert "unknown kind" in found["call"]["reason"]
        assert (await got(rig, "/v1/calls/broken/journal"))["entries"] == []
        assert (await got(rig, "/v1/calls/broken/ladder", 409))["error"]["code"] == "no_ladder"

    anyio.run(main)


def test_a_call_that_nobody_answers_is_shown() -> None:
    async def main() -> None:
        rig = Rig({"other": "on answered: hang up"})
        rig.store.arrive([Arrival("stray", "fact", b'["Incoming",5,"c",["P","phone","+15550100"],["P","bot","b"]]', 5,
                                  begins=True)])  # fmt: skip
        rig.work()
        call = (await got(rig, "/v1/calls/stray"))["call"]
        assert (call["standing"], call["flow"], call["caller"]["kind"]) == ("over: no flow answers", "", "phone")
        assert call["began_at"] == call["over_at"] is not None

    anyio.run(main)


def test_the_journal_page_by_page() -> None:
    async def main() -> None:
        rig = Rig()
        rig.call("incoming -> *\nestablished -> *\naudio -> *\ntone 5 -> *")
        first = await got(rig, "/v1/calls/call-one/journal", limit="3")
        assert [one["words"] for one in first["entries"]] == [
            "+4989123456 calls c0000000-0000-4000-8000-000000000003",
            "the caller's leg is established",
            "the caller's leg is established, sound active",
        ]
        assert first["entries"][0]["at"] == "2026-01-19T12:00:00.010000Z"
        assert first["entries"][0]["fact"][0] == "Incoming"
        second = await got(rig, "/v1/calls/call-one/journal", limit="3", after=str(first["next"]))
        assert [one["words"] for one in second["entries"]] == ["key 5 on the caller's leg"]
        assert second["next"] == 0

    anyio.run(main)


def test_the_ladder_is_text() -> None:
    async def main() -> None:
        rig = Rig()
        rig.call()
        async with rig.client() as client:
            answer = await client.get("/v1/calls/call-one/ladder")
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text == "test: 2 facts, +15550100 calls\n"

    anyio.run(main)


def test_figures() -> None:
    async def main() -> None:
        rig = rig_with_calls()
        figures = await got(rig, "/v1/figures")
        assert (figures["live"], figures["over"], figures["parked"]) == (2, 1, 1)

    anyio.run(main)


# ---------------------------------------------------------------- health


def test_ready_says_what_is_not_well() -> None:
    async def main() -> None:
        rig = Rig()
        assert (await got(rig, "/health/live"))["is_ok"] is True
        assert (await got(rig, "/health/ready"))["is_ok"] is True

        async def checks() -> list[CheckView]:
            return [CheckView(name="token", is_ok=False, detail="no token for the tenant")]

        rig.desk._around = rig.desk._around._replace(checks=checks)
        found = await got(rig, "/health/ready", 503)
        assert found["is_ok"] is False
        assert [one["name"] for one in found["checks"] if not one["is_ok"]] == ["token"]

    anyio.run(main)


def test_a_backlog_is_not_ready() -> None:
    async def main() -> None:
        rig = Rig()
        rig.store.arrive([Arrival(f"c{at}", "notification", b"", 1, begins=True) for at in range(5_001)])
        assert (await got(rig, "/health/ready", 503))["checks"][1] == {
            "name": "inbox", "is_ok": False, "detail": "5001 wait"
        }  # fmt: skip

    anyio.run(main)


def test_a_store_that_is_away_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(str(tmp_path / "calls.db"))
        rig = Rig(store=store)
        rig.call()
        rig.call(name="call-two")
        store.close()
        for path in ("/v1/calls", "/v1/calls/call-one", "/v1/calls/call-one/journal"):
            assert (await got(rig, path, 503))["error"]["code"] == "away"

    async def refuses() -> None:
        rig = Rig()
        rig.call()

        def broken(*_given: object) -> None:
            raise StoreError("disk full")

        rig.store.arrive = broken  # type: ignore[method-assign, assignment]
        rig.store.counts = broken  # type: ignore[method-assign, assignment]
        async with rig.client() as client:
            answer = await client.post("/v1/calls/call-one/transfer", json={"kind": "phone", "id": "+15550123"})
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert (await client.get("/health/ready")).json()["checks"][0]["is_ok"] is False

    anyio.run(main)
    anyio.run(refuses)
