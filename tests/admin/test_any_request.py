"""Requests made up from the API's own description: never a 5xx, and every answer is as described.

Half of them name calls, flows and hours that are there, else nearly all would be answered with 404. They come from an
operator, from a reader, and from somebody without a good token. FLOWLANG_API_CASES says how many a route; a few by
default.
"""

import json
import os
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from flowlang.admin.access import token_of
from flowlang.admin.app import OPEN
from flowlang.admin.shapes import EventView
from flowlang.store.base import Parked
from tests.admin.rig import Rig
from tests.flowtext import plan_of

CASES = int(os.environ.get("FLOWLANG_API_CASES", "10"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EVE = token_of("eve", "operator", "operator-token-0123456789")
WALL = token_of("wall board", "reader", "reader-token-0123456789")
BEARERS: Final = {
    "operator": {"Authorization": "Bearer operator-token-0123456789"},
    "reader": {"Authorization": "Bearer reader-token-0123456789"},
    "nobody": {},
    "a stranger": {"Authorization": "Bearer stranger-token-0123456789"},
}
FLOW = """
let note = "x"
on start: call alice then log "{note}"
on answered during office: consult alice then transfer replacing consult
on tone 1: transfer to bob
on failed: hang up
"""
LIVE = (
    "incoming -> *\nestablished -> *\nleg1 established -> *\nroster alice -> *\ntone 1 -> *\nanswers transfer 202 -> *"
)

RIG = Rig({"reception": FLOW, "queue": FLOW}, [EVE, WALL])
RIG.flows.deploy("queue", plan_of(FLOW.replace("bob", "carol")))
RIG.flows.deploy("reception", plan_of(FLOW.replace("bob", "carol")))
RIG.call(LIVE, name="live", flow="reception")
RIG.call("incoming -> *\nestablished -> *\nover 200/4521 -> *", name="finished", flow="reception")
RIG.call(name="resting", flow="reception")
RIG.store.park(Parked("resting", RIG.now_ms, "a bug"))
FACTS = [json.loads(entry.fact) for entry in RIG.store.journal("live")]
VERSION = RIG.flows.serving()["queue"].newest.digest
KNOWN = {"flow": ("reception", "queue"), "name": ("office",)}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@st.composite
def facts(draw: st.DrawFn) -> list[Any]:
    """A fact as it really came, with one part of it changed."""
    fact = list(draw(st.sampled_from(FACTS)))
    at = draw(st.integers(0, len(fact)))
    return [*fact[:at], draw(ANYTHING), *fact[at + draw(st.integers(0, 1)) :]]


BODIES: dict[str, st.SearchStrategy[Any]] = {
    "POST /v1/calls/{call_id}/facts": st.fixed_dictionaries({"fact": facts() | st.sampled_from(FACTS)}),
    "POST /v1/calls/{call_id}/transfer": st.sampled_from(
        [{"id": "+15550123"}, {"kind": "user", "id": "550fae72-d251-43ec-868c-373732c2704f", "name": "\x00\ufffe"}]
    ),
    "POST /v1/flows/{flow}/start": st.fixed_dictionaries(
        {"values": st.dictionaries(st.just("note"), st.none() | st.booleans() | st.integers() | st.text())}
    ),
    "POST /v1/flows/{flow}/activate": st.just({"digest": VERSION[:6]}),
    "PUT /v1/flows/{flow}/share": st.fixed_dictionaries({"digest": st.just(VERSION), "percent": st.integers(1, 100)}),
    "PUT /v1/hours/{name}": st.fixed_dictionaries(
        {"is_open": st.booleans(), "until": st.none() | st.datetimes().map(lambda at: f"{at.isoformat()}+14:00")}
    ),
    "POST /v1/people/export": st.sampled_from([{"who": "+4989123456"}, {"who": "+15550123"}]),
    "POST /v1/people/erase": st.sampled_from([{"who": "+4989123456"}, {"who": "+15550123"}]),
}


async def ended(_after: int) -> AsyncIterator[EventView | None]:
    """The stream of events, which has no end, with one: what happened so far."""
    for event in RIG.log.latest()[-3:]:
        yield event
    yield None


RIG.desk.events = ended  # type: ignore[assignment, method-assign]
schema = schemathesis.openapi.from_asgi("/openapi.json", RIG.app)
OPERATIONS: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
LIMITS = settings(
    max_examples=CASES, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_all_operations_are_here() -> None:
    described = RIG.app.openapi()["paths"].items()
    assert {one.label for one in OPERATIONS} == {
        f"{method.upper()} {path}" for path, all_ in described for method in all_
    }


def made_known(case: Any, label: str, data: st.DataObject) -> None:
    """Name what is there."""
    name = f"call-{RIG.now_ms}"
    for parameter in case.path_parameters or {}:
        if parameter == "call_id":
            RIG.call(LIVE, name=name, flow="reception")
        known = (name, "finished", "resting") if parameter == "call_id" else KNOWN[parameter]
        case.path_parameters[parameter] = data.draw(st.sampled_from(known))
    if label in BODIES:
        case.body = data.draw(BODIES[label])


def is_act(operation: Any) -> bool:
    """Readers may not."""
    is_looking = operation.method.upper() == "GET" and not operation.path.endswith("/recording")
    return not is_looking


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("operation", OPERATIONS, ids=[one.label for one in OPERATIONS])
@pytest.mark.parametrize("who", BEARERS)
def test_any_request(operation: Any, who: str) -> None:
    statuses: set[int] = set()

    @LIMITS
    @given(operation.as_strategy(), st.booleans(), st.data())
    def any_request(case: Any, is_known: bool, data: st.DataObject) -> None:
        if is_known:
            made_known(case, operation.label, data)
        before, audited = RIG.store.counts(), len(RIG.audited)
        response = case.call(headers=BEARERS[who])
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)
        acts = RIG.audited[audited:]
        if who in ("nobody", "a stranger") or (who == "reader" and is_act(operation)):
            assert RIG.store.counts() == before, "something was done"
            assert {what for _, what, _, _ in acts} <= {"denied"}
            assert bool(acts) == (response.status_code == 403), "who tries to act is written down"
        elif is_act(operation) and response.status_code < 300:
            assert [(name, detail["outcome"]) for name, _, _, detail in acts] == [("eve", "asked"), ("eve", "taken")]

    any_request()
    is_open = operation.path in OPEN
    if who == "operator" or is_open or (who == "reader" and not is_act(operation)):
        assert any(status < 300 for status in statuses), f"never taken: {statuses}"
    elif who == "reader":
        assert 403 in statuses
        assert all(status >= 400 for status in statuses)
    else:
        assert statuses == {401}


def test_every_operation_is_described() -> None:
    """Stable ids, a summary, a description, a tag, and errors in one shape."""
    document = RIG.app.openapi()
    seen: list[str] = []
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route["summary"], path
            assert route["description"], path
            assert route["tags"], path
            seen.append(f"{method} {path} {route['operationId']}")
            for status, told in route["responses"].items():
                assert told["description"] not in ("Successful Response", "Validation Error"), f"{path} {status}"
                if int(status) >= 400 and not path.startswith("/health"):
                    assert told["content"]["application/json"]["schema"]["$ref"].endswith("/Problem"), path
    assert len(seen) == len({one.rpartition(" ")[2] for one in seen})
    for name, shape in document["components"]["schemas"].items():
        assert name not in ("HTTPValidationError", "ValidationError"), "an error in a shape of its own"
        assert shape["type"] == "object"
