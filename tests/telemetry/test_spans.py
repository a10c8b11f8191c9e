"""Spans of whole calls: one trace a call, with ids that another process derives again."""

from collections import Counter
from types import SimpleNamespace
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from flowlang.call.facts import Ignored, TimerFired
from flowlang.call.session import Session
from flowlang.call.trace import Trace
from flowlang.runtime.watch import Played
from flowlang.telemetry import otel, spans
from flowlang.telemetry.spans import Span, Spans, call_span_id_of, trace_id_of
from tests.properties.test_histories import MONDAY_MS, plan_of
from tests.telemetry.watched import watched

CHAIN = "57dab8b1-894c-409a-b240-bd8beae78896"
NS = 1_000_000_000


def spans_of(flow: str, *outcomes: str, kill_at: frozenset[int] = frozenset()) -> list[Span]:
    found: list[Span] = []
    watched(flow, Spans(found.append, clock_ns=lambda: MONDAY_MS * 1_000_000), *outcomes, kill_at=kill_at)
    return found


def test_a_call_is_one_trace_under_one_span() -> None:
    found = spans_of("consult.flow")
    (call,) = [one for one in found if one.parent_id == 0]
    assert {one.trace_id for one in found} == {call.trace_id}
    assert (call.name, call.kind) == ("call consult", "server")
    assert 0 <= call.start_ns - MONDAY_MS * 1_000_000 < NS
    assert call.end_ns > call.start_ns
    assert call.attributes["flowlang.result"] == "transfer completed"
    steps = {one.name: one for one in found if one.kind == "internal"}
    assert set(steps) >= {"answer", "consult", "transfer"}
    assert all(one.parent_id == call.span_id for one in steps.values())
    requests = {one.name: one for one in found if one.kind == "client"}
    assert requests["transfer"].parent_id == steps["transfer"].span_id
    assert requests["create call"].parent_id == steps["consult"].span_id
    assert max(Counter(one.span_id for one in found).values()) == 1
    assert not any(one.is_error for one in found)
    assert all(one.end_ns >= one.start_ns for one in found)


def test_failed_steps_and_stranded_calls_are_errors() -> None:
    found = spans_of("one_line.flow", "transfer=403/7505")
    (step,) = [one for one in found if one.kind == "internal" and one.name == "transfer"]
    assert step.is_error
    assert (step.attributes["flowlang.code"], step.attributes["flowlang.subcode"]) == (403, 7505)
    (call,) = [one for one in found if one.parent_id == 0]
    assert call.is_error


def test_spans_say_nothing_of_people() -> None:
    text = repr(spans_of("consult.flow"))
    assert not [word for word in ("Robin", "Doe", "30123456", "Heidi", "550fae72") if word in text]


def test_another_process_goes_on_with_the_same_trace() -> None:
    """The same call, with a process that is killed on the way: the same ids, and no step without its end."""
    whole = {one.span_id: one for one in spans_of("consult.flow")}
    for line in range(30, 180, 30):
        found = spans_of("consult.flow", kill_at=frozenset((line,)))
        (call,) = [one for one in found if one.parent_id == 0]
        assert call.trace_id == next(iter(whole.values())).trace_id
        assert call.span_id in whole


def test_a_step_that_another_process_saw_begin() -> None:
    found: list[Span] = []
    watch = Spans(found.append, began_ms=lambda call_id: 5 if call_id == "s" else None)
    session, plan = Session("s", "p"), plan_of("consult.flow")
    one = Played(plan, session, TimerFired(70, 1), (Trace("done", 1, -1, ("consult",)),), ())
    watch.played(one)
    watch.ended(one)
    step, call = found
    assert step.attributes["flowlang.began"] == "before this process"
    assert step.parent_id == call.span_id == call_span_id_of(session)
    assert (call.start_ns, call.end_ns) == (5_000_000, 70_000_000)


def test_a_step_that_takes_no_time_is_no_span() -> None:
    found: list[Span] = []
    watch = Spans(found.append)
    trace = (Trace("step", 1, -1, ("hold",)), Trace("done", 1, -1, ("hold",)))
    watch.played(Played(plan_of("consult.flow"), Session("s", "p"), Ignored(5, ""), trace, ()))
    assert found == []


def test_ids_are_those_of_the_chain_or_derived_from_the_session() -> None:
    assert trace_id_of(Session("s", "p", chain_id=CHAIN)) == UUID(CHAIN).int
    assert trace_id_of(Session("s", "p")) == trace_id_of(Session("s", "another plan")) != trace_id_of(Session("t", "p"))
    assert 0 < call_span_id_of(Session("s", "p")) < 2**64
    assert 0 < trace_id_of(Session("s", "p")) < 2**128


def test_few_open_calls_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "MOST_OPEN", 3)
    watch = Spans(lambda _span: None)
    for at in range(10):
        watch.began(Played(plan_of("consult.flow"), Session(f"s{at}", "p"), Ignored(5, ""), (), ()))
    assert len(watch._open) == 3


# ---------------------------------------------------------------- the library


class Kept:
    """A span processor that keeps what it is given."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self.is_closed = False

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)

    def shutdown(self) -> None:
        self.is_closed = True


def test_spans_reach_the_library() -> None:
    kept = Kept()
    exporting = otel.exporting(processor=kept)  # type: ignore[arg-type]
    assert exporting is not None
    attributes = {"flowlang.call_id": "s"}
    exporting.finished(Span(7, 8, 9, "transfer", "client", 1 * NS, 2 * NS, attributes, is_error=True))
    exporting.finished(Span(7, 9, 0, "call consult", "server", 1 * NS, 3 * NS, attributes))
    exporting.close()
    child, root = kept.spans
    assert (child.context.trace_id, child.context.span_id) == (7, 8)
    assert child.parent is not None
    assert child.parent.span_id == root.context.span_id == 9
    assert root.parent is None
    assert child.status.status_code is StatusCode.ERROR
    assert child.kind.name == "CLIENT"
    assert child.context.trace_flags.sampled
    assert root.resource.attributes["service.name"] == "flowlang"
    assert dict(child.attributes or {}) == attributes
    assert '"trace_id": "0x00000000000000000000000000000007"' in child.to_json()
    assert kept.is_closed


def test_spans_go_out_as_otlp() -> None:
    """What the exporter makes of our spans can be encoded: times, ids and attributes are of the right kinds."""
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    kept = Kept()
    exporting = otel.exporting(processor=kept)  # type: ignore[arg-type]
    assert exporting is not None
    for one in spans_of("consult.flow"):
        exporting.finished(one)
    encoded = encode_spans(kept.spans)
    assert sum(len(scope.spans) for one in encoded.resource_spans for scope in one.scope_spans) == len(kept.spans)


def test_without_the_extra_there_are_no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otel, "find_spec", lambda name: None)
    assert otel.exporting("http://127.0.0.1:1/v1/traces") is None
    monkeypatch.setattr(otel, "find_spec", lambda name: SimpleNamespace())
    assert otel.is_installed()
