"""One trace a call: a span for the call, one for each step that takes time, one for each request.

All identifiers are derived: the trace's from the chain id (which is it, where it is a GUID) or the id of the session,
the others from what they stand for. So a service that was started anew goes on with the same trace, and a fact that is
told twice makes the same span. This module knows no tracing library; `otel` hands the spans over.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal, NamedTuple
from uuid import UUID

from flowlang.call.operations import operation_of
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.runtime.watch import HoursSwitched, Played, Sent, Verdict
from flowlang.store.base import Deployed, Parked
from flowlang.telemetry import naming
from flowlang.telemetry.nets import SafetyNets

MOST_OPEN: Final = 50_000  # calls whose times are remembered; of others the store is asked, or the span starts later
NS_IN_MS: Final = 1_000_000
ENDS: Final = ("done", "failed", "cancelled")


class Span(NamedTuple):
    """A finished span. Times are nanoseconds since 1970; `parent_id` 0: it is the call's own."""

    trace_id: int
    span_id: int
    parent_id: int
    name: str
    kind: Literal["internal", "client", "server"]
    start_ns: int
    end_ns: int
    attributes: Mapping[str, str | int]
    is_error: bool = False


class _Open(NamedTuple):
    """What is under way in a call: since when it goes on, and the step that waits (`span_id` 0: none).

    `result`: how the caller's leg ended. `is_stranded`: the safety net had to run.
    """

    began_ms: int
    span_id: int = 0
    step: str = ""
    step_ms: int = 0
    result: Result | None = None
    is_stranded: bool = False


def trace_id_of(session: Session) -> int:
    """16 bytes. A chain id that is a GUID is used as it is, so a trace is found by it."""
    name = session.chain_id or session.id
    try:
        return UUID(name).int or 1
    except ValueError:
        return _derived(16, "trace", name)


def call_span_id_of(session: Session) -> int:
    """8 bytes: the span of the whole call."""
    return _derived(8, "call", session.id)


def _derived(size: int, *parts: object) -> int:
    return int.from_bytes(hashlib.sha256("\n".join(map(str, parts)).encode()).digest()[:size], "big") or 1


class Spans:
    """A `Watch` that makes spans and hands each to `finished`, which must not block.

    `began_ms(call_id)`: when a call began that another process saw begin, from the store; it is asked in the store's
    thread, once, when such a call is over.
    """

    def __init__(
        self,
        finished: Callable[[Span], None],
        began_ms: Callable[[str], int | None] = lambda _call_id: None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._finished, self._began_ms, self._clock_ns = finished, began_ms, clock_ns
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._nets = SafetyNets()

    def began(self, one: Played) -> None:
        self._remember(one.session.id, _Open(one.fact.at_ms))

    def played(self, one: Played) -> None:
        session, at_ms = one.session, one.fact.at_ms
        for at, entry in enumerate(one.trace):
            if entry.code == "step":
                span_id = _derived(8, "step", session.id, entry.place, at_ms, at)
                known = self._known(session.id)
                self._remember(session.id, known._replace(span_id=span_id, step=str(entry.facts[0]), step_ms=at_ms))
            elif entry.code in ENDS:
                codes: dict[str, str | int] = {}
                if entry.code == "failed":
                    codes = {"flowlang.code": entry.facts[1], "flowlang.subcode": entry.facts[2]}
                self._step(one, str(entry.facts[0]), entry.place, entry.code, codes)
        if self._nets.proved(one):
            self._remember(session.id, self._known(session.id)._replace(is_stranded=True))
        end = naming.end_of(one, is_over=False)
        if end is not None:
            self._remember(session.id, self._known(session.id)._replace(result=end.result))

    def ended(self, one: Played) -> None:
        session = one.session
        known = self._known(session.id)
        if known.span_id:
            self._step(one, known.step, session.place, "done", {})
        began_ms = known.began_ms if known.began_ms >= 0 else self._began_ms(session.id)
        self._open.pop(session.id, None)
        result = known.result
        codes = {"flowlang.code": result.code, "flowlang.subcode": result.subcode} if result is not None else {}
        flow = naming.flow_of(one.plan)
        self._finished(
            Span(
                trace_id_of(session), call_span_id_of(session), 0, f"call {flow}", "server",
                (one.fact.at_ms if began_ms is None else began_ms) * NS_IN_MS, one.fact.at_ms * NS_IN_MS,
                {**_ids(session), "flowlang.flow": flow, "flowlang.result": naming.result_of(result), **codes},
                is_error=known.is_stranded,
            )
        )  # fmt: skip

    def sending(self, session: Session) -> AbstractContextManager[None]:  # noqa: ARG002 - see Watch
        return nullcontext()

    def sent(self, one: Sent) -> None:
        session = one.session
        operation = operation_of(one.command)
        now_ns = self._clock_ns()
        self._finished(
            Span(
                trace_id_of(session), _derived(8, "request", session.id, one.command.number, one.attempt),
                self._known(session.id).span_id or call_span_id_of(session), operation, "client",
                now_ns - int(one.seconds * 1_000_000_000), now_ns,
                {
                    **_ids(session), "http.response.status_code": one.status, "flowlang.number": one.command.number,
                    "flowlang.attempt": one.attempt,
                },
                is_error=not 200 <= one.status < 400,
            )
        )  # fmt: skip

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        pass

    def retried(self, operation: str, reason: str) -> None:
        pass

    def parked(self, one: Parked) -> None:
        pass

    def trouble(self, where: str, text: str) -> None:
        pass

    def prompt_fetched(self, status: int) -> None:
        pass

    def hours_switched(self, one: HoursSwitched) -> None:
        pass

    def deployed(self, one: Deployed) -> None:
        pass

    def _step(self, one: Played, word: str, place: int, end: str, codes: Mapping[str, str | int]) -> None:
        """The step that waited is over. One that took no time is no span, unless it failed."""
        session, at_ms = one.session, one.fact.at_ms
        known = self._known(session.id)
        is_known = bool(known.span_id)
        self._remember(session.id, known._replace(span_id=0, step="", step_ms=0))
        began_ms = known.step_ms if is_known else at_ms
        if is_known and began_ms == at_ms and end != "failed":
            return
        span_id = known.span_id or _derived(8, "step", session.id, place, at_ms)
        attributes = {**_ids(session), "flowlang.step": word, "flowlang.place": place, "flowlang.end": end, **codes}
        if not is_known:
            attributes["flowlang.began"] = "before this process"
        self._finished(
            Span(
                trace_id_of(session), span_id, call_span_id_of(session), word, "internal", began_ms * NS_IN_MS,
                at_ms * NS_IN_MS, attributes, is_error=end == "failed",
            )
        )  # fmt: skip

    def _known(self, call_id: str) -> _Open:
        return self._open.get(call_id, _Open(-1))

    def _remember(self, call_id: str, what: _Open) -> None:
        self._open[call_id] = what
        self._open.move_to_end(call_id)
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)


def _ids(session: Session) -> dict[str, str | int]:
    return {"flowlang.call_id": session.id, "flowlang.chain_id": session.chain_id}
