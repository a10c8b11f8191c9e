"""Prometheus metrics, in a registry of their own. Nothing here knows a number, a name or an identifier.

Each label takes a bounded number of values: the sets are small by nature, and a cap holds should one not be.
"""

import platform
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowlang import __version__
from flowlang.call.facts import Incoming
from flowlang.call.operations import operation_of, spaced
from flowlang.call.results import NO_OUTCOME, Result
from flowlang.call.session import Session
from flowlang.call.trace import Trace
from flowlang.runtime.loop_lag import Lag
from flowlang.runtime.watch import HoursSwitched, Played, Sent, Verdict
from flowlang.store.base import Counts, Deployed, Parked, Store, StoreError
from flowlang.telemetry import naming
from flowlang.telemetry.nets import SafetyNets
from flowlang.telemetry.table import METRICS, Metric

MOST_SERIES: Final = 1_000
"""Combinations of labels a metric; what comes after is counted under `other`."""
LOOKED_AT: Final = 10  # calls that are looked at for the oldest work


Family = Counter | Gauge | Histogram


class Standing(NamedTuple):
    """How the store stands: counts, and how long its oldest work has waited."""

    counts: Counts
    oldest_wait_seconds: float


def standing_of(store: Store, now_ms: int) -> Standing:
    """Asks the store; blocks. Raises `StoreError`."""
    oldest_ms = now_ms
    for work in store.take(now_ms, LOOKED_AT):
        due_ms = work.session.due_ms
        times = [max(one.arrival.at_ms, one.arrival.from_ms) for one in work.received]
        times += [one.at_ms for one in work.answers]
        oldest_ms = min([oldest_ms, *times, *([due_ms] if due_ms >= 0 else [])])
    return Standing(store.counts(), (now_ms - oldest_ms) / 1000)


class Metrics:
    """A `Watch` that counts. `routes(look)` is for an application; `look` asks the store in the thread that it has."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._families: dict[str, Family] = {one.name: _made(one, self.registry) for one in METRICS}
        self._children: dict[tuple[str, ...], Family] = {}
        self._series: dict[str, int] = {}
        self._nets = SafetyNets()
        self._longest = Lag(0.0, 0.0)
        python = ".".join(platform.python_version_tuple()[:2])
        self._set("flowlang_build_info", 1, __version__, python)

    # ------------------------------------------------------------ the page

    def routes(
        self, look: Callable[[], Awaitable[Standing]], write: Callable[[], Awaitable[object]] | None = None
    ) -> list[Route]:
        """`/metrics`. `write` tries whether the store can be written. Both raise `StoreError`."""

        async def page(request: Request) -> Response:
            try:
                self.stand(await look())
            except StoreError:
                self._set("flowlang_store_up", 0)
            if write is not None:
                try:
                    await write()
                    self.tried(is_writable=True)
                except StoreError:
                    self.tried(is_writable=False)
            encode, content_type = choose_encoder(request.headers.get("accept", ""))
            return Response(encode(self.registry), headers={"Content-Type": content_type})

        return [Route("/metrics", page, methods=["GET"])]

    def stand(self, standing: Standing) -> None:
        """Take over how the store stands."""
        counts = standing.counts
        self._set("flowlang_store_up", 1)
        self._set("flowlang_calls", counts.live, "live")
        self._set("flowlang_calls", counts.parked, "parked")
        self._set("flowlang_calls", counts.over, "over")
        self._set("flowlang_inbox_size", counts.inbox)
        self._set("flowlang_outbox_size", counts.to_send)
        self._set("flowlang_oldest_wait_seconds", standing.oldest_wait_seconds)

    def tried(self, *, is_writable: bool) -> None:
        """Take over whether the store could be written."""
        self._set("flowlang_store_writable", int(is_writable))

    # ------------------------------------------------------------ what is told

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:  # noqa: ARG002 - see Watch
        self._count("flowlang_notifications_total", verdict)
        self._observe("flowlang_webhook_seconds", seconds)

    def began(self, one: Played) -> None:
        direction = "incoming" if isinstance(one.fact, Incoming) else "started"
        self._count("flowlang_calls_began_total", naming.flow_of(one.plan), direction)

    def ended(self, one: Played) -> None:
        self._end(one, is_over=True)

    def _end(self, one: Played, *, is_over: bool) -> None:
        end = naming.end_of(one, is_over=is_over)
        if end is not None:
            self._count("flowlang_calls_ended_total", naming.flow_of(one.plan), naming.result_of(end.result))

    def played(self, one: Played) -> None:
        kind = spaced(type(one.fact).__name__)
        self._count("flowlang_facts_total", kind)
        self._observe("flowlang_fact_wait_seconds", one.waited_ms / 1000, kind)
        for entry in one.trace:
            self._entry(one, entry)
        for _ in self._nets.proved(one):
            self._count("flowlang_safety_nets_total", naming.flow_of(one.plan))
        self._end(one, is_over=False)

    def _entry(self, one: Played, entry: Trace) -> None:
        match entry.code:
            case "done" | "failed" | "cancelled":
                self._step(one, entry)
            case "uncaught" if not naming.caller_left(one.session):
                flow, result = naming.flow_of(one.plan), naming.result_of(_result(entry.facts))
                self._count("flowlang_uncaught_failures_total", flow, result)
            case "retry":
                self._count("flowlang_step_retries_total")
            case "lost":
                self._count("flowlang_requests_lost_total")
            case _:
                pass

    def _step(self, one: Played, entry: Trace) -> None:
        word = str(entry.facts[0])
        result = _result(entry.facts[1:]) if entry.code == "failed" else None
        self._count("flowlang_steps_total", word, entry.code)
        if result is not None:
            self._count("flowlang_step_failures_total", word, naming.result_of(result))
        place = one.plan.places[entry.place].step if 0 <= entry.place < len(one.plan.places) else None
        kind = naming.transfer_of(place)
        if not kind or word != "transfer":
            return
        end = "completed" if entry.code == "done" else entry.code
        if result is not None and result.name == NO_OUTCOME.name:
            end = "no outcome"
        code, subcode = (result.code, result.subcode) if result is not None else (0, 0)
        self._count("flowlang_transfers_total", kind, end, naming.code_of(code), naming.subcode_of(subcode))

    def sending(self, session: Session) -> AbstractContextManager[None]:  # noqa: ARG002 - see Watch
        return nullcontext()

    def sent(self, one: Sent) -> None:
        operation = operation_of(one.command)
        self._observe("flowlang_request_seconds", one.seconds, operation, naming.status_of(one.status))
        if one.attempt > 1:
            self.retried(operation, "lease ended")

    def retried(self, operation: str, reason: str) -> None:
        self._count("flowlang_request_retries_total", operation, reason)

    def parked(self, one: Parked) -> None:  # noqa: ARG002 - see Watch
        self._count("flowlang_parked_total")

    def trouble(self, where: str, text: str) -> None:  # noqa: ARG002 - see Watch
        self._count("flowlang_trouble_total", where)

    def prompt_fetched(self, status: int) -> None:
        self._count("flowlang_prompt_fetches_total", naming.status_of(status))

    def hours_switched(self, one: HoursSwitched) -> None:
        self._count("flowlang_hours_switched_total", one.state)

    def deployed(self, one: Deployed) -> None:
        self._count("flowlang_deployments_total", one.flow)

    def lagged(self, lag: Lag) -> None:
        """The event loop was that late."""
        self._observe("flowlang_loop_lag_seconds", lag.late_seconds)
        self._observe("flowlang_loop_busy_seconds", lag.busy_seconds)
        if lag.late_seconds > self._longest.late_seconds or lag.busy_seconds > self._longest.busy_seconds:
            longest = self._longest
            self._longest = Lag(*[max(pair) for pair in zip(longest, lag, strict=True)])
            self._set("flowlang_loop_longest_lag_seconds", self._longest.late_seconds)
            self._set("flowlang_loop_longest_busy_seconds", self._longest.busy_seconds)

    # ------------------------------------------------------------ series

    def _count(self, name: str, *labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Counter)
        child.inc()

    def _set(self, name: str, value: float, *labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Gauge)
        child.set(value)

    def _observe(self, name: str, value: float, *labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Histogram)
        child.observe(value)

    def _child(self, name: str, labels: tuple[str, ...]) -> Family:
        found = self._children.get((name, *labels))
        if found is not None:
            return found
        if not labels:
            return self._families[name]
        if self._series.get(name, 0) >= MOST_SERIES:
            labels = tuple([naming.OTHER] * len(labels))
        else:
            self._series[name] = self._series.get(name, 0) + 1
        made = self._families[name].labels(*labels)
        self._children[(name, *labels)] = made
        return made


def _made(metric: Metric, registry: CollectorRegistry) -> Family:
    match metric.kind:
        case "counter":
            return Counter(metric.name, metric.help, metric.labels, registry=registry)
        case "gauge":
            return Gauge(metric.name, metric.help, metric.labels, registry=registry)
        case "histogram":
            return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)


def _result(facts: tuple[str | int, ...]) -> Result:
    """A result as the trace has it: code, subcode, and its name or message."""
    code, subcode, text = (*facts, 0, 0, "")[:3] if len(facts) >= 3 else (*facts, *(0, 0, "")[len(facts) :])
    return Result(int(code), int(subcode), str(text), str(text) if not code and not subcode else "")
