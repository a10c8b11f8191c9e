"""What an operator chose is what is put together."""

import io
import json

import pytest

from flowlang.store.base import Parked
from flowlang.telemetry import otel, seeing
from flowlang.telemetry.seeing import Shown, Wanted
from tests.telemetry.watched import watched

LINE = Parked("c", 1, "for +49 30 123456")


def shown(wanted: Wanted) -> tuple[Shown, io.StringIO]:
    stream = io.StringIO()
    return seeing.seeing(wanted, stream), stream


def test_a_call_is_logged_and_counted() -> None:
    what, stream = shown(Wanted("json"))
    watched("consult.flow", what.watch)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["call began", "call over"]
    assert b"flowlang_transfers_total" in _page(what)
    what.close()


def _page(what: Shown) -> bytes:
    from prometheus_client import generate_latest

    return generate_latest(what.metrics.registry)


def test_the_key_decides_the_letters() -> None:
    def line(key: str) -> str:
        what, stream = shown(Wanted("json", mask_key=key))
        what.watch.parked(LINE)
        return str(json.loads(stream.getvalue())["reason"])

    assert line("00ff") == line("00ff") != line("00fe")
    assert line("") != line("")


def test_people_are_shown_where_the_operator_said_so() -> None:
    what, stream = shown(Wanted("json", shows_people=True))
    what.watch.parked(LINE)
    assert "+49 30 123456" in stream.getvalue()


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        shown(Wanted("json", mask_key="my key"))


def test_the_level_is_kept() -> None:
    what, stream = shown(Wanted("console", "error"))
    what.watch.retried("play", "429")
    assert stream.getvalue() == ""


def test_traces_without_the_extra_are_told_once_and_nothing_else_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otel, "find_spec", lambda name: None)
    what, stream = shown(Wanted("json", traces="http://127.0.0.1:9/v1/traces"))
    assert "flowlang[otel]" in stream.getvalue()
    watched("consult.flow", what.watch)
    assert "call over" in stream.getvalue()


def test_traces_go_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    spans: list[object] = []
    closed: list[bool] = []

    def exporting(endpoint: str) -> otel.Exporting:
        asked.append(endpoint)
        return otel.Exporting(spans.append, lambda: closed.append(True))

    monkeypatch.setattr(seeing, "exporting", exporting)
    shown(Wanted("json", traces="environment"))
    what, _ = shown(Wanted("json", traces="http://127.0.0.1:9/v1/traces"))
    watched("consult.flow", what.watch)
    what.close()
    assert asked == ["", "http://127.0.0.1:9/v1/traces"]
    assert len(spans) > 5
    assert closed == [True]
