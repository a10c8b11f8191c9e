"""Every payload that we have becomes a fact, or is listed with the reason why not."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from flowlang.call.commands import GetCall, Request
from flowlang.call.facts import Ignored
from flowlang.wire.decode import decode_answer, decode_notification
from flowlang.wire.http import HttpResponse
from tests.wire.none_of_ours import NONE_OF_OURS

FOLDER = Path(__file__).parent / "payloads"
FILES = sorted(path for path in FOLDER.rglob("*.json"))
ASKED = Request(7, 0, "call", GetCall())


def reason(name: str) -> str:
    return next((why for pattern, why in NONE_OF_OURS if fnmatch(name, pattern)), "")


def test_they_are_all_here() -> None:
    assert len(FILES) > 290


@pytest.mark.parametrize("path", [p for p in FILES if not reason(p.name)], ids=lambda path: path.name)
def test_payload(path: Path) -> None:
    raw = path.read_bytes()
    if "_response" in path.name:
        answer = decode_answer(ASKED, HttpResponse(200, (), raw), 1)
        assert answer.call_id or answer.operation_id or answer.participants is not None or answer.operation_status
    elif "_error_" in path.name:
        answer = decode_answer(ASKED, HttpResponse(403, (), raw), 1)
        assert answer.result is not None
        assert str(answer.result.subcode) in path.name
        assert answer.result.message.endswith(".")
    else:
        facts = decode_notification(raw, 1)
        assert facts
        assert not [fact for fact in facts if isinstance(fact, Ignored)]


@pytest.mark.parametrize("path", [p for p in FILES if reason(p.name) and "request" not in p.name], ids=lambda p: p.name)
def test_what_is_listed_is_none_of_ours(path: Path) -> None:
    """A listed file that became a fact after all would be a stale line of the list."""
    if "_response" not in path.name and "-quality" not in path.name:
        assert all(isinstance(fact, Ignored) for fact in decode_notification(path.read_bytes(), 1))


def test_no_line_of_the_list_is_stale() -> None:
    for pattern, why in NONE_OF_OURS:
        assert why
        assert any(fnmatch(path.name, pattern) for path in FILES), pattern
