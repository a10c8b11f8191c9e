"""Text from outside stays on its line and does nothing to a terminal: the functions, and every output with a name that
tries."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from flowlang.admin.audit import AuditFile
from flowlang.admin.events import EventLog
from flowlang.admin.looking import _line
from flowlang.call.facts import Ignored, Incoming
from flowlang.call.party import Party
from flowlang.codec import encode
from flowlang.ladder.canvas import FINE, Look, Row, clip
from flowlang.printable import all_printable, printable, printable_json, printable_lines, printable_output
from flowlang.store.base import Entry
from flowlang.telemetry.logs import Form, logger, route_standard_logging
from flowlang.telemetry.masking import Masker
from flowlang.telemetry.metrics import Metrics
from flowlang.tools import calls_show
from flowlang.tools.calls_http import RefusedError, Service
from flowlang.tools.cli import main
from flowlang.tools.doctor_lines import text_of, wrong
from flowlang.tools.serve_ladder import stored_ladder
from flowlang.tools.terminal import write
from tests.flowtext import plan_of

HOSTILE = "Eve\n12:00 forged \r\x1b[2J\x1b]0;title\x07\x9b31m\u202egnidaer\u2028next\x00\x7f\x85end"
NOW = datetime(2026, 1, 19, 12, tzinfo=UTC)


def is_harmless(text: str) -> bool:
    """Whether a terminal shows it as lines and nothing else."""
    return all(line.isprintable() for line in text.split("\n"))


# ---------------------------------------------------------------- the functions


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Heidi Müller 你好 +49 30", "Heidi Müller 你好 +49 30"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m\x9b0m\x7f\x85", "\\x1b[31m\\x9b0m\\x7f\\x85"),
        ("\u202eevil\u2066\u2028\u2029", "\\u202eevil\\u2066\\u2028\\u2029"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_comes_is_one_line_that_does_nothing(text: str) -> None:
    shown = printable(text)
    assert all(one.isprintable() or one in "\u200c\u200d" for one in shown)
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown


@given(st.text())
def test_lines_of_ours_stay_lines(text: str) -> None:
    assert printable_lines(text).count("\n") == text.count("\n")
    assert printable_output(text).count("\n") == text.count("\n")


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_says_the_same_and_does_nothing(document: Any) -> None:
    written = printable_json(json.dumps(document, ensure_ascii=False, indent=2))
    assert is_harmless(written)
    assert json.loads(written) == document


def test_colours_of_ours_stay_and_nothing_else() -> None:
    ours = "\x1b[1;31merror\x1b[0m\tx\n"
    assert printable_output(ours) == ours
    assert printable_output("\x1b[2J\x1b[31m") == "\\x1b[2J\x1b[31m"


# ---------------------------------------------------------------- every output


def call(text: str) -> dict[str, Any]:
    party = {"kind": "phone", "id": text, "name": text, "tenant_id": text}
    return {
        "id": text, "began_at": "2026-01-19T11:00:00Z", "over_at": None, "caller": party, "called": party,
        "flow": text, "state": "live", "standing": text, "version": text, "reason": text,
    }  # fmt: skip


def test_the_list_of_calls() -> None:
    shown = calls_show.table([call(HOSTILE)], NOW, Look(160))
    assert (shown.count("\n"), is_harmless(shown)) == (2, True)


def test_one_call() -> None:
    leg = {
        "number": 0,
        "name": HOSTILE,
        "is_over": True,
        "result": HOSTILE,
        "state": HOSTILE,
        "party": call(HOSTILE)["caller"],
    }
    found = {
        "call": call(HOSTILE), "place": HOSTILE, "stage": HOSTILE, "legs": [leg], "variables": {HOSTILE: HOSTILE},
        "waiting_requests": 0, "facts": 1,
    }  # fmt: skip
    plain = json.loads(json.dumps(found).replace(json.dumps(HOSTILE)[1:-1], "Eve"))
    shown = calls_show.detail(found, NOW)
    assert is_harmless(shown)
    assert shown.count("\n") == calls_show.detail(plain, NOW).count("\n")


def test_the_facts_of_a_call() -> None:
    shown = calls_show.journal([{"at": "2026-01-19T11:00:00Z", "words": HOSTILE}] * 2)
    assert (shown.count("\n"), is_harmless(shown)) == (2, True)


def test_a_line_of_the_stream() -> None:
    data = {
        "call_id": HOSTILE, "at": "2026-01-19T11:00:00Z", "text": HOSTILE,
        "details": {"caller": HOSTILE, "called": HOSTILE, "caller_name": HOSTILE},
    }  # fmt: skip
    shown = calls_show.event_line("call began", data, NOW)
    assert (shown.count("\n"), is_harmless(shown)) == (1, True)


@pytest.mark.parametrize("look", [Look(100), Look(100, unicode=False)])
def test_a_row_of_a_ladder(look: Look) -> None:
    row = Row(100)
    row.put(0, HOSTILE)
    assert row.text(look).isprintable()
    assert clip(HOSTILE, 90).isprintable()
    assert FINE.more == "…"


def test_a_ladder() -> None:
    plan = plan_of('on incoming: answer then log "{caller.name} {caller.number}" then hang up\n')
    party = Party("user", HOSTILE, "", HOSTILE)
    incoming = Incoming(0, HOSTILE, party, party, chain_id=HOSTILE)
    entries = [Entry(1, 0, encode(incoming)), Entry(2, 5, encode(Ignored(5, HOSTILE)))]
    shown = stored_ladder(plan, entries, {})
    assert is_harmless(shown)
    assert "forged" not in [line.split()[0] for line in shown.splitlines() if line.split()]


@pytest.mark.parametrize("form", ["json", "console"])
def test_the_log(form: Form) -> None:
    stream = io.StringIO()
    log = logger(Masker(b"k" * 32, is_off=True), stream, form)
    undo = route_standard_logging(log)
    try:
        log.warning(HOSTILE, reason=HOSTILE, call_id=HOSTILE, number=5)
        assert stream.getvalue().count("\n") == 1
        import logging

        logging.getLogger("others").error("%s", HOSTILE)
        assert stream.getvalue().count("\n") == 2
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            log.exception("it broke")
    finally:
        undo()
    written = stream.getvalue()
    assert is_harmless(written)
    assert not any(line.startswith(("12:00 forged", "forged")) for line in written.splitlines())
    if form == "json":
        assert [json.loads(line)["event"] for line in written.split("\n")[:2]] == [HOSTILE, HOSTILE]


def test_the_audit_log(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    anyio.run(AuditFile(str(path), lambda: 0), HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    (line,) = path.read_text().splitlines()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["who"] == HOSTILE


def test_the_stream_of_events() -> None:
    log = EventLog(lambda: 0)
    log.tell("call began", HOSTILE, HOSTILE, caller=HOSTILE)
    (event,) = log.latest()
    text = _line(event, is_masked=False)
    assert text.count("\n") == 4
    assert [line.split(":")[0] for line in text.split("\n")[:3]] == ["id", "event", "data"]


def test_figures() -> None:
    metrics = Metrics()
    metrics.trouble(HOSTILE, HOSTILE)
    lines = generate_latest(metrics.registry).decode().split("\n")
    assert all(line.startswith(("#", "flowlang_", "python_", "process_")) or not line for line in lines)


def test_what_a_service_answers_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Service, _path: str, **_query: str) -> None:
        raise RefusedError("not_found", printable(HOSTILE))

    monkeypatch.setattr(Service, "get", refuse)
    assert main(["calls", "ls"]) == 2
    err = capsys.readouterr().err
    assert (err.count("\n"), is_harmless(err)) == (1, True)


def test_what_the_doctor_heard() -> None:
    shown = text_of([wrong("token", HOSTILE, HOSTILE)], 400)
    assert is_harmless(shown)
    assert not any(line.startswith("12:00") for line in shown.splitlines())


def test_what_was_forgotten_does_nothing_to_the_terminal_all_the_same() -> None:
    stream = io.StringIO()
    write(HOSTILE, stream)
    assert is_harmless(stream.getvalue())


def test_what_is_checked_forges_no_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A flow file from a stranger's branch, checked where findings become annotations."""
    path = tmp_path / "x.flow"
    path.write_text(
        'title "a"\n::error::forged \x1b[2J\u202e\r::warning::forged too\non incoming: anser\n', encoding="utf-8"
    )
    for form in ("text", "github", "junit", "sarif", "json"):
        main(["check", str(path), "--format", form])
        out = capsys.readouterr().out
        lines = out.replace("\r", "\n").splitlines()
        commands = [line for line in lines if line.lstrip().startswith("::")]
        assert all(" file=" in line for line in commands), form
        assert "\x1b" not in out, form


def test_names_of_the_trace_are_shown_as_they_are() -> None:
    assert all_printable({"a\n": ["x", 5, None, {"b": "\x1b"}]}) == {"a\\n": ["x", 5, None, {"b": "\\x1b"}]}
    assert isinstance(all_printable({}), Mapping)
