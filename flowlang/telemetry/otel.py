"""Hands spans to OpenTelemetry: the extra `flowlang[otel]`. Without it there are no spans; all else goes on."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, NamedTuple

import requests

from flowlang import __version__
from flowlang.telemetry.spans import Span

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

SERVICE: Final = "flowlang"
INSTALL: Final = "tracing needs the extra: pip install 'flowlang[otel]'"


class Exporting(NamedTuple):
    """`finished` takes spans; `close` sends what is left, and blocks for that."""

    finished: Callable[[Span], None]
    close: Callable[[], None]


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("opentelemetry") is not None and find_spec("opentelemetry.sdk") is not None


def exporting(
    endpoint: str = "", headers: Mapping[str, str] | None = None, processor: "SpanProcessor | None" = None
) -> Exporting | None:
    """Sends spans by OTLP over HTTP; None: the extra is not installed.

    endpoint: the whole address for traces, such as `http://127.0.0.1:4318/v1/traces`; empty: as the environment says
    (`OTEL_EXPORTER_OTLP_ENDPOINT`). processor: something else that takes the spans.
    """
    if not is_installed():
        return None
    from opentelemetry.sdk.resources import Resource

    resource = Resource.create({"service.name": SERVICE, "service.version": __version__})
    taker = processor if processor is not None else _batches(endpoint, headers)

    def finished(span: Span) -> None:
        taker.on_end(_readable(span, resource))

    return Exporting(finished, taker.shutdown)


def _batches(endpoint: str, headers: Mapping[str, str] | None) -> "SpanProcessor":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint or None, headers=dict(headers or {}) or None, session=_Session())
    return BatchSpanProcessor(exporter)


class _Session(requests.Session):
    """Follows no redirect: the headers, which may hold a key, go to the address that was named and to no other."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - as the library calls it
        return None


def _readable(span: Span, resource: "Resource") -> "ReadableSpan":
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(span_id: int) -> SpanContext:
        return SpanContext(span.trace_id, span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    return ReadableSpan(
        name=span.name,
        context=context(span.span_id),
        parent=context(span.parent_id) if span.parent_id else None,
        resource=resource,
        attributes=span.attributes,
        kind=SpanKind[span.kind.upper()],
        status=Status(StatusCode.ERROR if span.is_error else StatusCode.UNSET),
        start_time=span.start_ns,
        end_time=span.end_ns,
        instrumentation_scope=InstrumentationScope(SERVICE, __version__),
    )
