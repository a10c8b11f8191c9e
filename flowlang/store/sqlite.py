"""The embedded store: one SQLite file (WAL, every commit flushed to the disk), one writer.

A connection belongs to one thread at a time; the runtime gives all work to one thread. See `only_one` for how another
process is kept away.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from flowlang.store.base import (
    LOOKED_AT,
    Answer,
    Arrival,
    ConflictError,
    Counts,
    Deployed,
    Done,
    Entry,
    Intent,
    Leased,
    Listed,
    Looked,
    NewerSchemaError,
    Parked,
    Postponed,
    Received,
    StoreError,
    Switched,
    Waiting,
    Which,
    Work,
)
from flowlang.store.schema import STEPS, VERSION

BUSY_SECONDS = 5.0
NEXT_DUE = (  # by their indexes, so that the first row is the answer however many calls wait
    """SELECT due_ms FROM session INDEXED BY session_due
       WHERE due_ms >= 0 AND call_id NOT IN (SELECT call_id FROM parked) ORDER BY due_ms LIMIT 1""",
    """SELECT from_ms FROM inbox INDEXED BY inbox_later
       WHERE from_ms >= 0 AND call_id NOT IN (SELECT call_id FROM parked) ORDER BY from_ms LIMIT 1""",
    """SELECT until_ms FROM request INDEXED BY request_later
       WHERE status IS NULL AND owner = '' AND until_ms >= 0 ORDER BY until_ms LIMIT 1""",
)
INTEND = "INSERT OR IGNORE INTO request (call, number, leg, request) VALUES (?, ?, ?, ?)"
NUMBERS = ("SELECT begun FROM session WHERE call_id = ?", "SELECT -number FROM parked WHERE call_id = ?")
SAME_IN_INBOX = "SELECT 1 FROM inbox WHERE call_id = ? AND key = ? LIMIT 1"
MARK_BYTES = 8  # of the digest that a message's id is remembered by
MOST_SEEN = 250  # messages of one call: repeats come within minutes
MOST_IN_A_QUERY = 500  # SQLite takes some thousand parameters at most


def _mark(key: str) -> bytes:
    """What a message's id is remembered by; nothing for none."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).digest() if key else b""


def _marks(seen: bytes) -> set[bytes]:
    return {seen[at : at + MARK_BYTES] for at in range(0, len(seen), MARK_BYTES)}


def _together(facts: Sequence[Entry]) -> tuple[int, int, bytes]:
    """What was stepped in one go is one row: a line for each fact, from the second on with the milliseconds since the
    first. The row's number is the first one's; the others follow."""
    first = facts[0]
    more = [b"%d %b" % (one.at_ms - first.at_ms, one.fact) for one in facts[1:]]
    return first.number, first.at_ms, b"\n".join([first.fact, *more])


def _apart(number: int, at_ms: int, facts: bytes) -> Iterator[Entry]:
    first, *more = facts.split(b"\n")
    yield Entry(number, at_ms, first)
    for at, line in enumerate(more, 1):
        later_ms, _, fact = line.partition(b" ")
        yield Entry(number + at, at_ms + int(later_ms), fact)


class SqliteStore:
    """See `base.Store`. Raises `StoreError` for a file that cannot be opened or is no database.

    `read_only`: for looking at a file that a service may be using. Nothing is upgraded; an older one is refused.
    """

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        self._path = path
        try:
            if read_only:
                self._db = sqlite3.connect(
                    f"file:{quote(os.path.abspath(path))}?mode=ro", timeout=BUSY_SECONDS, isolation_level=None, uri=True
                )
                self._be_of_this_release()
                return
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except sqlite3.Error as error:
            raise StoreError(f"the database {path} cannot be opened: {error}") from None

    def close(self) -> None:
        """Nothing is lost without it: every commit is on the disk."""
        self._db.close()

    # ------------------------------------------------------------ transactions and versions

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        is_part = self._db.in_transaction
        if is_part:  # a part of a larger one, which may fail alone
            with self._part():
                yield self._db
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise StoreError(f"the database {self._path} cannot be written: {error}") from None
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"the database {self._path} cannot be written: {error}") from None
            raise

    @contextmanager
    def _part(self) -> Iterator[None]:
        self._db.execute("SAVEPOINT part")
        try:
            yield
            self._db.execute("RELEASE part")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK TO part")
                self._db.execute("RELEASE part")
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"the database {self._path} cannot be written: {error}") from None
            raise

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
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = f"{self._path}.schema-{version}"
        shutil.copy2(self._path, copy)
        with open(copy, "rb+") as file:
            os.fsync(file.fileno())

    # ------------------------------------------------------------ plans

    def put_plan(self, digest: str, plan: bytes) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO plan VALUES (?, ?)", (digest, plan))

    def plan(self, digest: str) -> bytes | None:
        rows = self._rows("SELECT source FROM plan WHERE digest = ?", digest)
        return bytes(rows[0][0]) if rows else None

    def plans(self) -> set[str]:
        return {str(row[0]) for row in self._rows("SELECT digest FROM plan")}

    def deploy(self, flow: str, digest: str, at_ms: int, share: int = 100, by: str = "file") -> Deployed:
        with self._transaction() as db:
            last = db.execute("SELECT coalesce(max(number), 0) FROM deployed WHERE flow = ?", (flow,)).fetchone()
            one = Deployed(flow, int(last[0]) + 1, digest, at_ms, share, by)
            db.execute("INSERT INTO deployed VALUES (?, ?, ?, ?, ?, ?)", one)
        return one

    def deployed(self) -> list[Deployed]:
        rows = self._rows("SELECT flow, number, digest, at_ms, share, by FROM deployed ORDER BY flow, number")
        return [Deployed(*row) for row in rows]

    def switch(self, one: Switched) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO switched VALUES (?, ?, ?, ?)", one)

    def switch_back(self, hours: str) -> bool:
        with self._transaction() as db:
            return db.execute("DELETE FROM switched WHERE hours = ?", (hours,)).rowcount == 1

    def switched(self) -> list[Switched]:
        rows = self._rows("SELECT hours, is_open, until_ms, by FROM switched ORDER BY hours")
        return [Switched(hours, bool(is_open), until_ms, by) for hours, is_open, until_ms, by in rows]

    # ------------------------------------------------------------ in

    def arrive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        with self._transaction() as db:
            return [self._arrive(db, one) for one in arrivals]

    def _arrive(self, db: sqlite3.Connection, one: Arrival) -> bool:
        known = db.execute("SELECT over_ms, seen FROM session WHERE call_id = ?", (one.call_id,)).fetchone()
        if known is not None and (known[0] >= 0 or (one.key and _mark(one.key) in _marks(known[1]))):
            return False
        if known is None and not one.begins and not self._waits(db, one.call_id):
            return False
        if one.key and db.execute(SAME_IN_INBOX, (one.call_id, one.key)).fetchone() is not None:
            return False
        db.execute(
            """INSERT INTO inbox (call_id, kind, body, at_ms, key, leg, begins, from_ms)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            one,
        )
        return True

    def _waits(self, db: sqlite3.Connection, call_id: str) -> bool:
        return db.execute("SELECT 1 FROM inbox WHERE call_id = ? LIMIT 1", (call_id,)).fetchone() is not None

    # ------------------------------------------------------------ work

    def take(self, now_ms: int, limit: int) -> list[Work]:
        rows = self._db.execute(
            """SELECT call_id, max(has_come), max(has_answer) FROM (
                   SELECT call_id, min(number) AS at, 1 AS has_come, 0 AS has_answer FROM inbox
                       WHERE from_ms <= ? GROUP BY call_id
                   UNION ALL SELECT s.call_id, 0, 0, 1 FROM request AS r INDEXED BY request_answered
                       CROSS JOIN session AS s ON s.begun = r.call WHERE r.status IS NOT NULL AND r.is_done = 0
                   UNION ALL SELECT call_id, 0, 0, 0 FROM session WHERE due_ms >= 0 AND due_ms <= ?
               )
               WHERE call_id NOT IN (SELECT call_id FROM parked)
               GROUP BY call_id ORDER BY min(at) LIMIT ?""",
            (now_ms, now_ms, limit),
        )
        found = [
            self._work(str(call_id), now_ms, bool(has_come), bool(has_answer))
            for call_id, has_come, has_answer in rows.fetchall()
        ]
        return [work for work in found if work is not None]

    def _work(self, call_id: str, now_ms: int, has_come: bool, has_answer: bool) -> Work | None:
        db = self._db
        row = db.execute(
            "SELECT version, plan, state, due_ms, over_ms, begun FROM session WHERE call_id = ?", (call_id,)
        ).fetchone()
        if row is not None and row[4] >= 0:
            return None
        session = Waiting(call_id, *row[:4]) if row is not None else Waiting(call_id, 0, "", b"")
        received = self._received(call_id, now_ms) if has_come else ()
        return Work(session, received, self._answers(call_id, row[5]) if has_answer else ())

    def _received(self, call_id: str, now_ms: int) -> tuple[Received, ...]:
        inbox = self._db.execute(
            """SELECT number, kind, body, at_ms, key, leg, begins, from_ms FROM inbox
               WHERE call_id = ? AND from_ms <= ? ORDER BY number""",
            (call_id, now_ms),
        )
        return tuple(
            [Received(n, Arrival(call_id, kind, body, at_ms, key, leg, bool(begins), from_ms))
             for n, kind, body, at_ms, key, leg, begins, from_ms in inbox]
        )  # fmt: skip

    def _answers(self, call_id: str, call: int) -> tuple[Answer, ...]:
        answers = self._db.execute(
            """SELECT number, status, body, answered_ms FROM request
               WHERE call = ? AND status IS NOT NULL AND is_done = 0 ORDER BY answered_ms, number""",
            (call,),
        )
        return tuple([Answer(call_id, *answer) for answer in answers])

    def next_due_ms(self) -> int | None:
        rows = [self._db.execute(query).fetchone() for query in NEXT_DUE]
        return min([int(row[0]) for row in rows if row is not None], default=None)

    def commit(self, done: Sequence[Done]) -> None:
        with self._transaction() as db:
            for one in done:
                self._commit(db, one)

    def _commit(self, db: sqlite3.Connection, one: Done) -> None:
        session = one.session
        touched_ms = max([entry.at_ms for entry in one.facts], default=0)
        began_ms = min([entry.at_ms for entry in one.facts], default=-1)
        over_ms = touched_ms if one.is_over else -1
        due_ms = -1 if one.is_over else session.due_ms
        seen = b"" if one.is_over else b"".join([_mark(come.arrival.key) for come in one.work.received])
        if session.version == 0:
            written = db.execute(
                """INSERT OR IGNORE INTO session
                   (call_id, version, plan, state, due_ms, over_ms, touched_ms, began_ms, person, seen)
                   VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING begun""",
                (session.call_id, session.plan, session.state, due_ms, over_ms, touched_ms, began_ms, one.person, seen),
            ).fetchone()
        else:
            written = db.execute(
                f"""UPDATE session SET version = version + 1, plan = ?, state = ?, due_ms = ?, over_ms = ?, person = ?,
                   touched_ms = max(touched_ms, ?),
                   seen = CASE WHEN ? >= 0 THEN x''
                       ELSE coalesce(substr(CAST(seen || ? AS BLOB), -{MOST_SEEN * MARK_BYTES}), x'') END
                   WHERE call_id = ? AND version = ? RETURNING begun""",  # noqa: S608 - our own number
                (
                    session.plan, session.state, due_ms, over_ms, one.person, touched_ms, over_ms, seen,
                    session.call_id, session.version,
                ),
            ).fetchone()  # fmt: skip
        if written is None:
            raise ConflictError(session.call_id)
        self._rest_of(db, int(written[0]), one)

    def _rest_of(self, db: sqlite3.Connection, call: int, one: Done) -> None:
        """What belongs to a session that is written."""
        if one.work.received:
            db.executemany("DELETE FROM inbox WHERE number = ?", [(come.number,) for come in one.work.received])
        if one.work.answers:
            db.executemany(
                "UPDATE request SET is_done = 1, body = NULL, owner = '' WHERE call = ? AND number = ?",
                [(call, answer.number) for answer in one.work.answers],
            )
        if one.intents:
            db.executemany(INTEND, [(call, *intent[1:]) for intent in one.intents])
        if one.facts:
            db.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (call, *_together(one.facts)))

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

    def parked(self) -> list[Parked]:
        rows = self._rows("SELECT call_id, at_ms, reason FROM parked ORDER BY at_ms, call_id")
        return [Parked(*row) for row in rows]

    # ------------------------------------------------------------ out

    def lease(self, now_ms: int, until_ms: int, owner: str, limit: int) -> list[Leased]:
        with self._transaction() as db:
            rows = db.execute(
                """SELECT r.call, r.number, coalesce(s.call_id, p.call_id), r.leg, r.request, r.attempt
                   FROM request AS r LEFT JOIN session AS s ON s.begun = r.call
                       LEFT JOIN parked AS p ON p.number = -r.call
                   WHERE r.status IS NULL AND r.until_ms <= ? AND NOT EXISTS (
                       SELECT 1 FROM request AS b
                       WHERE b.call = r.call AND b.leg = r.leg AND b.status IS NULL AND b.number < r.number
                   ) LIMIT ?""",
                (now_ms, limit),
            ).fetchall()
            db.executemany(
                "UPDATE request SET owner = ?, attempt = attempt + 1, until_ms = ? WHERE call = ? AND number = ?",
                [(owner, until_ms, call, number) for call, number, *_ in rows],
            )
        return [
            Leased(Intent(call_id, number, leg, request), attempt + 1, until_ms)
            for _, number, call_id, leg, request, attempt in rows
        ]

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
        with self._transaction() as db:
            for call in NUMBERS:
                written = db.execute(
                    f"""UPDATE request SET status = ?, body = ?, answered_ms = ?, until_ms = -1
                       WHERE call = ({call}) AND number = ? AND owner = ? AND attempt = ? AND status IS NULL""",  # noqa: S608 - two fixed words
                    (answer.status, answer.body, answer.at_ms, answer.call_id, answer.number, owner, attempt),
                )
                if written.rowcount == 1:
                    return True
        return False

    # ------------------------------------------------------------ looking

    def session(self, call_id: str) -> Waiting | None:
        row = self._db.execute(
            "SELECT call_id, version, plan, state, due_ms FROM session WHERE call_id = ?", (call_id,)
        ).fetchone()
        return Waiting(*row) if row is not None else None

    def calls(self, limit: int, *, over: bool = False) -> list[Waiting]:
        rows = self._db.execute(
            f"""SELECT call_id, version, plan, state, due_ms FROM session
                WHERE over_ms {">=" if over else "<"} 0 ORDER BY begun DESC LIMIT ?""",  # noqa: S608 - two fixed signs
            (limit,),
        )
        return [Waiting(*row) for row in rows]

    def find(self, which: Which, limit: int) -> Looked:
        ((last,),) = self._rows("SELECT coalesce(max(begun), 0) + 1 FROM session")
        before = min(which.before, int(last))
        is_live = which.is_over is False
        since = 0 if is_live or which.person else max(before - LOOKED_AT, 0)
        asks, given = ["s.begun < ?", "s.begun >= ?"], [before, since]
        if which.is_over is not None:
            asks.append("s.over_ms >= 0" if which.is_over else "s.over_ms < 0")
        values: list[object] = list(given)
        if which.person:
            asks.append("s.person = ? AND s.person <> ''")
            values.append(which.person)
        if which.plans is not None:
            asks.append(f"s.plan IN ({', '.join('?' * len(which.plans))})")
            values += which.plans
        index = "session_person" if which.person else "session_live" if is_live else ""
        found = self._listed(
            f"INDEXED BY {index}" if index else "NOT INDEXED",
            f"{' AND '.join(asks)} ORDER BY s.begun DESC LIMIT ?",
            *values,
            limit,
        )
        return Looked(tuple(found), found[-1].begun if len(found) == limit else since)

    def listed(self, call_id: str) -> Listed | None:
        found = self._listed("", "s.call_id = ?", call_id)
        if found:
            return found[0]
        rows = self._rows("SELECT at_ms, reason FROM parked WHERE call_id = ?", call_id)
        return Listed(Waiting(call_id, 0, "", b""), 0, int(rows[0][0]), -1, str(rows[0][1])) if rows else None

    def _rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the database {self._path} cannot be read: {error}") from None

    def _listed(self, index: str, where: str, *values: object) -> list[Listed]:
        rows = self._rows(
            f"""SELECT s.call_id, s.version, s.plan, s.state, s.due_ms, s.begun, s.began_ms, s.over_ms,
                   coalesce(p.reason, ''),
                   (SELECT count(*) FROM request AS r WHERE r.call = s.begun AND r.status IS NULL)
                FROM session AS s {index} LEFT JOIN parked AS p ON p.call_id = s.call_id WHERE {where}""",  # noqa: S608 - our own words
            *values,
        )
        return [Listed(Waiting(*row[:5]), *row[5:]) for row in rows]

    def beginning_with(self, text: str, limit: int) -> list[str]:
        rows = self._rows(
            """SELECT call_id FROM (SELECT call_id FROM session WHERE call_id >= ? AND call_id < ? || char(1114111)
                                   UNION SELECT call_id FROM parked)
               WHERE substr(call_id, 1, ?) = ? ORDER BY call_id LIMIT ?""",
            text,
            text,
            len(text),
            text,
            limit,
        )
        return [str(row[0]) for row in rows]

    def mentioning(self, text: str, before: int, limit: int) -> Looked:
        rows = self._rows("SELECT begun FROM session WHERE begun < ? ORDER BY begun DESC LIMIT ?", before, limit)
        numbers = [int(row[0]) for row in rows]
        sought = text.encode()
        inside = "EXISTS (SELECT 1 FROM {0} AS t WHERE {1} AND instr(t.{2}, ?))"
        of_call, of_id = "t.call = s.begun", "t.call_id = s.call_id"
        columns = (
            ("entry", of_call, "fact"), ("request", of_call, "request"), ("request", of_call, "body"),
            ("inbox", of_id, "body"),
        )  # fmt: skip
        asks = " OR ".join(["instr(s.state, ?)", *[inside.format(*one) for one in columns]])
        found: list[Listed] = []
        if numbers:
            where = f"s.begun < ? AND s.begun >= ? AND ({asks}) ORDER BY s.begun DESC"
            values = [before, numbers[-1], *[sought] * (1 + len(columns))]
            found = self._listed("NOT INDEXED", where, *values)
        if len(numbers) == limit:
            return Looked(tuple(found), numbers[-1])
        rested = self._rows(
            """SELECT DISTINCT p.call_id FROM parked AS p JOIN inbox AS i ON i.call_id = p.call_id
               WHERE instr(i.body, ?) AND NOT EXISTS (SELECT 1 FROM session AS s WHERE s.call_id = p.call_id)""",
            sought,
        )
        found += [one for row in rested if (one := self.listed(str(row[0]))) is not None]
        return Looked(tuple(found), 0)

    def journal(self, call_id: str) -> list[Entry]:
        rows = self._rows(
            """SELECT number, at_ms, fact FROM entry
               WHERE call = (SELECT begun FROM session WHERE call_id = ?) ORDER BY number""",
            call_id,
        )
        return [entry for number, at_ms, facts in rows for entry in _apart(number, at_ms, facts)]

    def requests(self, call_id: str) -> list[Intent]:
        rows = self._rows(
            """SELECT number, leg, request FROM request
               WHERE call = (SELECT begun FROM session WHERE call_id = ?) ORDER BY number""",
            call_id,
        )
        return [Intent(call_id, *row) for row in rows]

    def unheard(self, since_ms: int, limit: int) -> list[str]:
        rows = self._db.execute(
            """SELECT call_id FROM session INDEXED BY session_touched
               WHERE over_ms < 0 AND touched_ms < ? AND call_id NOT IN (SELECT call_id FROM parked)
               ORDER BY touched_ms LIMIT ?""",
            (since_ms, limit),
        )
        return [str(row[0]) for row in rows]

    def counts(self) -> Counts:
        (one,) = self._rows(
            """SELECT (SELECT count(*) FROM session WHERE over_ms < 0),
                      (SELECT count(*) FROM session WHERE over_ms >= 0),
                      (SELECT count(*) FROM parked), (SELECT count(*) FROM inbox),
                      (SELECT count(*) FROM request WHERE status IS NULL)"""
        )
        return Counts(*one)

    def forget(self, over_before_ms: int) -> int:
        rows = self._db.execute("SELECT call_id FROM session WHERE over_ms >= 0 AND over_ms < ?", (over_before_ms,))
        return self.erase([str(row[0]) for row in rows.fetchall()])

    def erase(self, call_ids: Iterable[str]) -> int:
        self._rows("PRAGMA secure_delete = ON")  # what is erased is not left in free pages of the file
        try:
            return self._erase(call_ids)
        finally:
            self._rows("PRAGMA secure_delete = OFF")
            if not self._db.in_transaction:
                self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _erase(self, call_ids: Iterable[str]) -> int:
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
        return count
