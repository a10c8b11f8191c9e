"""What is counted in whole calls, the page `/metrics`, and that labels come from known sets."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import anyio
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import TimerFired
from flowlang.call.operations import operation_of
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.call.trace import CODES, Trace
from flowlang.runtime.loop_lag import Lag
from flowlang.runtime.watch import HoursSwitched, Played, Sent
from flowlang.scenario.world import World
from flowlang.store.base import Arrival, Counts, Deployed, Parked, StoreError
from flowlang.store.memory import MemoryStore
from flowlang.telemetry import metrics as module
from flowlang.telemetry import naming
from flowlang.telemetry.metrics import Metrics, Standing, standing_of
from flowlang.telemetry.table import METRICS
from tests.properties.test_histories import MONDAY_MS, plan_of
from tests.telemetry.watched import watched

STANDING = Standing(Counts(3, 4, 1, 5, 6), 1.5)


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample by name and labels' values; those of histograms' buckets are left out."""
    found = {}
    for family in metrics.registry.collect():
        for one in family.samples:
            if not one.name.endswith(("_bucket", "_created")):
                found[(one.name, *one.labels.values())] = one.value
    return found


@cache
def counted(flow: str, *outcomes: str) -> dict[tuple[str, ...], float]:
    metrics = Metrics()
    watched(flow, metrics, *outcomes)
    return samples(metrics)


def test_a_call_that_goes_well() -> None:
    found = counted("consult.flow")
    assert found["flowlang_calls_began_total", "consult", "incoming"] == 1
    assert found["flowlang_calls_ended_total", "consult", "transfer completed"] == 1
    assert found["flowlang_transfers_total", "consultative", "completed", "0", "0"] == 1
    assert found["flowlang_steps_total", "consult", "done"] == 1
    assert found["flowlang_steps_total", "transfer", "done"] == 1
    assert found["flowlang_facts_total", "incoming"] == 1
    assert found["flowlang_request_seconds_count", "transfer", "2xx"] == 1
    assert found["flowlang_request_seconds_sum", "transfer", "2xx"] == pytest.approx(0.04)
    assert not [key for key in found if key[0] == "flowlang_safety_nets_total"]


def test_a_transfer_that_fails_and_is_tried_again() -> None:
    found = counted("consult.flow", "transfer=500/7700", "transfer=500/7700", "transfer=500/7700")
    assert found["flowlang_transfers_total", "consultative", "failed", "500", "7700"] == 3
    assert found["flowlang_transfers_total", "blind", "completed", "0", "0"] == 1
    assert found["flowlang_step_failures_total", "transfer", "consultative transfer failed"] == 3
    assert found["flowlang_step_retries_total",] == 2


def test_a_transfer_without_a_final_word() -> None:
    found = counted("transfer_blind_user.flow", "transfer=no outcome")
    assert found["flowlang_transfers_total", "blind", "no outcome", "0", "0"] == 1


def test_a_group_transfer() -> None:
    metrics = Metrics()
    from tests.properties.test_histories import PEOPLE

    world = World(at_ms=MONDAY_MS, kind="group", participants=PEOPLE)
    watched("transfer_group_participant.flow", metrics, world=world)
    transfers = {key[1] for key in samples(metrics) if key[0] == "flowlang_transfers_total"}
    assert transfers == {"group"}


def test_what_nothing_catches_is_counted_with_the_safety_net() -> None:
    found = counted("one_line.flow", "transfer=403/7505")
    nets = {key: value for key, value in found.items() if key[0] == "flowlang_safety_nets_total"}
    assert nets == {("flowlang_safety_nets_total", "one_line"): 1}
    assert found["flowlang_uncaught_failures_total", "one_line", "tenant mismatch"] == 1


def test_a_killed_process_never_counts_more_than_was_done() -> None:
    told = counted("consult.flow")
    for line in range(20, 200, 20):
        metrics = Metrics()
        watched("consult.flow", metrics, kill_at=frozenset((line,)))
        found = samples(metrics)
        for key in (
            ("flowlang_calls_began_total", "consult", "incoming"),
            ("flowlang_steps_total", "transfer", "done"),
        ):
            assert found.get(key, 0) <= told[key], line


# ---------------------------------------------------------------- by hand


def played(*trace: Trace, **more: int) -> Played:
    return Played(plan_of("consult.flow"), Session("s", "p"), TimerFired(1, 1), trace, (), **more)


def test_the_wait_of_a_fact_is_in_seconds() -> None:
    metrics = Metrics()
    metrics.played(played(waited_ms=250))
    found = samples(metrics)
    assert found["flowlang_fact_wait_seconds_sum", "timer fired"] == 0.25
    assert found["flowlang_fact_wait_seconds_count", "timer fired"] == 1


def test_notifications_requests_and_trouble() -> None:
    metrics = Metrics()
    metrics.notified("refused", 0.002, "a token of +4930123456")
    metrics.notified("taken", 0.004)
    command = commands.Request(1, 0, "c", commands.CreateCall(Party("phone", "+4930123456", name="Robin Doe")))
    metrics.sent(Sent(Session("s", "p"), command, 429, 0.5, 2))
    metrics.sent(Sent(Session("s", "p"), commands.Notify(2, "crm", "hello"), 0, 0.5, 1))
    metrics.retried("create call", "429")
    metrics.parked(Parked("c", 1, "why"))
    metrics.trouble("store", "the disk is full")
    metrics.prompt_fetched(206)
    metrics.played(played(Trace("lost", -1, 0, (1, "transfer"))))
    found = samples(metrics)
    assert found["flowlang_notifications_total", "refused"] == found["flowlang_notifications_total", "taken"] == 1
    assert found["flowlang_webhook_seconds_sum",] == pytest.approx(0.006)
    assert found["flowlang_request_seconds_count", "create call", "429"] == 1
    assert found["flowlang_request_seconds_count", "notify", "none"] == 1
    assert found["flowlang_request_retries_total", "create call", "lease ended"] == 1
    assert found["flowlang_request_retries_total", "create call", "429"] == 1
    assert found["flowlang_parked_total",] == 1
    assert found["flowlang_trouble_total", "store"] == 1
    assert found["flowlang_prompt_fetches_total", "2xx"] == 1
    assert found["flowlang_requests_lost_total",] == 1


def test_every_metric_of_the_table_is_used() -> None:
    """Each is told by a watch's method, or set from how the store stands: none is only in the table."""
    metrics = Metrics()
    told = set(metrics._series) | {key[0] for key in metrics._children}
    metrics.stand(STANDING)
    metrics.tried(is_writable=True)
    for flow, outcomes in (
        ("consult.flow", ("transfer=500/7700",)), ("one_line.flow", ("transfer=403/7505",)),
    ):  # fmt: skip
        watched(flow, metrics, *outcomes)
    metrics.notified("taken", 0.1)
    metrics.retried("play", "429")
    metrics.parked(Parked("c", 1, "why"))
    metrics.trouble("store", "away")
    metrics.prompt_fetched(200)
    metrics.hours_switched(HoursSwitched("office", "closed", "eve"))
    metrics.deployed(Deployed("reception", 1, "d", 0))
    metrics.lagged(Lag(0.2, 0.1))
    metrics.played(played(Trace("lost", -1, 0, (1, "transfer"))))
    found = samples(metrics)
    used = {key[0] for key, value in found.items() if value}
    told |= {name.removesuffix("_count").removesuffix("_sum") for name in used}
    assert {one.name for one in METRICS} <= told | {"flowlang_outbox_size"}


# ---------------------------------------------------------------- the page


def page(metrics: Metrics, look: Callable[[], Standing], accept: str = "") -> httpx.Response:
    async def main() -> httpx.Response:
        async def looking() -> Standing:
            return look()

        app = Starlette(routes=metrics.routes(looking))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.get("/metrics", headers={"Accept": accept} if accept else {})

    return anyio.run(main)


def test_the_page_can_be_read_by_prometheus() -> None:
    answer = page(Metrics(), lambda: STANDING)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    values = {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }
    assert values["flowlang_calls", "live"] == 3
    assert values["flowlang_calls", "over"] == 4
    assert values["flowlang_calls", "parked"] == 1
    assert values["flowlang_inbox_size",] == 5
    assert values["flowlang_outbox_size",] == 6
    assert values["flowlang_oldest_wait_seconds",] == 1.5
    assert values["flowlang_store_up",] == 1
    assert any(key[0] == "flowlang_build_info" for key in values)


def test_open_metrics_are_given_to_whom_asks() -> None:
    answer = page(Metrics(), lambda: STANDING, "application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_page_is_there_while_the_store_is_away() -> None:
    def away() -> Standing:
        raise StoreError("the disk is full")

    metrics = Metrics()
    metrics.stand(STANDING)
    answer = page(metrics, away)
    assert answer.status_code == 200
    assert "flowlang_store_up 0.0" in answer.text
    assert "the disk" not in answer.text


def test_two_sets_of_metrics_do_not_meet() -> None:
    one, other = Metrics(), Metrics()
    one.parked(Parked("c", 1, ""))
    assert samples(other)["flowlang_parked_total",] == 0


def test_the_oldest_work_is_looked_for() -> None:
    store = MemoryStore()
    assert standing_of(store, 5_000).oldest_wait_seconds == 0
    store.arrive([Arrival("b", "notification", b"{}", 3_000, begins=True)])
    store.arrive([Arrival("a", "notification", b"{}", 1_000, begins=True)])
    assert standing_of(store, 5_000).oldest_wait_seconds == 4
    assert standing_of(store, 5_000).counts.inbox == 2


# ---------------------------------------------------------------- labels


def test_no_label_is_a_number_or_an_identifier() -> None:
    from tests.properties.test_histories import NAMES

    metrics = Metrics()
    for flow in NAMES:
        watched(flow, metrics)
    for family in metrics.registry.collect():
        for one in family.samples:
            for name, value in one.labels.items():
                if name in ("le", "version", "python", "status", "code", "subcode"):
                    continue
                assert re.fullmatch(r"[a-z][a-z_ -]*|[1-6]xx", value), (one.name, name, value)


def test_labels_are_capped_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SERIES", 5)
    metrics = Metrics()
    for at in range(50):
        metrics.retried(f"operation {at}", "429")
    rows = [key for key in samples(metrics) if key[0] == "flowlang_request_retries_total"]
    assert len(rows) == 6
    assert samples(metrics)["flowlang_request_retries_total", "other", "other"] == 45


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (Result(486, 0), "busy"),
        (Result(500, 7000), "blind transfer failed"),
        (Result(500, 7700), "consultative transfer failed"),
        (Result(404, 10202), "leg gone"),
        (Result(404, 8522), "not found"),
        (Result(200, 7015), "transfer completed"),
        (Result(503, 99_999_999), "server error"),
        (Result(299, 99_999_999), "2xx"),
        (Result(4_930_123, 456), "other"),
        (Result(0, 0, "", "no outcome"), "no outcome"),
        (Result(0, 0, "", "+4930123456"), "other"),
        (None, "none"),
    ],
)
def test_results_have_names(result: Result | None, name: str) -> None:
    assert naming.result_of(result) == name


def test_codes_that_nobody_knows_are_other() -> None:
    assert naming.code_of(500) == "500"
    assert naming.code_of(4_930_123) == "other"
    assert naming.subcode_of(7700) == "7700"
    assert naming.subcode_of(560_486) == "560486"
    assert naming.subcode_of(30_123_456) == "other"


@pytest.mark.parametrize("act", list(get_args(commands.Act)), ids=lambda kind: kind.__name__)
def test_every_act_has_a_word(act: Any) -> None:
    made = act.__new__(act, *[None] * len(act._fields)) if act._fields else act()
    assert re.fullmatch(r"[a-z]+( [a-z]+)*", operation_of(commands.Request(1, 0, "", made)))


def test_commands_that_are_no_requests_have_words() -> None:
    others: list[Command] = [commands.StartFlow(1, "f", (), 0, ""), commands.FetchRecording(1, 0, "o", "n")]
    assert [operation_of(one) for one in others] == ["start flow", "fetch recording"]


def test_what_the_metrics_read_is_in_the_trace() -> None:
    """The words that are looked for are words of the engine."""
    assert {"done", "failed", "cancelled", "uncaught", "safety-net", "retry", "lost"} <= set(CODES)


def test_flows_are_named_by_their_file() -> None:
    plan = plan_of("consult.flow")
    assert naming.flow_of(plan) == "consult"
    assert naming.flow_of(plan._replace(files=())) == plan.title
    assert naming.flow_of(plan._replace(files=("C:\\flows\\desk.flow",))) == "desk"
