"""What Python and SQLite can do at most: three notifications a call, each an inbox row, a session read and written, and
an outbox row, in one transaction of a group (WAL, synchronous FULL), by hand.

The loop and its waiting are those with which durable engines were measured: Restate 83 to 89 calls a second, Temporal
19 to 28, DBOS 16 to 21, this one 3,750, all on one machine. Not the same work: there is no flow, no journal, no answer
of Graph to be found out about, no timer, no version, no repeat to be recognised, and no way back after a crash.
"""

import asyncio
import queue
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import uuid4

CALLS, LANES, STEPS = 3_000, 64, 3
PATIENCE_SECONDS = 60
BODY = {"changeType": "updated", "resource": "/app/calls/x", "pad": "p" * 1_400,
        "resourceData": {"state": "established"}}  # fmt: skip
Waiting = dict[tuple[str, int], "asyncio.Future[None]"]


def _json() -> Any:
    """The fastest there is; the report says where it is not installed."""
    return import_module("orjson")


def _write(path: str, came: "queue.SimpleQueue[tuple[str, int, bytes] | None]", told: Any) -> None:
    """One thread: everything that waits in one transaction."""
    orjson = _json()
    db = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE inbox (id INTEGER PRIMARY KEY, call TEXT, body BLOB)",
        "CREATE TABLE session (call TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID",
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY, call TEXT, body BLOB)",
    ):
        db.execute(statement)
    while (first := came.get()) is not None:
        batch = [first]
        while not came.empty():
            more = came.get()
            if more is None:
                return
            batch.append(more)
        db.execute("BEGIN IMMEDIATE")
        for call, at, body in batch:
            state = orjson.loads(body)["resourceData"]["state"]
            row = db.execute("SELECT body FROM session WHERE call = ?", (call,)).fetchone()
            session: dict[str, Any] = orjson.loads(row[0]) if row is not None else {"call": call, "n": 0}
            session["n"] += 1
            session["state"] = state
            db.execute("INSERT INTO inbox (call, body) VALUES (?, ?)", (call, body))
            db.execute("INSERT OR REPLACE INTO session VALUES (?, ?)", (call, orjson.dumps(session)))
            request = orjson.dumps({"op": "play", "id": f"{call}{at}"})
            db.execute("INSERT INTO outbox (call, body) VALUES (?, ?)", (call, request))
        db.execute("COMMIT")
        for call, at, _ in batch:
            told((call, at))


async def _play(calls: Iterator[str], came: "queue.SimpleQueue[Any]", waiting: Waiting) -> None:
    body = _json().dumps(BODY)
    loop = asyncio.get_running_loop()
    for call in calls:
        for at in range(STEPS):
            waiting[call, at] = future = loop.create_future()
            came.put((call, at, body))
            await asyncio.wait_for(future, PATIENCE_SECONDS)


async def _calls_per_second(folder: str) -> float:
    came: queue.SimpleQueue[Any] = queue.SimpleQueue()
    waiting: Waiting = {}
    loop = asyncio.get_running_loop()

    def settle(key: tuple[str, int]) -> None:
        waiting.pop(key).set_result(None)

    writer = threading.Thread(
        target=_write, args=(f"{folder}/floor.db", came, lambda key: loop.call_soon_threadsafe(settle, key))
    )
    writer.start()
    try:
        await _played(200, came, waiting)
        return CALLS / await _played(CALLS, came, waiting)
    finally:
        came.put(None)
        writer.join()


async def _played(count: int, came: "queue.SimpleQueue[Any]", waiting: Waiting) -> float:
    """The seconds for so many calls."""
    calls = iter([uuid4().hex for _ in range(count)])
    start = time.perf_counter()
    await asyncio.gather(*[_play(calls, came, waiting) for _ in range(LANES)])
    return time.perf_counter() - start


def calls_per_second() -> float:
    """Calls by hand in a second, so many at once as the service gets."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_calls_per_second(folder))
