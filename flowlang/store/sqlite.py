"""The embedded store: one SQLite file (WAL, every commit flushed to the disk), one writer.

What is removed is overwritten: by SQLite where it lay (`secure_delete`), and by `wipe` where SQLite left copies of it.

All work is done by one thread at a time; the runtime gives it all to the same one. See `only_one` for how another
process is kept away.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, RLock
from typing import Any
from urllib.parse import quote

from flowlang.regular_file import refuse_special_if_there, why_unreadable
from flowlang.store.base import (
    Answer,
    Arrival,
    Deployed,
    Done,
    Intent,
    Leased,
    NewerSchemaError,
    Parked,
    Postponed,
    Received,
    StoreError,
    Switched,
    Work,
)
from flowlang.store.copies import copies_of, remove_copies
from flowlang.store.schema import STEPS, VERSION
from flowlang.store.slack import MOST_PAGES, overwrite
from flowlang.store.sqlite_looking import Looking
from flowlang.store.sqlite_turn import INTEND, MOST_IN_A_QUERY, Turn

BUSY_SECONDS = 5.0
LOG_PAGES = 16_000  # 64 MiB of SQLite's log; by then a commit waits until it is in the file, if `tidy_up` did not
PROBE_BYTES = 65_536  # SQLite's log may have room left over in it, so a small write says little
PAGES_AT_ONCE = 500  # that are overwritten in one go; others use the store in between
OVERWRITES = 0x666C6F77  # the file's `application_id` once nothing is in it that a release left which did not overwrite
NEXT_DUE = (  # by their indexes, so that the first row is the answer however many calls wait
    """SELECT due_ms FROM session INDEXED BY session_due
       WHERE due_ms >= 0 AND call_id NOT IN (SELECT call_id FROM parked) ORDER BY due_ms LIMIT 1""",
    """SELECT from_ms FROM inbox INDEXED BY inbox_later
       WHERE from_ms >= 0 AND call_id NOT IN (SELECT call_id FROM parked) ORDER BY from_ms LIMIT 1""",
    """SELECT until_ms FROM request INDEXED BY request_later
       WHERE status IS NULL AND owner = '' AND until_ms >= 0 ORDER BY until_ms LIMIT 1""",
)
NUMBERS = ("SELECT begun FROM session WHERE call_id = ?", "SELECT -number FROM parked WHERE call_id = ?")
TAKE = """
    SELECT call_id, max(has_come), max(has_answer) FROM (
        SELECT call_id, min(number) AS at, 1 AS has_come, 0 AS has_answer FROM inbox
            WHERE from_ms <= ? GROUP BY call_id
        UNION ALL SELECT s.call_id, 0, 0, 1 FROM request AS r INDEXED BY request_answered
            CROSS JOIN session AS s ON s.begun = r.call AND s.over_ms < 0 WHERE r.status IS NOT NULL AND r.is_done = 0
        UNION ALL SELECT call_id, 0, 0, 0 FROM session WHERE due_ms >= 0 AND due_ms <= ?
    )
    WHERE call_id NOT IN (SELECT call_id FROM parked)
    GROUP BY call_id ORDER BY min(at) LIMIT ?
"""


def _make_private(path: str) -> None:
    """A new file is its owner's alone: numbers and names of people are in it. SQLite's files beside it follow it."""
    with suppress(OSError):  # the folder is not there: SQLite says so
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _opened(path: str) -> int | None:
    """The file itself, for what SQLite does not do; None where SQLite will say what is wrong with it."""
    with suppress(OSError):
        return os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    return None


class SqliteStore(Looking):
    """See `base.Store`. Raises `StoreError` for a file that cannot be opened or is no database.

    `read_only`: for looking at a file that a service may be using. Nothing is upgraded; an older one is refused.
    """

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        self._path = path
        self._open: Turn | None = None
        self._second: sqlite3.Connection | None = None
        self._lock = RLock()  # whoever looks from another thread sees what is written, never half of a transaction
        self._log_lock = Lock()  # SQLite's log goes into the file by one thread at a time
        self._file: int | None = None
        try:
            refuse_special_if_there(path)
        except OSError as error:
            raise StoreError(f"the database {path} {why_unreadable(error)}") from None
        try:
            if read_only:
                self._db = sqlite3.connect(
                    f"file:{quote(os.path.abspath(path))}?mode=ro", timeout=BUSY_SECONDS, isolation_level=None, uri=True
                )
                self._be_of_this_release()
                return
            _make_private(path)
            self._file = _opened(path)
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            self._db.execute("PRAGMA secure_delete = ON")
            self._migrate()
            with suppress(StoreError):  # without room for a second copy `wipe` tries it again, and says so
                self._be_overwritten()
        except sqlite3.Error as error:
            raise StoreError(f"the database {path} cannot be opened: {error}") from None

    def close(self) -> None:
        """Nothing is lost without it: every commit is on the disk."""
        self._db.close()
        if self._second is not None:
            self._second.close()
        if self._file is not None:  # at last: while SQLite holds the file, closing it would end SQLite's locks
            os.close(self._file)
            self._file = None

    def tidy_up(self) -> None:
        """SQLite's log into the file, by a connection of its own: commits go on meanwhile. Whatever keeps it from that
        is no harm, the next time does it."""
        if not self._log_lock.acquire(blocking=False):
            return
        try:
            with suppress(sqlite3.Error):
                self._beside().execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            self._log_lock.release()

    def _beside(self) -> sqlite3.Connection:
        """A connection of its own, that waits for nobody."""
        if self._second is None:
            self._second = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        return self._second

    # ------------------------------------------------------------ transactions and versions

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._turn():
            yield

    @contextmanager
    def _turn(self) -> Iterator[Turn]:
        """The open transaction, or one of its own. What breaks a part of it breaks all of it."""
        with self._lock, self._clear("written"):
            if self._open is not None:
                yield self._open
                return
            self._db.execute("BEGIN IMMEDIATE")
            turn = self._open = Turn(self._db)
            try:
                yield turn
                if turn.is_broken:
                    raise StoreError(f"the database {self._path} could not be written")
                turn.write_down()
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._open = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """For whoever writes to the tables himself."""
        with self._turn() as turn:
            turn.write_down()
            yield self._db

    @contextmanager
    def _clear(self, what: str) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            if self._open is not None:
                self._open.is_broken = True
            raise StoreError(f"the database {self._path} cannot be {what}: {error}") from None

    def _rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._clear("read"):
            if self._open is not None:
                self._open.write_down()
            return self._fixed(question, *values)

    def _fixed(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Of tables that no turn holds anything back from."""
        with self._lock, self._clear("read"):
            return self._db.execute(question, values).fetchall()

    def _schema(self) -> int:
        """The version of the file. Raises `NewerSchemaError`."""
        found = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if found > VERSION:
            self._db.close()
            raise NewerSchemaError(
                f"the database {self._path} has schema {found}, this release knows {VERSION}: use the newer release"
            )
        return found

    def _be_of_this_release(self) -> None:
        found = self._schema()
        if found != VERSION:
            self._db.close()
            raise StoreError(
                f"the database {self._path} has schema {found}, this release {VERSION}: serve brings it up to date"
                if found
                else f"{self._path} is no database of flowlang"
            )

    def _migrate(self) -> None:
        """Bring an older file to this version, with a copy of it beside it. A newer one is refused."""
        found = self._schema()
        if 0 < found < VERSION:
            self._back_up(found)
        for version in range(found, VERSION):
            with self._transaction() as db:
                for statement in STEPS[version]:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version + 1}")

    def _back_up(self, version: int) -> None:
        """A whole copy, whoever else reads or has not read yet. Raises `StoreError` where there is no room for it."""
        name = f"{self._path}.schema-{version}"
        try:
            _make_private(name)
            copy = sqlite3.connect(name)
            try:
                self._db.backup(copy)
            finally:
                copy.close()
            with open(name, "rb+") as file:
                os.fsync(file.fileno())
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self._path} is not brought up to date, since {name} cannot be written: {error}"
            ) from None

    # ------------------------------------------------------------ plans

    def put_plan(self, digest: str, plan: bytes) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO plan (digest, source) VALUES (?, ?)", (digest, plan))

    def plan(self, digest: str) -> bytes | None:
        rows = self._fixed("SELECT source FROM plan WHERE digest = ?", digest)
        return bytes(rows[0][0]) if rows else None

    def plans(self) -> set[str]:
        return {str(row[0]) for row in self._fixed("SELECT digest FROM plan")}

    def deploy(self, flow: str, digest: str, at_ms: int, share: int = 100, by: str = "file") -> Deployed:
        with self._transaction() as db:
            last = db.execute("SELECT coalesce(max(number), 0) FROM deployed WHERE flow = ?", (flow,)).fetchone()
            one = Deployed(flow, int(last[0]) + 1, digest, at_ms, share, by)
            db.execute("INSERT INTO deployed (flow, number, digest, at_ms, share, by) VALUES (?, ?, ?, ?, ?, ?)", one)
        return one

    def deployed(self) -> list[Deployed]:
        rows = self._fixed("SELECT flow, number, digest, at_ms, share, by FROM deployed ORDER BY flow, number")
        return [Deployed(*row) for row in rows]

    def switch(self, one: Switched) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO switched (hours, is_open, until_ms, by) VALUES (?, ?, ?, ?)", one)

    def switch_back(self, hours: str) -> bool:
        with self._transaction() as db:
            return db.execute("DELETE FROM switched WHERE hours = ?", (hours,)).rowcount == 1

    def switched(self) -> list[Switched]:
        rows = self._fixed("SELECT hours, is_open, until_ms, by FROM switched ORDER BY hours")
        return [Switched(hours, bool(is_open), until_ms, by) for hours, is_open, until_ms, by in rows]

    # ------------------------------------------------------------ in

    def arrive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        with self._turn() as turn:
            return turn.arrive(arrivals)

    # ------------------------------------------------------------ work

    def take(self, now_ms: int, limit: int) -> list[Work]:
        with self._lock, self._clear("read"):
            rows = self._db.execute(TAKE, (now_ms, now_ms, limit)).fetchall()
            stored = {str(call_id): (bool(has_come), bool(has_answer)) for call_id, has_come, has_answer in rows}
            turn = self._open or Turn(self._db)
            calls = list(dict.fromkeys([*stored, *turn.with_work(now_ms)]))[:limit]
            turn.know(calls)
            found = [self._work(turn, one, now_ms, *stored.get(one, (False, False))) for one in calls]
        return [work for work in found if work is not None]

    def _work(self, turn: Turn, call_id: str, now_ms: int, has_come: bool, has_answer: bool) -> Work | None:
        session = turn.waiting(call_id)
        if session is None:
            return None
        received = [*(self._received(call_id, now_ms) if has_come else ()), *turn.received(call_id, now_ms)]
        answers = turn.answers(call_id)
        if has_answer:
            answers = sorted([*self._answers(call_id), *answers], key=lambda one: (one.at_ms, one.number))
        is_due = 0 <= session.due_ms <= now_ms
        if not (received or answers or is_due):
            return None
        return Work(session, tuple(received), tuple(answers), turn.touched_ms(call_id))

    def _received(self, call_id: str, now_ms: int) -> list[Received]:
        inbox = self._db.execute(
            """SELECT number, kind, body, at_ms, key, leg, begins, from_ms, tenant_id FROM inbox
               WHERE call_id = ? AND from_ms <= ? ORDER BY number""",
            (call_id, now_ms),
        )
        return [
            Received(n, Arrival(call_id, kind, body, at_ms, key, leg, bool(begins), from_ms, tenant_id))
            for n, kind, body, at_ms, key, leg, begins, from_ms, tenant_id in inbox
        ]

    def _answers(self, call_id: str) -> list[Answer]:
        answers = self._db.execute(
            """SELECT number, status, body, answered_ms FROM request
               WHERE call = (SELECT begun FROM session WHERE call_id = ?) AND status IS NOT NULL AND is_done = 0""",
            (call_id,),
        )
        return [Answer(call_id, *answer) for answer in answers]

    def next_due_ms(self) -> int | None:
        rows = [self._rows(query) for query in NEXT_DUE]
        return min([int(row[0][0]) for row in rows if row], default=None)

    def commit(self, done: Sequence[Done]) -> None:
        if done:
            with self._turn() as turn:
                turn.commit(done)

    def touched_ms(self, call_id: str) -> int:
        with self._lock, self._clear("read"):
            return (self._open or Turn(self._db)).touched_ms(call_id)

    def unsent(self, call_id: str) -> tuple[int, ...]:
        rows = self._fixed(
            """SELECT number FROM request WHERE call = (SELECT begun FROM session WHERE call_id = ?)
               AND status IS NULL AND attempt = 0 ORDER BY number""",
            call_id,
        )
        return tuple([int(row[0]) for row in rows])

    # ------------------------------------------------------------ parked

    def park(self, parked: Parked, intents: Sequence[Intent] = ()) -> None:
        with self._transaction() as db:
            number = db.execute(
                """INSERT INTO parked (call_id, at_ms, reason) VALUES (?, ?, ?)
                   ON CONFLICT (call_id) DO UPDATE SET at_ms = excluded.at_ms, reason = excluded.reason
                   RETURNING number""",
                parked,
            ).fetchone()[0]
            known = db.execute("SELECT begun FROM session WHERE call_id = ?", (parked.call_id,)).fetchone()
            call = known[0] if known is not None else -number
            db.executemany(INTEND, [(call, *intent[1:]) for intent in intents])

    def unpark(self, call_id: str) -> bool:
        with self._transaction() as db:
            db.execute("DELETE FROM request WHERE call = (SELECT -number FROM parked WHERE call_id = ?)", (call_id,))
            return db.execute("DELETE FROM parked WHERE call_id = ?", (call_id,)).rowcount == 1

    # ------------------------------------------------------------ out

    def lease(self, now_ms: int, until_ms: int, owner: str, limit: int) -> list[Leased]:
        with self._turn() as turn:
            return turn.lease(now_ms, until_ms, owner, limit)

    def end_leases(self, but_owner: str) -> int:
        with self._transaction() as db:
            return db.execute(
                "UPDATE request SET until_ms = -1 WHERE status IS NULL AND until_ms >= 0 AND owner NOT IN (?, '')",
                (but_owner,),
            ).rowcount

    def postpone(self, owner: str, one: Postponed) -> bool:
        with self._transaction() as db:
            return any(
                db.execute(
                    f"""UPDATE request SET attempt = attempt - 1, until_ms = ?, owner = ''
                       WHERE call = ({call}) AND number = ? AND owner = ? AND attempt = ? AND status IS NULL""",  # noqa: S608 - two fixed words
                    (one.from_ms, one.call_id, one.number, owner, one.attempt),
                ).rowcount
                == 1
                for call in NUMBERS
            )

    def answered(self, owner: str, attempt: int, answer: Answer) -> bool:
        with self._turn() as turn:
            return turn.answered(owner, attempt, answer)

    # ------------------------------------------------------------ the end of calls

    def forget(self, over_before_ms: int, limit: int) -> int:
        rows = self._rows(
            "SELECT call_id FROM session WHERE over_ms >= 0 AND over_ms < ? ORDER BY over_ms LIMIT ?",
            over_before_ms,
            limit,
        )
        for name in copies_of(self._path):  # what an update left beside it holds only calls of before
            with suppress(OSError):
                if os.path.getmtime(name) * 1000 < over_before_ms:
                    os.unlink(name)
        return self.erase([str(row[0]) for row in rows])

    def erase(self, call_ids: Iterable[str]) -> int:
        count = 0
        names = list(call_ids)
        for at in range(0, len(names), MOST_IN_A_QUERY):
            some = [(name,) for name in names[at : at + MOST_IN_A_QUERY]]
            with self._transaction() as db:
                for table in ("request", "entry"):
                    for call in NUMBERS:
                        db.executemany(f"DELETE FROM {table} WHERE call = ({call})", some)  # noqa: S608 - our own words
                count += db.executemany("DELETE FROM session WHERE call_id = ?", some).rowcount
                for table in ("inbox", "parked"):
                    db.executemany(f"DELETE FROM {table} WHERE call_id = ?", some)  # noqa: S608 - our own names
        if not self._db.in_transaction:
            with suppress(sqlite3.Error, StoreError), self._log_lock:  # `wipe` says so where it cannot be done
                self._empty_log(self._beside())
        return count

    # ------------------------------------------------------------ whether it can be written

    def probe(self) -> None:
        name = f"{self._path}.probe"
        with self._transaction() as db:
            db.execute(f"PRAGMA user_version = {VERSION}")
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                written = os.write(file, bytes(PROBE_BYTES))
                os.fsync(file)
            finally:
                os.close(file)
                os.unlink(name)
        except OSError as error:
            raise StoreError(f"beside the database {self._path} nothing can be written: {error.strerror}") from None
        if written < PROBE_BYTES:
            raise StoreError(f"the database {self._path} has no room: less than {PROBE_BYTES} bytes")

    # ------------------------------------------------------------ what is left of them

    def wipe(self, at: int = 0) -> int:
        with self._lock, self._log_lock, self._clear("overwritten"):
            if not at:
                self._be_overwritten()
            beside = self._beside()
            self._empty_log(beside)
            beside.execute("BEGIN IMMEDIATE")
            try:
                if os.path.exists(f"{self._path}-wal") and os.path.getsize(f"{self._path}-wal"):
                    raise StoreError(f"{self._path}: another program writes it")
                following = self._overwrite(beside, at + 1)
                # a commit by this connection: the other one forgets its pages, and reads them anew
                beside.execute(f"PRAGMA application_id = {OVERWRITES}")
                beside.execute("COMMIT")
            except OSError as error:
                raise StoreError(f"the database {self._path} cannot be overwritten: {error.strerror}") from None
            finally:
                if beside.in_transaction:
                    beside.execute("ROLLBACK")
            self._empty_log(beside)
            return following

    def _overwrite(self, beside: sqlite3.Connection, first: int) -> int:
        """Some pages, from that one on. After which page to go on; 0: that was the last one."""
        (page_bytes,) = beside.execute("PRAGMA page_size").fetchone()
        (pages,) = beside.execute("PRAGMA page_count").fetchone()
        if pages >= MOST_PAGES:
            raise StoreError(f"the database {self._path} is too long to be overwritten: stop the service and VACUUM it")
        assert self._file is not None, "whoever only reads overwrites nothing"
        overwrite(self._file, page_bytes, first, min(PAGES_AT_ONCE, pages - first + 1))
        following = first - 1 + PAGES_AT_ONCE
        return following if following < pages else 0

    def _empty_log(self, beside: sqlite3.Connection) -> None:
        """SQLite's log into the file, and nothing is left of it. Raises `StoreError` while somebody reads an older
        state."""
        (is_busy, _, _) = beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StoreError(f"{self._path}: another program reads it, so what was erased is still in {self._path}-wal")

    def _be_overwritten(self) -> None:
        """Once for a file of a release that did not overwrite: it is written anew, without what lies in free places."""
        with self._lock, self._clear("written anew"):
            if self._db.execute("PRAGMA application_id").fetchone() == (OVERWRITES,):
                return
            if self._db.execute("SELECT EXISTS (SELECT 1 FROM sqlite_sequence)").fetchone() == (1,):  # it was used
                self._db.execute("VACUUM")
            self._db.execute(f"PRAGMA application_id = {OVERWRITES}")

    def remove_copies(self, holds: Callable[[bytes], bool], call_ids: Iterable[str]) -> list[str]:
        return remove_copies(self._path, holds, call_ids)
