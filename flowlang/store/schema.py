"""The tables of the SQLite store, version by version. A new version is a new entry in `STEPS`; entries never change.

plan(digest, source)                    plans that calls need
deployed(flow, number, digest, at_ms, share, by)
switched(hours, is_open, until_ms, by)
session(begun, call_id, version, plan, state, due_ms, over_ms, touched_ms, began_ms, person, seen)
inbox(number, call_id, kind, body, at_ms, key, leg, begins, from_ms, tenant_id)
request(call, number, leg, request, owner, attempt, until_ms, status, body, answered_ms, is_done)
entry(call, number, at_ms, fact)        the journal: a row for each commit, a line for each fact
parked(number, call_id, at_ms, reason)

`session.begun` numbers calls in their order. What belongs to a call is keyed by it (`call`), not by Graph's ids, which
are long and in no order: so rows of one time lie together, and a commit writes few pages. `call` is negative, a
`parked.number`, for the last requests of a call that rests and never had a session. `seen`: eight bytes for each
message that came, so that a repeat is known.
"""

from typing import Final

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE plan (digest TEXT PRIMARY KEY, source BLOB NOT NULL) WITHOUT ROWID",
        """CREATE TABLE deployed (
            flow TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, at_ms INTEGER NOT NULL,
            share INTEGER NOT NULL, by TEXT NOT NULL, PRIMARY KEY (flow, number)
        ) WITHOUT ROWID""",
        """CREATE TABLE switched (
            hours TEXT PRIMARY KEY, is_open INTEGER NOT NULL, until_ms INTEGER NOT NULL, by TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE session (
            begun INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
            plan TEXT NOT NULL, state BLOB NOT NULL, due_ms INTEGER NOT NULL, over_ms INTEGER NOT NULL,
            touched_ms INTEGER NOT NULL, began_ms INTEGER NOT NULL, person TEXT NOT NULL, seen BLOB NOT NULL
        )""",
        "CREATE INDEX session_due ON session (due_ms) WHERE due_ms >= 0",
        "CREATE INDEX session_over ON session (over_ms) WHERE over_ms >= 0",
        "CREATE INDEX session_touched ON session (touched_ms) WHERE over_ms < 0",
        "CREATE INDEX session_live ON session (begun) WHERE over_ms < 0",
        "CREATE INDEX session_person ON session (person) WHERE person <> ''",
        """CREATE TABLE inbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
            at_ms INTEGER NOT NULL, key TEXT NOT NULL, leg INTEGER NOT NULL, begins INTEGER NOT NULL,
            from_ms INTEGER NOT NULL
        )""",
        "CREATE INDEX inbox_call ON inbox (call_id, key)",
        "CREATE INDEX inbox_later ON inbox (from_ms) WHERE from_ms >= 0",
        """CREATE TABLE request (
            call INTEGER NOT NULL, number INTEGER NOT NULL, leg INTEGER NOT NULL, request BLOB NOT NULL,
            owner TEXT NOT NULL DEFAULT '', attempt INTEGER NOT NULL DEFAULT 0, until_ms INTEGER NOT NULL DEFAULT -1,
            status INTEGER, body BLOB, answered_ms INTEGER, is_done INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (call, number)
        ) WITHOUT ROWID""",
        "CREATE INDEX request_open ON request (call, leg, number) WHERE status IS NULL",
        "CREATE INDEX request_later ON request (until_ms) WHERE status IS NULL AND owner = '' AND until_ms >= 0",
        "CREATE INDEX request_answered ON request (call, number) WHERE status IS NOT NULL AND is_done = 0",
        """CREATE TABLE entry (
            call INTEGER NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, fact BLOB NOT NULL,
            PRIMARY KEY (call, number)
        ) WITHOUT ROWID""",
        """CREATE TABLE parked (
            number INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL,
            reason TEXT NOT NULL
        )""",
    ),
    ("ALTER TABLE inbox ADD COLUMN tenant_id TEXT NOT NULL DEFAULT ''",),
)
"""For each version of the schema what leads to it from the one before. Version 0 is an empty file."""

VERSION: Final = len(STEPS)
