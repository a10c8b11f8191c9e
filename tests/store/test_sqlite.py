"""What only a file can do: outlive the process, be locked, full, read-only, too old, too new."""

import contextlib
import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from flowlang.store import schema, sqlite
from flowlang.store.base import Answer, Arrival, NewerSchemaError, StoreError
from flowlang.store.only_one import only_one
from flowlang.store.sqlite import SqliteStore
from tests.store.test_stores import arrival, begin, done


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "calls.db")


def test_everything_is_there_after_the_process_was_killed(path: str) -> None:
    store = SqliteStore(path)
    begin(store, (1, 0), due_ms=70)
    store.arrive([arrival(key="m1", body=b"waits")])
    store.lease(0, 100, "killed", 10)
    again = SqliteStore(path)  # the first was never closed
    assert again.arrive([arrival(key="m1")]) == [False]
    (work,) = again.take(0, 10)
    assert [one.arrival.body for one in work.received] == [b"waits"]
    assert again.next_due_ms() == 70
    (leased,) = again.lease(100, 200, "next", 10)
    assert leased.attempt == 2  # it may have been sent: to be asked about, not repeated
    assert again.answered("next", 2, Answer("a", 1, 202, b"", 150))


def test_every_commit_is_flushed(path: str) -> None:
    store = SqliteStore(path)
    (mode,) = store._db.execute("PRAGMA journal_mode").fetchone()
    (level,) = store._db.execute("PRAGMA synchronous").fetchone()
    assert (mode, level) == ("wal", 2)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: str) -> None:
    Path(path).write_bytes(b"a letter to my aunt, long enough to be read as a page" * 20)
    before = Path(path).read_bytes()
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(path)
    assert Path(path).read_bytes() == before


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(str(tmp_path / "nowhere" / "calls.db"))


def test_a_newer_database_is_refused(path: str) -> None:
    SqliteStore(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    with pytest.raises(NewerSchemaError, match="use the newer release"):
        SqliteStore(path)


def test_an_older_database_is_upgraded_with_a_copy_beside_it(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(path)
    begin(store)
    store.close()
    more = (*schema.STEPS, ("ALTER TABLE session ADD COLUMN note TEXT NOT NULL DEFAULT ''",))
    monkeypatch.setattr(sqlite, "STEPS", more)
    monkeypatch.setattr(sqlite, "VERSION", len(more))
    newer = SqliteStore(path)
    assert newer.session("a") is not None
    assert [column[1] for column in newer._db.execute("PRAGMA table_info(session)")][-1] == "note"
    newer.close()
    monkeypatch.undo()
    copy = SqliteStore(f"{path}.schema-{schema.VERSION}")
    assert copy.session("a") is not None


def test_an_upgrade_that_fails_leaves_the_old_version(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteStore(path).close()
    broken = (*schema.STEPS, ("ALTER TABLE session ADD COLUMN note TEXT", "NOT EVEN SQL"))
    monkeypatch.setattr(sqlite, "STEPS", broken)
    monkeypatch.setattr(sqlite, "VERSION", len(broken))
    with pytest.raises(StoreError):
        SqliteStore(path)
    monkeypatch.undo()
    assert SqliteStore(path).counts().live == 0


def test_a_locked_database_takes_nothing_and_claims_nothing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    store = SqliteStore(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.arrive([arrival()])
    other.execute("ROLLBACK")
    assert store.take(0, 10) == []
    assert store.arrive([arrival()]) == [True]


def test_a_full_disk_loses_nothing_that_was_taken(path: str) -> None:
    store = SqliteStore(path)
    begin(store)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        store.arrive([Arrival("a", "notification", os.urandom(200_000), 1)])
    assert store.take(0, 10) == []
    store._db.execute("PRAGMA max_page_count = 1000000")
    assert store.arrive([arrival()]) == [True]
    assert len(store.take(0, 10)) == 1


def test_a_step_that_breaks_in_the_middle_of_a_commit_changes_nothing(path: str) -> None:
    store = SqliteStore(path)
    begin(store)
    store.arrive([arrival()])
    (work,) = store.take(0, 10)
    with pytest.raises(StoreError):
        store.commit([done(work, (7, 0), state=b"newer", at=1)])  # the journal has that number already
    session = store.session("a")
    assert session is not None
    assert (session.version, session.state) == (1, b"state")
    assert store.take(0, 10) == [work]
    assert store.lease(0, 1, "x", 10) == []


def test_a_transaction_of_which_a_part_could_not_be_written_is_none(path: str) -> None:
    """Even where somebody takes no notice of it."""
    store = SqliteStore(path)
    begin(store)
    store.arrive([arrival()])
    (work,) = store.take(0, 10)

    def both() -> None:
        with store.together():
            store.arrive([arrival("b")])
            with contextlib.suppress(StoreError):
                store.commit([done(work, at=1)])  # the journal has that number already

    with pytest.raises(StoreError, match="could not be written"):
        both()
    assert [one.session.call_id for one in store.take(0, 10)] == ["a"]
    assert store.take(0, 10) == [work]


def test_a_new_database_is_its_owners_alone(path: str) -> None:
    store = SqliteStore(path)
    begin(store)
    for name in (path, f"{path}-wal", f"{path}-shm"):
        assert os.stat(name).st_mode & 0o077 == 0, name
    store.close()
    os.chmod(path, 0o640)  # an operator's own choice stays
    SqliteStore(path)
    assert os.stat(path).st_mode & 0o777 == 0o640


def test_another_thread_waits_for_a_transaction_to_end(path: str) -> None:
    store = SqliteStore(path)
    seen: list[int] = []
    with store.together():
        store.arrive([arrival()])
        looking = threading.Thread(target=lambda: seen.append(store.counts().inbox))
        looking.start()
        looking.join(0.05)
        assert seen == []
        assert store.counts().inbox == 1
    looking.join()
    assert seen == [1]


def test_the_log_is_put_into_the_file_beside_a_commit(path: str, tmp_path: Path) -> None:
    store = SqliteStore(path)
    begin(store)
    with store.together():
        store.arrive([arrival("b")])
        beside = threading.Thread(target=store.tidy_up)
        beside.start()
        beside.join(10)
        assert not beside.is_alive()  # it waits for nobody
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)  # the file alone, without the log
    assert SqliteStore(str(copy)).session("a") is not None
    assert [one.session.call_id for one in store.take(0, 10)] == ["b"]
    store.close()


def test_what_keeps_the_log_from_the_file_is_no_harm(path: str) -> None:
    store = SqliteStore(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM session").fetchall()
    begin(store)
    store.tidy_up()
    os.rename(path, f"{path}.away")
    store.tidy_up()
    os.rename(f"{path}.away", path)
    reader.close()
    store.tidy_up()
    assert store.session("a") is not None


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    with pytest.raises(StoreError, match=f"there is no folder {nowhere}$"), only_one(f"{nowhere}/calls.db"):
        pass
