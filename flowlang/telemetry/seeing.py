"""Puts together what operators see: one watch that writes lines, counts, and makes spans if that is asked for."""

import secrets
from collections.abc import Callable
from typing import NamedTuple, TextIO

from structlog.types import FilteringBoundLogger

from flowlang.runtime.watch import Several, Watch
from flowlang.telemetry.logs import Form, Level, LogWatch, logger
from flowlang.telemetry.masking import Masker
from flowlang.telemetry.metrics import Metrics
from flowlang.telemetry.otel import INSTALL, exporting
from flowlang.telemetry.spans import Spans

KEY_BYTES = 32


class Shown(NamedTuple):
    """`watch` goes to webhook, worker and service. `close` sends what is left of the traces, and blocks for that."""

    watch: Watch
    metrics: Metrics
    log: FilteringBoundLogger
    masker: Masker
    close: Callable[[], None]


class Wanted(NamedTuple):
    """What an operator chose. mask_key: hex; empty: a new one for each process, so that nothing can be found together
    beyond it. traces: `off`, `environment` (the variables of OpenTelemetry say where to), or an address."""

    form: Form
    level: Level = "info"
    shows_people: bool = False
    mask_key: str = ""
    traces: str = "off"


def seeing(wanted: Wanted, stream: TextIO, began_ms: Callable[[str], int | None] = lambda _call_id: None) -> Shown:
    """`began_ms`: see `Spans`. Raises `ValueError` for a key that is not hexadecimal."""
    key = bytes.fromhex(wanted.mask_key) if wanted.mask_key else secrets.token_bytes(KEY_BYTES)
    masker = Masker(key, is_off=wanted.shows_people)
    log = logger(masker, stream, wanted.form, wanted.level)
    metrics = Metrics()
    watches: list[Watch] = [LogWatch(log, masker), metrics]
    close: Callable[[], None] = _nothing
    if wanted.traces != "off":
        out = exporting("" if wanted.traces == "environment" else wanted.traces)
        if out is None:
            log.warning("there are no traces", reason=INSTALL)
        else:
            watches.append(Spans(out.finished, began_ms))
            close = out.close
    return Shown(Several(watches), metrics, log, masker, close)


def _nothing() -> None:
    pass
