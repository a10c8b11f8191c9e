"""The tables of the SQLite store, version by version. A new version is a new entry in `STEPS`; entries never change.

plan(digest, source)                    plans that calls need
deployed(flow, number, digest, at_ms, share, by)
switched(hours, is_open, until_ms, by)
session(call_id, version, plan, state, due_ms, over_ms, touched_ms)
inbox(number, call_id, kind, body, at_ms, key, leg, begins, from_ms)
seen(call_id, key)                      what came already
request(call_id, number, leg, request, owner, attempt, until_ms, status, body, answered_ms, is_done)
entry(call_id, number, at_ms, fact)     the journal
parked(call_id, at_ms, reason)
"""

from typing import Final

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE plan (digest TEXT PRIMARY KEY, source BLOB NOT NULL) WITHOUT ROWID",
        """CREATE TABLE session (
            call_id TEXT PRIMARY KEY, version INTEGER NOT NULL, plan TEXT NOT NULL, state BLOB NOT NULL,
            due_ms INTEGER NOT NULL DEFAULT -1, over_ms INTEGER NOT NULL DEFAULT -1, begun INTEGER NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX session_due ON session (due_ms) WHERE due_ms >= 0",
        "CREATE INDEX session_begun ON session (begun)",
        "CREATE INDEX session_over ON session (over_ms) WHERE over_ms >= 0",
        """CREATE TABLE inbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
            at_ms INTEGER NOT NULL, key TEXT NOT NULL, leg INTEGER NOT NULL, begins INTEGER NOT NULL
        )""",
        "CREATE INDEX inbox_call ON inbox (call_id, number)",
        "CREATE TABLE seen (call_id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (call_id, key)) WITHOUT ROWID",
        """CREATE TABLE request (
            call_id TEXT NOT NULL, number INTEGER NOT NULL, leg INTEGER NOT NULL, request BLOB NOT NULL,
            owner TEXT NOT NULL DEFAULT '', attempt INTEGER NOT NULL DEFAULT 0, until_ms INTEGER NOT NULL DEFAULT -1,
            status INTEGER, body BLOB, answered_ms INTEGER, is_done INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (call_id, number)
        ) WITHOUT ROWID""",
        "CREATE INDEX request_open ON request (call_id, leg, number) WHERE status IS NULL",
        "CREATE INDEX request_answered ON request (call_id, number) WHERE status IS NOT NULL AND is_done = 0",
        """CREATE TABLE entry (
            call_id TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, fact BLOB NOT NULL,
            PRIMARY KEY (call_id, number)
        ) WITHOUT ROWID""",
        "CREATE TABLE parked (call_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        """CREATE TABLE deployed (
            flow TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, at_ms INTEGER NOT NULL,
            share INTEGER NOT NULL, by TEXT NOT NULL, PRIMARY KEY (flow, number)
        ) WITHOUT ROWID""",
        """CREATE TABLE switched (
            hours TEXT PRIMARY KEY, is_open INTEGER NOT NULL, until_ms INTEGER NOT NULL, by TEXT NOT NULL
        ) WITHOUT ROWID""",
        "ALTER TABLE session ADD COLUMN touched_ms INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX session_touched ON session (touched_ms) WHERE over_ms < 0",
        "ALTER TABLE inbox ADD COLUMN from_ms INTEGER NOT NULL DEFAULT -1",
        "CREATE INDEX inbox_later ON inbox (from_ms) WHERE from_ms >= 0",
    ),
    (
        "ALTER TABLE session ADD COLUMN began_ms INTEGER NOT NULL DEFAULT -1",
        "ALTER TABLE session ADD COLUMN person TEXT NOT NULL DEFAULT ''",
        """UPDATE session SET began_ms =
               coalesce((SELECT min(at_ms) FROM entry WHERE entry.call_id = session.call_id), -1)""",
        "CREATE INDEX session_person ON session (person, begun) WHERE person <> ''",
        "CREATE INDEX session_live ON session (begun) WHERE over_ms < 0",
    ),
)
"""For each version of the schema what leads to it from the one before. Version 0 is an empty file."""

VERSION: Final = len(STEPS)
