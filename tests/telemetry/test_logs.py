"""Lines of whole calls: masked, with the ids of their call, in both forms; and what other libraries log."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest

from flowlang.analysis.load import load
from flowlang.call.commands import Answer, HangUp, Request, Transfer
from flowlang.call.facts import Ignored, TimerFired
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.call.trace import CODES, Trace
from flowlang.compiler.flow import compile_flow
from flowlang.plan import Log
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.watch import Played, Sent, Several
from flowlang.runtime.worker import Worker
from flowlang.scenario.world import CALLER, Keys, World
from flowlang.source import Source
from flowlang.store.base import Arrival, Deployed, Parked
from flowlang.store.memory import MemoryStore
from flowlang.telemetry.logs import _TOLD, PERSONAL, Level, LogWatch, Seldom, about_call, logger, route_standard_logging
from flowlang.telemetry.masking import Masker
from flowlang.telemetry.metrics import Metrics
from tests.properties.test_histories import MONDAY_MS, NAMES, plan_of
from tests.telemetry.test_masking import leaks
from tests.telemetry.watched import watched

MASKER = Masker(b"a key")
BOB = Party("user", "b0b00000-0000-4000-8000-000000000002", name="Bob Example")
CALL = "57dab8b1-894c-409a-b240-bd8beae78896"


class Written:
    """A watch that writes JSON into memory."""

    def __init__(self, level: Level = "info", seldom: Seldom | None = None) -> None:
        self.stream = io.StringIO()
        self.log = logger(MASKER, self.stream, "json", level)
        self.watch = LogWatch(self.log, MASKER, seldom)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


def test_a_call_in_few_lines() -> None:
    written = Written()
    watched("consult.flow", written.watch)
    began, over = written.lines
    assert began["event"] == "call began"
    assert over["event"] == "call over"
    assert began["flow"] == over["flow"] == "consult"
    assert over["result"] == "transfer completed"
    assert over["subcode"] == 7015
    assert began["caller"] == f"phone number:{MASKER.letters(CALLER.id)}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", began["at"])
    assert list(began)[:5] == ["at", "level", "event", "call_id", "chain_id"]
    assert began["level"] == "info"


def test_a_failure_and_the_safety_net_are_told_by_their_level() -> None:
    written = Written()
    watched("one_line.flow", written.watch, "transfer=403/7505")
    levels = {line["event"]: line["level"] for line in written.lines}
    assert levels["step failed"] == "info"
    assert levels["nothing in the flow catches this failure"] == "warning"
    assert levels["the safety net ran"] == "error"
    (failed,) = written.said("step failed")
    assert (failed["step"], failed["code"], failed["subcode"]) == ("transfer", 403, 7505)


@pytest.mark.parametrize("flow", NAMES)
def test_every_line_about_a_call_names_it_and_nobody_on_it(flow: str) -> None:
    """At the level that tells most: no name, number or identifier of anybody, and the ids of the call in each line."""
    world = World(
        at_ms=MONDAY_MS, keys=(Keys(("1", "7", "3", "9", "pound")),),
        participants=(Party("user", "b0b00000-0000-4000-8000-000000000002", name="Bob Example"),),
    )  # fmt: skip
    written = Written("debug")
    rig = watched(flow, written.watch, world=world)
    (call,) = rig.kept.calls(5, over=True) or rig.kept.calls(5)
    assert len(written.lines) > 10
    for line in written.lines:
        assert line["call_id"] == call.call_id
        assert "chain_id" in line
    text = written.stream.getvalue()
    assert not leaks(re.sub(r'"(at|call_id|chain_id|plan)": ?"[^"]*"', "", text), CALLER.id[1:])
    for secret in ("Robin", "Doe", "Heidi Steen", "Bob", "b0b00000", "550fae72", "0d0f5b1c"):
        assert secret not in text, secret


def test_keys_and_values_are_never_written() -> None:
    written = Written("debug")
    plan = plan_of("consult.flow")
    trace = (
        Trace("tone", -1, 0, ("7",)), Trace("set", 0, -1, ("pin", "hunter2")), Trace("joined", -1, 0, ("Eve Adams",)),
        Trace("leg", 0, 1, ("desk", "Eve Adams")), Trace("incoming", -1, 0, ("Eve Adams", "Front Desk")),
    )  # fmt: skip
    written.watch.played(Played(plan, Session(CALL, "p"), TimerFired(1, 1), trace, ()))
    text = written.stream.getvalue()
    assert "hunter2" not in text
    assert "Eve" not in text
    assert '"7"' not in text
    assert "desk" in text
    assert "pin" in text


def test_what_a_flow_says_is_masked_with_what_is_known_of_the_call() -> None:
    written = Written()
    session = Session(CALL, "p", caller=CALLER, chain_id="c")
    trace = (Trace("log", 0, -1, ("call of Robin Doe, +49 30 123456, result 500/7700",)),)
    written.watch.played(Played(plan_of("consult.flow"), session, Ignored(1, ""), trace, ()))
    (line,) = written.lines
    assert line["event"] == "flow says"
    assert "500/7700" in line["text"]
    assert "Robin" not in line["text"]
    assert not leaks(line["text"], "4930123456")
    assert (line["call_id"], line["chain_id"]) == (CALL, "c")


TYPED = """
service shop for 2s answers status text
let desk = "north"
setting limit = 3
on answered:
    gather 4 digits as pin playing "enter.wav" for 10s
    set copy = pin
    ask shop about pin as found
    LOG
    hang up
on failed: hang up
"""


@pytest.mark.parametrize(
    ("line", "written", "read"),
    [
        ("typed {pin}", "typed 12", "typed <masked>"),
        ("{pin}", "7", "<masked>"),
        ("a{pin}b", "a12b", "a<masked>b"),
        ("{attempt}{pin} at {desk}", "112 at north", "<masked> at north"),
        ("{pin} after {attempt}, {copy}!", "1 after 2 after 1, 1!", "<masked> after <masked>, <masked>!"),
        ("{result} {pin}", "busy 12", "busy <masked>"),
        ("{pin} {result}", "1 2 busy", "<masked> busy"),
        ("key {tone}, of {limit}", "key 7, of 3", "key <masked>, of 3"),
        ("{found.status} for {limit}", "a 7 for 3", "<masked> for 3"),
        ("plain words 12", "plain words 12", "plain words 12"),
        ("typed {pin}", "something else", "<masked>"),
    ],
)
def test_what_a_caller_typed_is_masked_in_what_a_flow_says_however_short(line: str, written: str, read: str) -> None:
    flow = TYPED.replace("LOG", f'log "{line}"')
    plan = compile_flow(load(Source("typed.flow", flow), lambda _path: None))
    place = next(at for at, one in enumerate(plan.places) if isinstance(one.step, Log))
    for level in ("info", "debug"):
        seen = Written(level)
        session = Session(CALL, "p", chain_id="c")
        seen.watch.played(Played(plan, session, Ignored(1, ""), (Trace("log", place, -1, (written,)),), ()))
        texts = [one.get("text") or one["about"][0] for one in seen.lines if one["event"] in ("flow says", "trace")]
        assert set(texts) == {read}


def test_a_flow_is_named_though_the_account_that_it_answers_for_has_the_same_name() -> None:
    written = Written()
    session = Session(CALL, "p", called=Party("resource account", "a", name="consult"), chain_id="c")
    trace = (Trace("failed", 0, -1, ("transfer", 500, 7700, "")), Trace("log", 0, -1, ("to consult",)))
    written.watch.played(Played(plan_of("consult.flow"), session, Ignored(1, ""), trace, ()))
    assert [line["flow"] for line in written.lines] == ["consult", "consult"]
    assert "consult" not in written.lines[1]["text"]


@pytest.mark.parametrize(("status", "number"), [(404, 0), (403, 1), (0, 1), (204, 0)])
def test_a_leg_that_was_over_already_is_hung_up_and_nothing_to_warn_of(status: int, number: int) -> None:
    written = Written()
    request = Request(7, 1, CALL, HangUp())
    written.watch.sent(Sent(Session(CALL, "p"), request, status, 0.01, 1))
    assert [line["level"] for line in written.lines] == ["warning"] * number


def test_a_refused_transfer_is_told_though_the_call_is_over() -> None:
    written = Written()
    written.watch.sent(Sent(Session(CALL, "p"), Request(7, 0, CALL, Transfer(BOB)), 404, 0.01, 1))
    (line,) = written.said("a request was refused")
    assert (line["operation"], line["status"], line["call_id"]) == ("transfer", 404, CALL)


def test_the_call_that_no_flow_answers_can_be_looked_for() -> None:
    written = Written()
    written.watch.trouble("routing", f"no flow answers call {CALL}")
    written.watch.trouble("store", "user b0b00000-0000-4000-8000-000000000002 is in the way")
    routing, store = written.lines
    assert (routing["event"], routing["where"], routing["call_id"]) == ("trouble", "routing", CALL)
    assert "call_id" not in store
    assert "b0b00000" not in store["reason"]


def test_the_codes_that_are_read_are_in_the_trace() -> None:
    assert set(PERSONAL) | _TOLD <= set(CODES)


def test_everything_of_the_trace_that_is_told_has_words() -> None:
    facts: dict[str, tuple[str | int, ...]] = {
        "log": ("x",), "failed": ("play", 1, 2, ""), "over-limit": ("steps",), "by-hand": ("transfer", "Wendy", "Bob"),
    }  # fmt: skip
    for code in _TOLD:
        written = Written()
        trace = (Trace(code, 0, -1, facts.get(code, (500, 7700, ""))),)
        written.watch.played(Played(plan_of("consult.flow"), Session(CALL, "p"), Ignored(1, ""), trace, ()))
        assert len(written.lines) == 1, code
        assert "Wendy" not in written.stream.getvalue()


def test_a_flood_is_told_seldom_with_its_count() -> None:
    now = [0.0]
    written = Written(seldom=Seldom(lambda: now[0], 5))
    for at in range(100):
        now[0] = at / 10
        written.watch.notified("refused", 0.001, "a notification was refused: there is no bearer token")
        written.watch.trouble("store", "the disk is full")
    refused = written.said("notification not accepted")
    assert [line["left_out_count"] for line in refused] == [0, 49]
    assert len(written.said("trouble")) == 2
    assert refused[0]["result"] == "refused"


def test_what_graph_sends_that_nobody_can_read_is_told() -> None:
    written = Written()
    written.watch.notified("nothing", 0.001, "Graph sent a notification in the legacy format")
    written.watch.notified("nothing", 0.001)  # an empty body is nothing
    (line,) = written.said("notification of nothing")
    assert (line["level"], line["reason"]) == ("warning", "Graph sent a notification in the legacy format")


def test_prompts_that_are_not_there_are_told_seldom() -> None:
    written = Written(seldom=Seldom(lambda: 1.0, 5))
    for status in (200, 404, 404, 206, 416):
        written.watch.prompt_fetched(status)
    (line,) = written.lines
    assert (line["level"], line["status"], line["left_out_count"]) == ("warning", 404, 0)


def test_parked_calls_and_their_reason() -> None:
    written = Written()
    written.watch.parked(Parked(CALL, 1, "ValueError: Party(kind='phone', id='+4930123456', name='Robin Doe')"))
    (line,) = written.lines
    assert line["level"] == "error"
    assert line["call_id"] == CALL
    assert "Robin" not in line["reason"]
    assert not leaks(line["reason"], "4930123456")


def test_ordinary_notifications_are_not_told_unless_asked_for() -> None:
    written = Written()
    written.watch.notified("taken", 0.001)
    assert written.lines == []
    detailed = Written("debug")
    detailed.watch.notified("taken", 0.001)
    assert detailed.lines[0]["result"] == "taken"


def test_the_form_for_a_terminal() -> None:
    stream = io.StringIO()
    LogWatch(logger(MASKER, stream, "console"), MASKER).trouble("store", "disk +49 30 123456 full")
    text = stream.getvalue()
    assert "trouble" in text
    assert "error" in text
    assert not leaks(re.sub(r"\d{4}-\d\d-\d\dT\S*", "", text), "4930123456")


# ---------------------------------------------------------------- other libraries


@pytest.fixture
def routed() -> Iterator[Written]:
    written = Written()
    undo = route_standard_logging(written.log)
    yield written
    undo()


def test_lines_of_other_libraries_are_masked_and_name_the_call(routed: Written) -> None:
    session = Session(CALL, "p", caller=CALLER, chain_id="chain")
    with about_call(session):
        logging.getLogger("somebody").warning("GET %s for Robin Doe", "https://x.example/%2B4930123456?token=abc")
    logging.getLogger("somebody").warning("after it: Robin Doe")
    inside, after = routed.lines
    assert inside["logger"] == "somebody"
    assert inside["level"] == "warning"
    assert inside["call_id"] == CALL
    assert inside["chain_id"] == "chain"
    assert "Robin" not in inside["event"]
    assert "abc" not in inside["event"]
    assert not leaks(inside["event"], "4930123456")
    assert "call_id" not in after
    assert "Robin Doe" in after["event"], "who was on a call that is not worked for any more is not known here"


def test_two_calls_at_once_do_not_mix_their_ids(routed: Written) -> None:
    async def one(name: str, first: anyio.Event, second: anyio.Event) -> None:
        with about_call(Session(name, "p")):
            first.set()
            await second.wait()
            logging.getLogger("somebody").warning(name)

    async def main() -> None:
        a, b = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, "call a", a, b)
            tasks.start_soon(one, "call b", b, a)

    anyio.run(main)
    assert sorted((line["call_id"], line["event"]) for line in routed.lines) == [("call a",) * 2, ("call b",) * 2]


def test_an_exception_is_masked_too(routed: Written) -> None:
    try:
        raise ValueError("no route to +49 30 123456, password=hunter2")
    except ValueError:
        logging.getLogger("somebody").exception("it broke")
    (line,) = routed.lines
    assert "ValueError" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert "hunter2" not in line["exception"]
    assert not leaks(line["exception"].partition("ValueError:")[2], "4930123456")


def test_requests_of_the_client_library_are_not_told_one_by_one(routed: Written) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(200))) as client:
        client.get("http://x.example/+4930123456")
    logging.getLogger("uvicorn.access").info("a request")
    logging.getLogger("uvicorn.error").info("started")
    assert [line["event"] for line in routed.lines] == ["started"]


def test_a_handler_that_a_library_brought_is_not_used_beside_ours() -> None:
    own = io.StringIO()
    handler = logging.StreamHandler(own)
    theirs = logging.getLogger("uvicorn")
    theirs.addHandler(handler)
    written = Written()
    undo = route_standard_logging(written.log)
    logging.getLogger("uvicorn.error").warning("call of +49 30 123456")
    undo()
    assert own.getvalue() == ""
    assert len(written.lines) == 1
    assert handler in theirs.handlers
    theirs.removeHandler(handler)


def test_routing_is_undone() -> None:
    before = list(logging.getLogger().handlers)
    undo = route_standard_logging(Written().log)
    assert logging.getLogger().handlers != before
    undo()
    assert logging.getLogger().handlers == before


def test_a_version_that_is_put_to_work_is_a_line_with_fields() -> None:
    written = Written()
    version = "0123456789abcdef"
    written.watch.deployed(Deployed("reception", 3, version, 0, 10, "eve"))
    (deployed,) = ({k: v for k, v in line.items() if k not in ("at", "level")} for line in written.lines)
    assert deployed == {
        "event": "flow deployed", "flow": "reception", "version": version, "share_percent": 10, "by": "eve",
    }  # fmt: skip


OVER = json.dumps({"value": [
    {"changeType": "created", "resourceUrl": f"/communications/calls/{CALL}", "resourceData": {
        "@odata.type": "#microsoft.graph.call", "state": "incoming", "direction": "incoming", "id": CALL,
        "tenantId": "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "source": {"identity": {"phone": {"id": "+4930123456"}}},
        "targets": [{"identity": {"applicationInstance": {"id": "22222222-2222-4333-8444-555555555555"}}}]}},
    {"changeType": "deleted", "resourceUrl": f"/communications/calls/{CALL}", "resourceData": {
        "@odata.type": "#microsoft.graph.call", "state": "terminated",
        "resultInfo": {"code": 487, "subcode": 0, "message": "caller gone"}}},
]}).encode()  # fmt: skip


def test_a_caller_who_is_gone_in_the_post_that_announces_the_call_is_nothing_to_warn_of() -> None:
    written, store, now_ms = Written(), MemoryStore(), 1_768_824_000_000
    metrics = Metrics()
    flows = StoredFlows(store, lambda _call: "flow", lambda: now_ms)
    flows.serve({"flow": plan_of("one_line.flow")})
    worker = Worker(store, flows, lambda _plan, _at: frozenset(), Several([written.watch, metrics]))
    store.arrive([Arrival(CALL, "notification", OVER, now_ms, begins=True)])
    worker.work(now_ms)
    written.watch.sent(Sent(Session(CALL, "p"), Request(2, 0, CALL, Answer()), 404, 0.01, 1))
    assert [(line["event"], line["level"], line.get("result", "")) for line in written.lines] == [
        ("call began", "info", ""), ("step failed", "info", "cancelled"), ("call over", "info", "cancelled"),
        ("a request came when the call was over", "info", ""),
    ]  # fmt: skip
    assert metrics.registry.get_sample_value(
        "flowlang_uncaught_failures_total", {"flow": "one_line", "result": "cancelled"}
    ) in (None, 0.0)
