"""A database of an older release with calls in it, in every state that a call can have: after the upgrade each goes on
where it was, and the copy beside it is what the older release had."""

import sqlite3
from pathlib import Path

import pytest

from flowlang.store import schema, sqlite
from flowlang.store.base import LATEST, Answer, Parked, Postponed, Store, StoreError, Switched, Which
from flowlang.store.sqlite import SqliteStore
from tests.store.test_stores import arrival, begin, done

NEXT = (
    (  # columns that many machines need, and an index on them
        "ALTER TABLE session ADD COLUMN shard INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE inbox ADD COLUMN shard INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE request ADD COLUMN shard INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX session_shard ON session (shard, due_ms)",
    ),
    (  # a table that is made anew, as SQLite wants it for what cannot be altered
        """CREATE TABLE parked_anew (
            number INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL,
            reason TEXT NOT NULL, note TEXT NOT NULL DEFAULT ''
        )""",
        "INSERT INTO parked_anew (number, call_id, at_ms, reason) SELECT number, call_id, at_ms, reason FROM parked",
        "DROP TABLE parked",
        "ALTER TABLE parked_anew RENAME TO parked",
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "calls.db")


def filled(path: str) -> None:
    """Calls that ring, wait, are being sent, are answered, rest, or are over."""
    store = SqliteStore(path)
    store.put_plan("p", b"a plan")
    store.deploy("desk", "p", 5)
    store.deploy("desk", "q", 6, 10, "otto")
    store.switch(Switched("office", False, 99, "otto"))
    for name in ("waits", "due", "sent", "answered", "later", "over", "rests"):
        requests = ((1, 0), (2, 0), (3, 1)) if name in ("sent", "answered", "later") else ()
        begin(store, *requests, call_id=name, due_ms=500 if name == "due" else -1)
    leased = {(one.intent.call_id, one.intent.number) for one in store.lease(0, 1_000, "old process", 100)}
    assert ("sent", 1) in leased
    assert store.answered("old process", 1, Answer("answered", 1, 202, b"taken", 20))
    assert store.postpone("old process", Postponed("later", 1, 1, 2_000))
    store.arrive([arrival("over"), arrival("waits", key="m0")])
    for work in store.take(0, 100):
        if work.session.call_id in ("over", "waits"):
            store.commit([done(work, over=work.session.call_id == "over", at=2)])
    store.arrive([arrival("rests", body=b"poison"), arrival("waits", key="m1", body=b"news"), arrival("new", key="m2")])
    store.park(Parked("rests", 30, "it broke"))
    store.park(Parked("never began", 31, "it broke at once"))
    store.close()


def standing(store: Store) -> dict[str, object]:
    """All that a worker, a sender or somebody who looks can see of it. Nothing is changed."""
    calls = ("waits", "due", "sent", "answered", "later", "over", "rests", "new", "never began")
    return {
        "work": store.take(10_000, 100), "work now": store.take(0, 100), "next": store.next_due_ms(),
        "parked": store.parked(), "deployed": store.deployed(), "switched": store.switched(), "plans": store.plans(),
        "plan": store.plan("p"), "counts": store.counts(), "list": store.find(Which(), 100),
        "mentioned": store.mentioning(lambda kept: b"poison" in kept, LATEST, 100),
        "silent": store.unheard(LATEST, 100),
        "calls": [(store.session(one), store.listed(one), store.journal(one), store.requests(one)) for one in calls],
    }  # fmt: skip


def newer(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """A later release, so many versions of the schema on."""
    steps = (*schema.STEPS, *NEXT[:count])
    monkeypatch.setattr(sqlite, "STEPS", steps)
    monkeypatch.setattr(sqlite, "VERSION", len(steps))


@pytest.mark.parametrize("jumps", [(1,), (2,), (1, 2)])
def test_every_call_goes_on_where_it_was(path: str, jumps: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    before = SqliteStore(path)
    expected = standing(before)
    before.close()
    for count in jumps:
        newer(monkeypatch, count)
        between = SqliteStore(path)
        assert standing(between) == expected
        between.close()
    store = SqliteStore(path)
    assert store.end_leases("new process") > 0
    again = {(one.intent.call_id, one.intent.number): one.attempt for one in store.lease(0, 9_000, "new process", 100)}
    assert again["sent", 1] == 2, "it may have left: it is asked about, and not repeated"
    assert ("later", 1) not in again, "it was put off"
    assert not store.answered("old process", 1, Answer("sent", 1, 202, b"", 40))
    assert store.answered("new process", 2, Answer("sent", 1, 202, b"", 40))
    repeats = [arrival("waits", key="m0"), arrival("waits", key="m1"), arrival("over")]
    assert store.arrive([*repeats, arrival("waits", key="m3")]) == [False, False, False, True]
    works = store.take(10_000, 100)
    store.commit([done(one, (7, 0), at=9) for one in works])
    assert store.take(0, 100) == []
    assert [entry.number for entry in store.journal("waits")] == [1, 2, 9]
    assert store.unpark("rests")
    store.close()


@pytest.mark.parametrize("count", [1, 2])
def test_the_copy_is_what_the_older_release_had(path: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    before = SqliteStore(path)
    expected = standing(before)
    before.close()
    newer(monkeypatch, count)
    store = SqliteStore(path)
    store.arrive([arrival("later than the copy")])
    store.close()
    monkeypatch.undo()
    copy = SqliteStore(f"{path}.schema-{schema.VERSION}")
    assert standing(copy) == expected
    copy.close()


def test_a_step_that_fails_in_the_middle_leaves_every_call_as_it_was(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    before = SqliteStore(path)
    expected = standing(before)
    before.close()
    broken = (*schema.STEPS, (*NEXT[1], "NOT EVEN SQL"))
    monkeypatch.setattr(sqlite, "STEPS", broken)
    monkeypatch.setattr(sqlite, "VERSION", len(broken))
    with pytest.raises(StoreError):
        SqliteStore(path)
    monkeypatch.undo()
    after = SqliteStore(path)
    assert standing(after) == expected
    after.close()


def test_the_copy_is_whole_while_somebody_reads(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader keeps SQLite from putting the last commits into the main file."""
    filled(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM session").fetchall()
    late = SqliteStore(path)
    begin(late, call_id="late")
    expected = standing(late)
    late.close()
    newer(monkeypatch, 1)
    SqliteStore(path).close()
    reader.close()
    monkeypatch.undo()
    copy = SqliteStore(f"{path}.schema-{schema.VERSION}")
    assert standing(copy) == expected
    assert copy.session("late") is not None
    copy.close()


def test_without_room_for_a_copy_nothing_is_changed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    Path(f"{path}.schema-{schema.VERSION}").mkdir()
    newer(monkeypatch, 1)
    with pytest.raises(StoreError, match="not brought up to date, since"):
        SqliteStore(path)
    monkeypatch.undo()
    assert SqliteStore(path).session("waits") is not None
