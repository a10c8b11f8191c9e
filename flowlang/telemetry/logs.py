"""Logs: one line for what an operator should know, as JSON or for reading on a terminal, masked before it is written.

Every line about a call has `call_id` and `chain_id`. What the client library and the server log goes the same way.
"""

import json
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, TextIO

import structlog
from structlog.types import EventDict, ExcInfo, FilteringBoundLogger, Processor, WrappedLogger

from flowlang.call import commands
from flowlang.call.commands import Request
from flowlang.call.facts import CallUpdated
from flowlang.call.operations import operation_of, spaced
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.call.trace import Trace
from flowlang.plan import Plan
from flowlang.printable import printable, printable_json
from flowlang.runtime.loop_lag import STALL_SECONDS, Lag
from flowlang.runtime.watch import HoursSwitched, Played, Sent, Verdict
from flowlang.store.base import Deployed, Parked
from flowlang.telemetry import naming
from flowlang.telemetry.masking import GUID, MOST_TEXT, Masker, hidden_of
from flowlang.telemetry.nets import SafetyNets
from flowlang.telemetry.said import said

Form = Literal["json", "console"]
Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final[dict[Level, int]] = {
    "debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR,
}  # fmt: skip
QUIET: Final = {"httpx": logging.WARNING, "httpcore": logging.WARNING, "uvicorn.access": logging.WARNING,
                "asyncio": logging.WARNING, "msal": logging.WARNING, "urllib3": logging.WARNING}  # fmt: skip
"""Loggers that tell of every request, where our own lines and metrics do so already."""
SELDOM_SECONDS: Final = 5.0
MOST_STEPS: Final = 24  # of a traceback, for each error that led to the next
FIRST: Final = ("at", "level", "event", "call_id", "chain_id")

GONE: Final = 404  # Graph's answer about a call that is over
NEED_THE_CALL: Final = (
    commands.Answer, commands.Reject, commands.Redirect, commands.Play, commands.RecordResponse,
    commands.SubscribeToTone, commands.CancelMedia, commands.Mute, commands.Unmute, commands.KeepAlive,
    commands.GetCall,
)  # fmt: skip
"""What is asked of a call that a caller may leave at any moment. A failure that has another cause is told by its
step."""
_NAMED_CALL: Final = re.compile(rf"\bcall ({GUID})")

_hidden: ContextVar[frozenset[str]] = ContextVar("hidden", default=frozenset())
"""Who is on the call that is being worked for."""


def form_for(stream: TextIO) -> Form:
    """For reading on a terminal, else JSON."""
    return "console" if stream.isatty() else "json"


def processors(masker: Masker, form: Form, *, colours: bool = False) -> list[Processor]:
    """What a line goes through: its call, its level, an exception as text, masking, the time, its form."""

    def mask(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        hidden = frozenset(line.pop("_hidden", ())) | _hidden.get()
        return masker.line(line, hidden)

    last: Processor
    if form == "json":
        last = structlog.processors.JSONRenderer(_as_json, ensure_ascii=False)
    else:
        last = structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="at", pad_event_to=20)
    shown: list[Processor] = [] if form == "json" else [_printable]
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.ExceptionRenderer(_traceback),
        mask,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _in_order,
        *shown,
        last,
    ]


def _traceback(exc_info: ExcInfo) -> str:
    """As Python prints it, with the last steps only: a recursion that went too deep has thousands."""
    return "".join(traceback.format_exception(exc_info[1], limit=-MOST_STEPS, chain=True))


def _as_json(document: object, **named: Any) -> str:
    return printable_json(json.dumps(document, **named))


def _printable(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """What others wrote stays on its line. An exception is several, which nobody can take for other lines."""
    return {name: _shown(name, value) for name, value in line.items()}


def _shown(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name == "exception":
        return "\n".join([f"  | {printable(one)}" for one in value.split("\n")])
    return printable(value)


def _in_order(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """What a reader looks for first stands first."""
    first = {key: line.pop(key) for key in FIRST if key in line}
    return {**first, **line}


def logger(masker: Masker, stream: TextIO, form: Form, level: Level = "info") -> FilteringBoundLogger:
    """A logger that writes masked lines to a stream. Nothing is configured for anybody else."""
    made: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=processors(masker, form, colours=form == "console" and stream.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
    ).bind()  # made once, not anew for each line
    return made


class Routed(logging.Handler):
    """Takes what the standard library's loggers say, and writes it as our own lines."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        try:
            more = {"exc_info": record.exc_info} if record.exc_info and record.exc_info[0] is not None else {}
            self._log.log(record.levelno, record.getMessage(), logger=record.name, **more)
        except Exception:  # noqa: BLE001 - as every handler of the standard library: a line must not end the service
            self.handleError(record)


def route_standard_logging(log: FilteringBoundLogger, level: Level = "info") -> Callable[[], None]:
    """Send what uvicorn, httpx and all others log through `log`. Gives what undoes it."""
    root = logging.getLogger()
    names = ("", *QUIET, "uvicorn", "uvicorn.error")
    before = {name: _state_of(logging.getLogger(name)) for name in names}
    for name in names[1:]:
        one = logging.getLogger(name)
        one.handlers, one.propagate = [], True
        one.setLevel(max(QUIET.get(name, logging.NOTSET), LEVELS[level]))
    root.handlers = [Routed(log)]
    root.setLevel(LEVELS[level])

    def undo() -> None:
        for name, state in before.items():
            one = logging.getLogger(name)
            one.handlers, one.propagate = list(state.handlers), state.propagate
            one.setLevel(state.level)

    return undo


class _LoggerState(NamedTuple):
    handlers: tuple[logging.Handler, ...]
    propagate: bool
    level: int


def _state_of(one: logging.Logger) -> _LoggerState:
    return _LoggerState(tuple(one.handlers), one.propagate, one.level)


@contextmanager
def about_call(session: Session) -> Iterator[None]:
    """Every line that is logged inside carries the ids of that call, and hides who is on it."""
    token = _hidden.set(hidden_of(session))
    try:
        with structlog.contextvars.bound_contextvars(call_id=session.id, chain_id=session.chain_id):
            yield
    finally:
        _hidden.reset(token)


# ---------------------------------------------------------------- the watch


class Seldom:
    """Lets the same kind of line through once in a while, with the number of those that were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, seconds: float = SELDOM_SECONDS) -> None:
        self._clock, self._seconds = clock, seconds
        self._last: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def may(self, kind: str) -> int | None:
        """How many were left out since the last one; None: this one is left out too."""
        now = self._clock()
        last = self._last.get(kind)
        if last is not None and now - last < self._seconds:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return None
        self._last[kind] = now
        return self._left_out.pop(kind, 0)


PERSONAL: Final = {
    "incoming": (0, 1), "joined": (0,), "left": (0,), "leg": (1,), "set": (1,), "tone": (0,), "by-hand": (1, 2),
}  # fmt: skip
"""By code of the trace: the facts of it that are somebody's name, number, key or value."""


class LogWatch:
    """A `Watch` that writes lines. `seldom` keeps a flood of refused notifications from filling the disk."""

    def __init__(self, log: FilteringBoundLogger, masker: Masker, seldom: Seldom | None = None) -> None:
        self._log, self._masker = log, masker
        self._seldom = seldom if seldom is not None else Seldom()
        self._is_detailed = log.is_enabled_for(logging.DEBUG)
        self._nets = SafetyNets()

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        if verdict in ("taken", "repeat", "nothing") and not reason:
            self._log.debug("notification", result=verdict, taken_seconds=round(seconds, 6))
            return
        left_out = self._seldom.may(f"notification {verdict}")
        if left_out is not None:
            event = "notification of nothing" if verdict == "nothing" else "notification not accepted"
            self._log.warning(event, result=verdict, reason=reason, left_out_count=left_out)

    def began(self, one: Played) -> None:
        session = one.session
        self._log.info(
            "call began", **_ids(session), flow=naming.flow_of(one.plan), plan=session.plan, kind=session.kind,
            direction=session.direction, caller=self._masker.party(session.caller),
            called=self._masker.party(session.called),
        )  # fmt: skip

    def ended(self, one: Played) -> None:
        self._end(one, is_over=True)
        self._log.debug("session over", **_ids(one.session))

    def _end(self, one: Played, *, is_over: bool) -> None:
        end = naming.end_of(one, is_over=is_over)
        if end is not None:
            result = end.result
            codes = {"code": result.code, "subcode": result.subcode} if result is not None else {}
            flow = naming.flow_of(one.plan)
            self._log.info("call over", **_ids(one.session), flow=flow, result=naming.result_of(result), **codes)

    def played(self, one: Played) -> None:
        left = naming.caller_left(one.session)  # then nobody waits for what catches a failure
        told = [entry for entry in one.trace if entry.code in _TOLD and not (left and entry.code == "uncaught")]
        hidden = hidden_of(one.session) if told or self._is_detailed else frozenset()
        for entry in told:
            self._told(one, entry, hidden)
        for entry in self._nets.proved(one):
            common = {**_ids(one.session), "flow": naming.flow_of(one.plan), "place": entry.place}
            self._log.error("the safety net ran", **_codes(entry.facts), **common, _hidden=hidden_of(one.session))
        if self._is_detailed:
            self._detail(one, hidden)
        self._end(one, is_over=False)

    def _detail(self, one: Played, hidden: frozenset[str]) -> None:
        ids = _ids(one.session)
        state = one.fact.state if isinstance(one.fact, CallUpdated) else ""
        kind = spaced(type(one.fact).__name__)
        self._log.debug("fact", **ids, kind=kind, state=state, waited_ms=one.waited_ms)
        for entry in one.trace:
            about: object = [self._said(one.plan, entry)] if entry.code == "log" else _about(entry)
            self._log.debug(
                "trace", **ids, word=entry.code, place=entry.place, leg=entry.leg, about=about, _hidden=hidden
            )

    def _told(self, one: Played, entry: Trace, hidden: frozenset[str]) -> None:
        common = {**_ids(one.session), "flow": naming.flow_of(one.plan), "place": entry.place, "_hidden": hidden}
        facts = entry.facts
        match entry.code:
            case "log":
                self._log.info("flow says", text=self._said(one.plan, entry), **common)
            case "by-hand":
                self._log.info("an operator acts", act=facts[0], **common)
            case "failed":
                self._log.info("step failed", step=facts[0], **_failure(facts[1:]), **common)
            case "uncaught":
                self._log.warning("nothing in the flow catches this failure", **_failure(facts), **common)
            case "over-limit":
                self._log.error("the flow did too much at one moment", about=facts[0], **common)
            case "lost":
                self._log.warning("no answer came to a request; Graph is asked", operation=facts[1], **common)
            case _:
                raise AssertionError(entry.code)

    def _said(self, plan: Plan, entry: Trace) -> str:
        text = str(entry.facts[0])
        return text if self._masker.is_off else said(plan, entry.place, text)

    def sending(self, session: Session) -> AbstractContextManager[None]:
        return about_call(session)

    def sent(self, one: Sent) -> None:
        operation = operation_of(one.command)
        is_well = 200 <= one.status < 400 or (operation == "hang up" and one.status == GONE)  # it is hung up already
        if is_well and not self._is_detailed:
            return
        line = {
            **_ids(one.session), "operation": operation, "status": one.status,
            "taken_seconds": round(one.seconds, 4), "attempt": one.attempt,
        }  # fmt: skip
        if is_well:
            self._log.debug("request", **line)
        elif one.status == GONE and isinstance(one.command, Request) and isinstance(one.command.act, NEED_THE_CALL):
            self._log.info("a request came when the call was over", **line)
        else:
            self._log.warning("no answer to a request" if one.status == 0 else "a request was refused", **line)

    def retried(self, operation: str, reason: str) -> None:
        self._log.info("a request is sent again", operation=operation, reason=reason)

    def parked(self, one: Parked) -> None:
        self._log.error("a call rests: working on it broke something", call_id=one.call_id, chain_id="",
                        reason=one.reason)  # fmt: skip

    def trouble(self, where: str, text: str) -> None:
        left_out = self._seldom.may(f"trouble {where}")
        if left_out is not None:
            named = _NAMED_CALL.search(text[:MOST_TEXT])
            call = {"call_id": named[1]} if named is not None else {}
            self._log.error("trouble", **call, where=where, reason=text, left_out_count=left_out)

    def hours_switched(self, one: HoursSwitched) -> None:
        until = datetime.fromtimestamp(one.until_ms / 1000, UTC).isoformat() if one.until_ms >= 0 else ""
        self._log.info("hours switched by hand", hours=one.hours, state=one.state, until=until, by=one.by)

    def prompt_fetched(self, status: int) -> None:
        left_out = self._seldom.may("prompt") if status >= 400 else None
        if left_out is not None:
            self._log.warning("a prompt was asked for and not given", status=status, left_out_count=left_out)

    def deployed(self, one: Deployed) -> None:
        self._log.info("flow deployed", flow=one.flow, version=one.digest, share_percent=one.share, by=one.by)


def stall_logged(log: FilteringBoundLogger, seldom: Seldom | None = None) -> Callable[[Lag], None]:
    """Writes a line about a loop that was late, as often as other lines of trouble."""
    often = seldom if seldom is not None else Seldom()

    def stalled(lag: Lag) -> None:
        left_out = often.may("stall")
        if left_out is not None:
            late, busy = round(lag.late_seconds, 3), round(lag.busy_seconds, 3)
            tell = log.warning if lag.busy_seconds > STALL_SECONDS else log.info  # else others had the processor
            tell("the event loop stood still", late_seconds=late, busy_seconds=busy, left_out_count=left_out)

    return stalled


_TOLD: Final = frozenset(("log", "by-hand", "failed", "uncaught", "over-limit", "lost"))


def _ids(session: Session) -> dict[str, str]:
    return {"call_id": session.id, "chain_id": session.chain_id}


def _codes(facts: tuple[str | int, ...]) -> dict[str, str | int]:
    code, subcode, text = facts[0], facts[1], facts[2] if len(facts) > 2 else ""
    return {"code": code, "subcode": subcode, "reason": text}


def _failure(facts: tuple[str | int, ...]) -> dict[str, str | int]:
    """The codes of a failure, and the name of its result."""
    found = _codes(facts)
    name = naming.result_of(Result(int(found["code"]), int(found["subcode"]), "", str(found["reason"])))
    return {"result": name, **found}


def _about(entry: Trace) -> list[object]:
    personal = PERSONAL.get(entry.code, ())
    return ["<masked>" if at in personal else fact for at, fact in enumerate(entry.facts)]
