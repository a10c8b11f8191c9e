"""Each attack of the table against a running service: it is refused or bounded, and nobody else notices."""

import re
import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.attacks.service import Attacked, attacked, good_token, stall_bound
from tests.attacks.table import TABLE, Row, news, notification, post

PROMPT_SECONDS: Final = 2.0  # for /health/live, on a machine that others use too
MOST_GROWTH_MB: Final = 60.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with attacked(tmp_path_factory.mktemp("attacked")) as one:
        yield one


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_an_attack_is_refused_and_nobody_else_notices(row: Row, service: Attacked) -> None:
    sent = row.sent(service.host)
    before, seen = service.loop(), len(service.tracebacks())
    answer = service.exchange(row.port, sent)
    said = statuses(answer)
    assert said, (row.name, answer[:200])
    assert said[0] in row.statuses, (row.name, answer[:400])
    began = time.monotonic()
    assert "true" in service.page("/health/live", PROMPT_SECONDS)
    assert time.monotonic() - began < PROMPT_SECONDS
    after = service.loop()
    bound = stall_bound()
    assert after.stalls[bound] == before.stalls[bound], f"{row.name}: {after}"
    assert service.tracebacks()[seen:] == []


def test_after_all_of_it_calls_are_taken_as_ever(service: Attacked) -> None:
    answer = service.exchange(
        "webhook", post(news(notification(call_id="11dab8b1-894c-409a-b240-bd8beae78896")), good_token())
    )
    assert statuses(answer) == [202]


@pytest.mark.parametrize("port", ["webhook", "admin"])
def test_a_head_without_end_is_not_held(port: str, service: Attacked) -> None:
    before = service.memory_mb()
    answer = service.exchange(port, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 150_000_000)
    assert statuses(answer)[:1] in ([431], [])
    assert service.memory_mb() - before < MOST_GROWTH_MB
