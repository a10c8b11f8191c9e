"""What is said to the SQLite store inside one transaction, before it is in the tables.

Most of what arrives, and of what is answered, is worked through in the transaction that takes it in, and most requests
leave with the lease that they are written with. So they are held here until they are written as they end: one row
instead of one that is put in, changed, and taken out. What is left when the transaction ends is written as it is.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from flowlang.store.base import Answer, Arrival, ConflictError, Done, Intent, Leased, Received, Waiting
from flowlang.store.entries import together

MARK_BYTES: Final = 8  # of the digest that a message's id is remembered by
MOST_SEEN: Final = 250  # messages of one call: repeats come within minutes
MOST_IN_A_QUERY: Final = 500  # SQLite takes some thousand parameters at most
INTEND = "INSERT OR IGNORE INTO request (call, number, leg, request) VALUES (?, ?, ?, ?)"
ROW = "call_id, begun, version, plan, state, due_ms, over_ms, touched_ms, person, seen"


def _mark(key: str) -> bytes:
    """What a message's id is remembered by; nothing for none."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).digest() if key else b""


class Row(NamedTuple):
    """A session as its row has it."""

    call_id: str
    begun: int
    version: int
    plan: str
    state: bytes
    due_ms: int
    over_ms: int
    touched_ms: int
    person: str
    seen: bytes

    def has_seen(self, key: str) -> bool:
        """Whether a message came already."""
        mark = _mark(key)
        return any(self.seen.startswith(mark, at) for at in range(0, len(self.seen), MARK_BYTES))


class Turn:
    """One transaction. `write_down()` leaves nothing to be written. `is_broken`: it must not be committed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.is_broken = False
        self._sessions: dict[str, Row | None] = {}
        self._arrivals: dict[str, list[Received]] = {}
        self._answers: dict[str, list[tuple[int, Answer]]] = {}
        self._intents: list[tuple[int, Intent]] = []
        self._last: dict[str, int] = {}
        self._may_wait: bool | None = None
        self._may_rest: bool | None = None

    # ------------------------------------------------------------ what is known

    def know(self, call_ids: Iterable[str]) -> None:
        """Read these sessions now, all together."""
        names = [one for one in dict.fromkeys(call_ids) if one not in self._sessions]
        self._sessions.update(dict.fromkeys(names))
        for at in range(0, len(names), MOST_IN_A_QUERY):
            some = names[at : at + MOST_IN_A_QUERY]
            rows = self._db.execute(
                f"SELECT {ROW} FROM session WHERE call_id IN ({','.join('?' * len(some))})",  # noqa: S608 - our own words
                some,
            )
            self._sessions.update({row[0]: Row(*row) for row in rows})

    def session(self, call_id: str) -> Row | None:
        """A session as it is by now."""
        if call_id not in self._sessions:
            self.know((call_id,))
        return self._sessions[call_id]

    def _following(self, table: str) -> int:
        """The number of a new row."""
        last = self._last.get(table)
        if last is None:
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
            last = int(row[0]) if row is not None else 0
        self._last[table] = last + 1
        return last + 1

    def _waits(self, call_id: str) -> bool:
        """Whether anything waits for that call."""
        if self._arrivals.get(call_id) or not self._may_wait:
            return bool(self._arrivals.get(call_id))
        question = "SELECT 1 FROM inbox WHERE call_id = ? LIMIT 1"
        return self._db.execute(question, (call_id,)).fetchone() is not None

    def _waiting_keys(self, arrivals: Sequence[Arrival]) -> set[tuple[str, str]]:
        """Which of these messages wait already, by call and key: asked for all of them together."""
        found = {(name, one.arrival.key) for name, some in self._arrivals.items() for one in some if one.arrival.key}
        wanted = list(dict.fromkeys([(one.call_id, one.key) for one in arrivals if one.key]))
        for at in range(0, len(wanted) if self._may_wait else 0, MOST_IN_A_QUERY // 2):
            some = wanted[at : at + MOST_IN_A_QUERY // 2]
            rows = self._db.execute(
                f"""WITH came (call_id, key) AS (VALUES {",".join(["(?, ?)"] * len(some))})
                    SELECT came.call_id, came.key FROM came CROSS JOIN inbox AS i
                    ON i.call_id = came.call_id AND i.key = came.key""",  # noqa: S608 - our own words
                [part for pair in some for part in pair],
            )
            found.update(rows.fetchall())
        return found

    def _rests(self, call_id: str) -> bool:
        if self._may_rest is None:
            self._may_rest = bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM parked)").fetchone()[0])
        return self._may_rest and self._parked_number(call_id) is not None

    def _parked_number(self, call_id: str) -> int | None:
        row = self._db.execute("SELECT number FROM parked WHERE call_id = ?", (call_id,)).fetchone()
        return int(row[0]) if row is not None else None

    # ------------------------------------------------------------ in

    def arrive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Which of them are taken."""
        self.know([one.call_id for one in arrivals])
        if self._may_wait is None:
            self._may_wait = bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM inbox)").fetchone()[0])
        keys = self._waiting_keys(arrivals)
        return [self._arrive(one, keys) for one in arrivals]

    def _arrive(self, one: Arrival, keys: set[tuple[str, str]]) -> bool:
        known = self._sessions[one.call_id]
        if known is not None and (known.over_ms >= 0 or (one.key and known.has_seen(one.key))):
            return False
        if known is None and not one.begins and not self._waits(one.call_id):
            return False
        if one.key:
            if (one.call_id, one.key) in keys:
                return False
            keys.add((one.call_id, one.key))
        self._arrivals.setdefault(one.call_id, []).append(Received(self._following("inbox"), one))
        return True

    def answered(self, owner: str, attempt: int, answer: Answer) -> bool:
        """Whether it still was that owner's to answer."""
        known = self.session(answer.call_id)
        parked = self._parked_number(answer.call_id) if known is None else None
        call = known.begun if known is not None else -parked if parked is not None else 0
        row = self._db.execute(
            "SELECT owner, attempt, status FROM request WHERE call = ? AND number = ?", (call, answer.number)
        ).fetchone()
        answers = self._answers.setdefault(answer.call_id, [])
        if row != (owner, attempt, None) or any(one.number == answer.number for _, one in answers):
            return False
        answers.append((call, answer))
        return True

    # ------------------------------------------------------------ work

    def with_work(self, now_ms: int) -> list[str]:
        """Calls for which something is held here."""
        due = [name for name, some in self._arrivals.items() if any(one.arrival.from_ms <= now_ms for one in some)]
        answered = [name for name, some in self._answers.items() if some]
        return [name for name in dict.fromkeys([*due, *answered]) if not self._rests(name)]

    def waiting(self, call_id: str) -> Waiting | None:
        """The session to be worked on; version 0: there is none yet; None: it is over."""
        known = self.session(call_id)
        if known is None:
            return Waiting(call_id, 0, "", b"")
        return Waiting(call_id, *known[2:6]) if known.over_ms < 0 else None

    def touched_ms(self, call_id: str) -> int:
        """Time of the last fact that a live call was stepped with; -1: there is none, or the call is over."""
        known = self.session(call_id)
        return known.touched_ms if known is not None and known.over_ms < 0 else -1

    def received(self, call_id: str, now_ms: int) -> list[Received]:
        """What is held here of what came for a call."""
        return [one for one in self._arrivals.get(call_id, ()) if one.arrival.from_ms <= now_ms]

    def answers(self, call_id: str) -> list[Answer]:
        """What is held here of what was answered."""
        return [answer for _, answer in self._answers.get(call_id, ())]

    def commit(self, done: Sequence[Done]) -> None:
        """Raises `ConflictError`, and then nothing was written."""
        self.know([one.session.call_id for one in done])
        for one in done:
            known = self._sessions[one.session.call_id]
            if (known.version if known is not None else 0) != one.session.version:
                raise ConflictError(one.session.call_id)
        rows = [self._written(one) for one in done]
        self._write_sessions([self._sessions[one.call_id] for one in rows], rows, done)
        entries = [(row.begun, *together(one.facts)) for row, one in zip(rows, done, strict=True) if one.facts]
        self._db.executemany("INSERT INTO entry (call, number, at_ms, fact) VALUES (?, ?, ?, ?)", entries)
        for row, one in zip(rows, done, strict=True):
            self._sessions[row.call_id] = row
            self._intents += [(row.begun, intent) for intent in one.intents]
        self._mark_worked(rows, done)

    def _written(self, one: Done) -> Row:
        """The row that a session gets."""
        session, known = one.session, self._sessions[one.session.call_id]
        last_ms = max([entry.at_ms for entry in one.facts], default=0)
        touched_ms = max(known.touched_ms, last_ms) if known is not None else last_ms
        new = b"".join([_mark(come.arrival.key) for come in one.work.received])
        seen = b"" if one.is_over else ((known.seen if known is not None else b"") + new)[-MOST_SEEN * MARK_BYTES :]
        begun = known.begun if known is not None else self._following("session")
        due_ms, over_ms = (-1, last_ms) if one.is_over else (session.due_ms, -1)
        return Row(session.call_id, begun, session.version + 1, session.plan, session.state, due_ms, over_ms,
                   touched_ms, one.person, seen)  # fmt: skip

    def _write_sessions(self, before: Sequence[Row | None], rows: Sequence[Row], done: Sequence[Done]) -> None:
        """Most news changes little; what stays the same is left out, so that its indexes are not written again."""
        new: list[tuple[object, ...]] = []
        much: list[tuple[object, ...]] = []
        little: list[tuple[object, ...]] = []
        for known, row, one in zip(before, rows, done, strict=True):
            if known is None:
                new.append((*row, min([entry.at_ms for entry in one.facts], default=-1)))
            elif (known.plan, known.over_ms, known.person) == (row.plan, row.over_ms, row.person):
                little.append((row.version, row.state, row.due_ms, row.touched_ms, row.seen, row.begun))
            else:
                much.append((*row[2:], row.begun))
        self._db.executemany(
            f"INSERT INTO session ({ROW}, began_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own words
            new,
        )
        self._db.executemany(
            """UPDATE session SET version = ?, plan = ?, state = ?, due_ms = ?, over_ms = ?, touched_ms = ?, person = ?,
               seen = ? WHERE begun = ?""",
            much,
        )
        self._db.executemany(
            "UPDATE session SET version = ?, state = ?, due_ms = ?, touched_ms = ?, seen = ? WHERE begun = ?", little
        )

    def _mark_worked(self, rows: Sequence[Row], done: Sequence[Done]) -> None:
        """What was worked through is work no more."""
        inbox: list[tuple[int]] = []
        answered: list[tuple[int, int]] = []
        written: list[tuple[int, int, int, int]] = []
        for row, one in zip(rows, done, strict=True):
            if one.work.received:
                worked = {received.number for received in one.work.received}
                held = self._arrivals.pop(row.call_id, [])
                left = [received for received in held if received.number not in worked]
                if left:
                    self._arrivals[row.call_id] = left
                inbox += [(number,) for number in worked.difference([received.number for received in held])]
            if one.work.answers:
                held_answers = self._answers.pop(row.call_id, [])
                own = {answer.number for _, answer in held_answers}
                for answer in one.work.answers:
                    if answer.number in own:
                        written.append((answer.status, answer.at_ms, row.begun, answer.number))
                    else:
                        answered.append((row.begun, answer.number))
                numbers = {answer.number for answer in one.work.answers}
                rest = [pair for pair in held_answers if pair[1].number not in numbers]
                if rest:
                    self._answers[row.call_id] = rest
        self._db.executemany("DELETE FROM inbox WHERE number = ?", inbox)
        self._db.executemany(
            "UPDATE request SET is_done = 1, body = NULL, owner = '' WHERE call = ? AND number = ?", answered
        )
        self._db.executemany(
            """UPDATE request SET status = ?, answered_ms = ?, is_done = 1, owner = '', until_ms = -1
               WHERE call = ? AND number = ?""",
            written,
        )

    # ------------------------------------------------------------ out

    def lease(self, now_ms: int, until_ms: int, owner: str, limit: int) -> list[Leased]:
        """Those that stand in the tables first, then those that were asked for just now."""
        self._write_answers()
        leased = self._lease_stored(now_ms, until_ms, owner, limit)
        if not self._intents:
            return leased
        held, self._intents = self._intents, []
        lanes = {(call, intent.leg) for call, intent in held}
        taken = set(self._taken(lanes))
        written: list[tuple[object, ...]] = []
        for call, intent in held:
            lane = (call, intent.leg)
            if len(leased) >= limit or lane in taken:
                self._intents.append((call, intent))
            else:
                leased.append(Leased(intent, 1, until_ms))
                written.append((call, intent.number, intent.leg, intent.request, owner, 1, until_ms))
            taken.add(lane)
        self._db.executemany(
            """INSERT OR IGNORE INTO request (call, number, leg, request, owner, attempt, until_ms)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            written,
        )
        return leased

    def _taken(self, lanes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Lanes in which something is under way or waits."""
        question = "SELECT 1 FROM request WHERE call = ? AND leg = ? AND status IS NULL LIMIT 1"
        return [lane for lane in lanes if self._db.execute(question, lane).fetchone() is not None]

    def _lease_stored(self, now_ms: int, until_ms: int, owner: str, limit: int) -> list[Leased]:
        rows = self._db.execute(
            """SELECT r.call, r.number, coalesce(s.call_id, p.call_id), r.leg, r.request, r.attempt
               FROM request AS r LEFT JOIN session AS s ON s.begun = r.call
                   LEFT JOIN parked AS p ON p.number = -r.call
               WHERE r.status IS NULL AND r.until_ms <= ? AND NOT EXISTS (
                   SELECT 1 FROM request AS b
                   WHERE b.call = r.call AND b.leg = r.leg AND b.status IS NULL AND b.number < r.number
               ) LIMIT ?""",
            (now_ms, limit),
        ).fetchall()
        self._db.executemany(
            "UPDATE request SET owner = ?, attempt = attempt + 1, until_ms = ? WHERE call = ? AND number = ?",
            [(owner, until_ms, call, number) for call, number, *_ in rows],
        )
        return [
            Leased(Intent(call_id, number, leg, request), attempt + 1, until_ms)
            for _, number, call_id, leg, request, attempt in rows
        ]

    # ------------------------------------------------------------ the end

    def write_down(self) -> None:
        """Everything into the tables, and nothing is taken for known any more."""
        if self._arrivals:
            rows = sorted([received for some in self._arrivals.values() for received in some])
            self._db.executemany(
                """INSERT INTO inbox (number, call_id, kind, body, at_ms, key, leg, begins, from_ms, tenant_id)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [(received.number, *received.arrival) for received in rows],
            )
        self._write_answers()
        if self._intents:
            self._db.executemany(INTEND, [(call, *intent[1:]) for call, intent in self._intents])
        self._arrivals, self._intents, self._sessions = {}, [], {}
        self._may_wait = self._may_rest = None

    def _write_answers(self) -> None:
        """Nobody works on what comes after a call is over, so it is done with at once."""
        rows: list[tuple[object, ...]] = []
        for name, some in self._answers.items():
            known = self.session(name)
            is_over = known is not None and known.over_ms >= 0
            rows += [
                (answer.status, None if is_over else answer.body, answer.at_ms, is_over, call, answer.number)
                for call, answer in some
            ]
        if rows:
            self._db.executemany(
                """UPDATE request SET status = ?, body = ?, answered_ms = ?, is_done = ?, until_ms = -1
                   WHERE call = ? AND number = ?""",
                rows,
            )
        self._answers = {}
