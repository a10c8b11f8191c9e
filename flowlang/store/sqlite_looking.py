"""Looking at what is in the SQLite store: calls, lists of them, journals, figures. Nothing is written here."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from flowlang.store.base import LOOKED_AT, Arrival, Counts, Entry, Intent, Listed, Looked, Parked, Waiting, Which
from flowlang.store.entries import apart


class Looking(ABC):
    """The half of `base.Store` that reads."""

    _db: sqlite3.Connection

    @abstractmethod
    def _rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """What is in the tables now. Raises `StoreError`."""

    def session(self, call_id: str) -> Waiting | None:
        rows = self._rows("SELECT call_id, version, plan, state, due_ms FROM session WHERE call_id = ?", call_id)
        return Waiting(*rows[0]) if rows else None

    def calls(self, limit: int, *, over: bool = False) -> list[Waiting]:
        rows = self._rows(
            f"""SELECT call_id, version, plan, state, due_ms FROM session
                WHERE over_ms {">=" if over else "<"} 0 ORDER BY begun DESC LIMIT ?""",  # noqa: S608 - two fixed signs
            limit,
        )
        return [Waiting(*row) for row in rows]

    def find(self, which: Which, limit: int) -> Looked:
        ((last,),) = self._rows("SELECT coalesce(max(begun), 0) + 1 FROM session")
        before = min(which.before, int(last))
        is_live = which.is_over is False
        since = 0 if is_live or which.people else max(before - LOOKED_AT, 0)
        asks, given = ["s.begun < ?", "s.begun >= ?"], [before, since]
        if which.is_over is not None:
            asks.append("s.over_ms >= 0" if which.is_over else "s.over_ms < 0")
        values: list[object] = list(given)
        if which.people:
            asks.append(f"s.person IN ({', '.join('?' * len(which.people))}) AND s.person <> ''")
            values += which.people
        if which.plans is not None:
            asks.append(f"s.plan IN ({', '.join('?' * len(which.plans))})")
            values += which.plans
        index = "session_person" if which.people else "session_live" if is_live else ""
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

    def _listed(self, index: str, where: str, *values: object) -> list[Listed]:
        rows = self._rows(
            f"""SELECT s.call_id, s.version, s.plan, s.state, s.due_ms, s.begun, s.began_ms, s.over_ms,
                   coalesce(p.reason, ''),
                   (SELECT count(*) FROM request AS r WHERE r.call = s.begun AND r.status IS NULL)
                FROM session AS s {index} LEFT JOIN parked AS p ON p.call_id = s.call_id WHERE {where}""",  # noqa: S608 - our own words
            *values,
        )
        return [Listed(Waiting(*row[:5]), *row[5:]) for row in rows]

    def inbox(self, call_id: str, limit: int) -> list[Arrival]:
        rows = self._rows(
            """SELECT call_id, kind, body, at_ms, key, leg, begins, from_ms FROM inbox WHERE call_id = ?
               ORDER BY number LIMIT ?""",
            call_id,
            limit,
        )
        return [Arrival(*row)._replace(begins=bool(row[6])) for row in rows]

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

    def mentioning(self, holds: Callable[[bytes], bool], before: int, limit: int) -> Looked:
        self._db.create_function("holds", 1, lambda kept: kept is not None and holds(_bytes(kept)))
        rows = self._rows("SELECT begun FROM session WHERE begun < ? ORDER BY begun DESC LIMIT ?", before, limit)
        numbers = [int(row[0]) for row in rows]
        inside = "EXISTS (SELECT 1 FROM {0} AS t WHERE {1} AND holds(t.{2}))"
        of_call, of_id = "t.call = s.begun", "t.call_id = s.call_id"
        columns = (
            ("entry", of_call, "fact"), ("request", of_call, "request"), ("request", of_call, "body"),
            ("inbox", of_id, "body"), ("parked", of_id, "reason"),
        )  # fmt: skip
        asks = " OR ".join(["holds(s.state)", *[inside.format(*one) for one in columns]])
        found: list[Listed] = []
        if numbers:
            where = f"s.begun < ? AND s.begun >= ? AND ({asks}) ORDER BY s.begun DESC"
            found = self._listed("NOT INDEXED", where, before, numbers[-1])
        if len(numbers) == limit:
            return Looked(tuple(found), numbers[-1])
        rested = self._rows(
            """SELECT DISTINCT p.call_id FROM parked AS p LEFT JOIN inbox AS i ON i.call_id = p.call_id
               WHERE (holds(p.reason) OR holds(i.body))
               AND NOT EXISTS (SELECT 1 FROM session AS s WHERE s.call_id = p.call_id)"""
        )
        found += [one for row in rested if (one := self.listed(str(row[0]))) is not None]
        return Looked(tuple(found), 0)

    def journal(self, call_id: str) -> list[Entry]:
        rows = self._rows(
            """SELECT number, at_ms, fact FROM entry
               WHERE call = (SELECT begun FROM session WHERE call_id = ?) ORDER BY number""",
            call_id,
        )
        return [entry for number, at_ms, facts in rows for entry in apart(number, at_ms, facts)]

    def requests(self, call_id: str) -> list[Intent]:
        rows = self._rows(
            """SELECT number, leg, request FROM request
               WHERE call = (SELECT begun FROM session WHERE call_id = ?) ORDER BY number""",
            call_id,
        )
        return [Intent(call_id, *row) for row in rows]

    def parked(self) -> list[Parked]:
        rows = self._rows("SELECT call_id, at_ms, reason FROM parked ORDER BY at_ms, call_id")
        return [Parked(*row) for row in rows]

    def unheard(self, since_ms: int, limit: int) -> list[str]:
        rows = self._rows(
            """SELECT call_id FROM session INDEXED BY session_touched
               WHERE over_ms < 0 AND touched_ms < ? AND call_id NOT IN (SELECT call_id FROM parked)
               ORDER BY touched_ms LIMIT ?""",
            since_ms,
            limit,
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


def _bytes(kept: str | bytes) -> bytes:
    return kept.encode("utf-8", "replace") if isinstance(kept, str) else kept
