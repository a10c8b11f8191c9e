"""Versions of flows, and hours that are opened or closed by hand."""

from typing import Any

import anyio
import pytest

from flowlang.admin.events import EventLog
from flowlang.store.base import Deployed
from tests.admin.rig import QUEUE, Rig
from tests.flowtext import plan_of

NEWER = QUEUE.replace("hold.wav", "newer.wav")
OPEN = "on answered during office: transfer to bob\non answered: hang up\non failed: hang up"


async def did(rig: Rig, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    async with rig.client() as client:
        answer = await client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def deployed() -> tuple[Rig, str, str]:
    """A rig with two versions of one flow: the older and the newer one."""
    rig = Rig()
    older = rig.flows.serving()["queue"].newest.digest
    rig.now_ms += 60_000
    newer = rig.flows.deploy("queue", plan_of(NEWER))
    assert newer is not None
    return rig, older, newer.digest


def test_versions_are_listed_the_latest_first() -> None:
    rig, older, newer = deployed()
    (flow,) = anyio.run(did, rig, "GET", "/v1/flows")
    assert (flow["name"], flow["title"], flow["trouble"]) == ("queue", "test", "")
    assert [(one["digest"], one["is_active"], one["share_percent"]) for one in flow["versions"]] == [
        (newer, True, 100), (older, False, 0)
    ]  # fmt: skip
    assert flow["versions"][1]["since"] == "2026-01-19T12:00:00Z"


def test_a_roll_back_counts_for_new_calls_and_is_told() -> None:
    rig, older, newer = deployed()
    rig.call(name="before")
    flow = anyio.run(did, rig, "POST", "/v1/flows/queue/rollback")
    assert [(one["digest"], one["is_active"]) for one in flow["versions"]] == [(older, True), (newer, False)]
    assert flow["versions"][0]["by"] == "this machine"
    rig.call(name="after")
    assert [one.session.plan for one in map(rig.store.listed, ("before", "after")) if one] == [newer, older]
    (event,) = [one for one in rig.log.latest() if one.kind == "flow deployed"]
    assert (event.text, event.details) == (
        f"queue {older[:8]}, by this machine", {"flow": "queue", "version": older}
    )  # fmt: skip
    assert rig.audited[0][1:] == ("roll back", "", {"flow": "queue", "outcome": "asked"})


def test_a_version_is_used_again_by_the_beginning_of_its_name() -> None:
    rig, older, _ = deployed()
    flow = anyio.run(did, rig, "POST", "/v1/flows/queue/activate", {"digest": older[:8]})
    assert flow["versions"][0]["digest"] == older


def test_a_share_of_the_calls() -> None:
    rig, older, newer = deployed()
    anyio.run(did, rig, "POST", "/v1/flows/queue/activate", {"digest": older})
    flow = anyio.run(did, rig, "PUT", "/v1/flows/queue/share", {"digest": newer, "percent": 25})
    assert {one["digest"]: (one["is_active"], one["share_percent"]) for one in flow["versions"]} == {
        newer: (False, 25), older: (True, 75)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/flows/none/rollback", None, 404, "not_found"),
        ("POST", "/v1/flows/queue/activate", {"digest": "zz"}, 409, "no_version"),
        ("POST", "/v1/flows/queue/activate", {"digest": ""}, 409, "no_version"),
        ("PUT", "/v1/flows/queue/share", {"digest": "a", "percent": 101}, 422, "wrong"),
        ("PUT", "/v1/flows/queue/share", {"digest": "a", "percent": 0}, 422, "wrong"),
    ],
)
def test_versions_that_are_not_there(method: str, path: str, body: Any, status: int, code: str) -> None:
    rig, _, newer = deployed()
    assert anyio.run(did, rig, method, path, body, status)["error"]["code"] == code
    assert rig.flows.serving()["queue"].newest.digest == newer


def test_a_flow_without_an_older_version_stays() -> None:
    assert anyio.run(did, Rig(), "POST", "/v1/flows/queue/rollback", None, 409)["error"]["code"] == "no_version"


def test_a_flow_whose_file_is_broken_is_named_with_what_is_wrong() -> None:
    rig = Rig()
    rig.desk._answering = rig.desk._answering._replace(
        numbers=lambda: {"queue": ("+15550100",)},
        troubles=lambda: {"queue": "queue.flow:3: no", "new": "new.flow:1: x"},
    )
    new, queue = anyio.run(did, rig, "GET", "/v1/flows")
    assert (new["name"], new["trouble"], new["versions"]) == ("new", "new.flow:1: x", [])
    assert (queue["answers"], queue["trouble"]) == (["+15550100"], "queue.flow:3: no")
    assert len(queue["versions"]) == 1


# ---------------------------------------------------------------- hours


def test_hours_are_closed_by_hand_until_a_time_and_calls_hear_of_it() -> None:
    rig = Rig({"queue": OPEN})
    assert anyio.run(did, rig, "GET", "/v1/hours") == [
        {
            "name": "office", "flow": "queue", "is_open": True, "by": "", "until": None, "is_open_by_plan": True,
            "changes_at": "2026-01-19T17:00:00Z", "zone": "Europe/Berlin",
        }
    ]  # fmt: skip
    order = {"is_open": False, "until": "2026-01-19T15:00:00+01:00"}
    (hours,) = anyio.run(did, rig, "PUT", "/v1/hours/office", order)
    assert hours == {
        "name": "office", "flow": "queue", "is_open": False, "by": "this machine", "until": "2026-01-19T14:00:00Z",
        "is_open_by_plan": True, "changes_at": "2026-01-19T14:00:00Z", "zone": "Europe/Berlin",
    }  # fmt: skip
    assert rig.audited[0][3] == {
        "hours": "office", "is_open": "no", "until": "2026-01-19T15:00:00+01:00", "outcome": "asked"
    }  # fmt: skip
    (event,) = [one for one in rig.log.latest() if one.kind == "hours switched"]
    assert event.text == "office are closed until 2026-01-19T14:00+00:00, by this machine"
    assert event.details == {"hours": "office", "state": "closed"}
    rig.now_ms += 3 * 3_600_000
    assert anyio.run(did, rig, "GET", "/v1/hours")[0]["by"] == ""


def test_hours_go_back_to_their_plan() -> None:
    rig = Rig({"queue": OPEN})
    anyio.run(did, rig, "PUT", "/v1/hours/office", {"is_open": False})
    assert anyio.run(did, rig, "GET", "/v1/hours")[0]["is_open"] is False
    (hours,) = anyio.run(did, rig, "DELETE", "/v1/hours/office")
    assert (hours["is_open"], hours["by"]) == (True, "")
    assert anyio.run(did, rig, "DELETE", "/v1/hours/office", None, 409)["error"]["code"] == "not_by_hand"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/hours/never", {"is_open": True}, 404),
        ("/v1/hours/office", {"is_open": True, "until": "2026-01-19T11:00:00Z"}, 422),
        ("/v1/hours/office", {"is_open": True, "until": "2026-01-19T13:00:00"}, 422),
        ("/v1/hours/office", {"is_open": True, "until": "0001-01-01T00:00:00+23:00"}, 422),
        ("/v1/hours/office", {"is_open": "perhaps"}, 422),
        ("/v1/hours/office", {}, 422),
    ],
)
def test_hours_that_make_no_sense(path: str, body: Any, status: int) -> None:
    rig = Rig({"queue": OPEN})
    anyio.run(did, rig, "PUT", path, body, status)
    assert rig.store.switched() == []


def test_logs_and_metrics_hear_once_of_versions_that_are_put_to_work() -> None:
    told: list[Deployed] = []
    log = EventLog(lambda: 1_000, also=told.append)
    log.deployed(Deployed("reception", 1, "d", 0, 100, "eve"), "for people")
    assert [(one.flow, one.by) for one in told] == [("reception", "eve")]
    assert [one.text for one in log.latest()] == ["for people"]
