"""What breaks around a service that has calls: the disk, the database, the way to Graph. Over real sockets.

docs/explanation/when-things-break.md says what happens; here it does.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import anyio
import pytest

from flowlang.runtime.sender import Response
from flowlang.runtime.transport import NOT_SENT_RESPONSE, Transport
from flowlang.simulator.values import Cut, Outcome
from flowlang.store import sqlite
from tests.properties.test_histories import plan_of
from tests.runtime.test_sockets import Stand, bodies, until

ONCE: Final = ("answer", "create", "transfer")
"""What must never be asked for twice on a guess, once for each leg."""


def done_once(stand: Stand) -> None:
    """Graph took nothing twice that it must not, and nothing is left over."""
    taken: dict[tuple[str, str], int] = {}
    for one in stand.graph.graph.taken:
        is_taken = 200 <= one.status < 300 or (one.status == 0 and one.code == "after")
        if one.operation in ONCE and is_taken:
            taken[one.operation, one.call_id] = taken.get((one.operation, one.call_id), 0) + 1
    assert taken
    assert set(taken.values()) == {1}, taken
    counts = stand.store.counts()
    assert (counts.live, counts.parked, counts.inbox, counts.to_send) == (0, 0, 0, 0)
    assert not stand.graph.graph.legs_up()


# ---------------------------------------------------------------- the store


@contextmanager
def locked(stand: Stand) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    other = sqlite3.connect(stand.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def full(stand: Stand) -> Iterator[None]:
    """The database may not grow: what SQLite says then is what it says when the disk is full."""
    db = stand.store._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    yield
    db.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def read_only(stand: Stand) -> Iterator[None]:
    db = stand.store._db
    db.execute("PRAGMA query_only = ON")
    yield
    db.execute("PRAGMA query_only = OFF")


BREAKS: Final = {"locked": (locked, "locked"), "full": (full, "full"), "read-only": (read_only, "readonly")}


@pytest.mark.parametrize("name", BREAKS)
def test_a_store_that_cannot_be_written_for_a_while_loses_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks, said = BREAKS[name]
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)

    async def main() -> None:
        async with Stand(plan_of("consult.flow"), str(tmp_path / "calls.db")).up() as stand:
            for _ in range(8):
                stand.call()
            await until(lambda: bodies(stand, "/communications/calls"))  # somebody's phone rings
            with breaks(stand):
                for _ in range(3 if name == "full" else 1):
                    stand.call()  # and one comes in just then
                await until(lambda: any(said in one for one in stand.troubles))
                await anyio.sleep(1.0)
            await stand.until_over(11 if name == "full" else 9)
            await until(lambda: stand.store.counts().to_send == 0)
            done_once(stand)
            assert len(bodies(stand, "/transfer")) == (11 if name == "full" else 9)

    anyio.run(main)


# ---------------------------------------------------------------- the way to Graph

CUTS: Final = [
    (name, operation, when)
    for name, operations in (
        ("consult.flow", ("answer", "create", "playPrompt", "cancelMediaProcessing", "transfer")),
        ("transfer_blind_user.flow", ("answer", "transfer")),
    )
    for operation in operations
    for when in ("before", "after")
    # The caller goes on after the 18 seconds of the flow; but a leg that may have come about is waited for two minutes.
    if (operation, when) != ("create", "before")
]  # fmt: skip


@pytest.mark.parametrize(("name", "operation", "when"), CUTS)
def test_a_connection_that_is_cut(name: str, operation: str, when: str, tmp_path: Path) -> None:
    """Nobody learns whether the request was taken: it is found out, and nothing is done twice."""
    cut: Outcome = Cut("before" if when == "before" else "after")

    async def main() -> None:
        async with Stand(plan_of(name), str(tmp_path / "calls.db"), (operation, cut)).up() as stand:
            stand.call()
            await stand.until_over()
            await until(lambda: stand.store.counts().to_send == 0)
            done_once(stand)
            (call,) = stand.store.calls(5, over=True)
            assert call.state

    anyio.run(main)


def test_a_graph_that_cannot_be_reached_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What surely never left goes out again, while its step waits for it."""
    is_away = False
    exchange = Transport._exchange

    async def exchanged(self: Transport, *given: Any) -> Response:
        return NOT_SENT_RESPONSE if is_away else await exchange(self, *given)

    monkeypatch.setattr(Transport, "_exchange", exchanged)

    async def main() -> None:
        nonlocal is_away
        async with Stand(plan_of("consult.flow"), str(tmp_path / "calls.db")).up() as stand:
            for _ in range(4):
                stand.call()
            await until(lambda: bodies(stand, "/communications/calls"))
            is_away = True
            stand.call()
            await anyio.sleep(3.0)
            assert len(bodies(stand, "/transfer")) < 5
            is_away = False
            await stand.until_over(5)
            await until(lambda: stand.store.counts().to_send == 0)
            done_once(stand)
            assert len(bodies(stand, "/transfer")) == 5

    anyio.run(main)
