"""What is erased is in no byte of the file, whatever SQLite moved about before; and what is kept stays as it is."""

import os
import sqlite3
from pathlib import Path
from random import Random

import pytest

from flowlang.store.base import Answer, Arrival, Done, Entry, Intent, StoreError
from flowlang.store.copies import copies_of
from flowlang.store.sqlite import OVERWRITES, SqliteStore


def person(call: str) -> bytes:
    return f"+1555{call[5:]}!".encode()


class Busy:
    """Calls of which rows are written, made longer, and removed in disorder."""

    def __init__(self, path: str, seed: int) -> None:
        self.random = Random(seed)
        self.store = SqliteStore(path)
        self.calls = [f"call-{number:04}" for number in range(self.random.choice([3, 6, 12, 40]))]
        self.long = {call: self.random.choice([200, 900, 1_500, 3_000]) for call in self.calls}

    def work(self, rounds: int) -> None:
        for at in range(rounds):
            for call in self.random.sample(self.calls, len(self.calls)):
                self._step(call, at)

    def _step(self, call: str, at: int) -> None:
        random, who = self.random, person(call)
        body = b'{"from":"' + who + b'"}' + b"y" * random.randrange(600)
        self.store.arrive([Arrival(call, "notification", body, at, f"{call}-{at}", 0, begins=True)])
        (work,) = [one for one in self.store.take(10**9, 500) if one.session.call_id == call]
        state = who + b"x" * (self.long[call] + random.randrange(200) * at)
        facts = [
            Entry((at + 1) * 1_000 + n, at, who + b"f" * random.randrange(700)) for n in range(random.randrange(1, 4))
        ]
        intents = [Intent(call, at * 10 + n, n, who + b"z" * random.randrange(900)) for n in range(random.randrange(3))]
        session = work.session._replace(state=state, plan="p")
        self.store.commit([Done(session, tuple(facts), tuple(intents), False, work, who.decode())])
        for one in self.store.lease(at, at + 10**6, "o", 5):
            self.store.answered("o", one.attempt, Answer(one.intent.call_id, one.intent.number, 200, who, at))


def wiped(store: SqliteStore) -> None:
    at = store.wipe()
    while at:
        at = store.wipe(at)


def everything(folder: Path) -> bytes:
    return b"".join([file.read_bytes() for file in folder.iterdir()])


def kept(store: SqliteStore, calls: list[str]) -> list[object]:
    return [(store.session(one), store.journal(one), store.requests(one)) for one in calls]


@pytest.mark.parametrize("seed", [0, 8, 12, 15, 24])
def test_no_byte_of_a_call_is_left_and_the_others_are_as_they_were(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these seeds leaves something with `secure_delete` alone."""
    monkeypatch.setattr("flowlang.store.sqlite.PAGES_AT_ONCE", 7)
    busy = Busy(str(tmp_path / "calls.db"), seed)
    busy.work(busy.random.choice([4, 8, 12]))
    gone = busy.random.sample(busy.calls, max(1, len(busy.calls) // 2))
    stays = [one for one in busy.calls if one not in gone]
    before = kept(busy.store, stays)
    assert busy.store.erase(gone) == len(gone)
    wiped(busy.store)
    data = everything(tmp_path)
    assert [one for one in gone if person(one) in data] == []
    assert [one for one in stays if person(one) not in data] == []
    assert kept(busy.store, stays) == before
    busy.store.close()
    with sqlite3.connect(tmp_path / "calls.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    assert [one for one in gone if person(one) in everything(tmp_path)] == []


def test_pages_in_memory_do_not_bring_it_back(tmp_path: Path) -> None:
    """What is written after it, to the same pages, is written without what was there."""
    busy = Busy(str(tmp_path / "calls.db"), 13)
    busy.work(8)
    gone, stays = busy.calls[::2], busy.calls[1::2]
    busy.store.erase(gone)
    wiped(busy.store)
    for call in stays:
        session = busy.store.session(call)
        assert session is not None
        busy.store.arrive([Arrival(call, "notification", b"news", 99, f"{call}-again", 0)])
    for work in busy.store.take(10**9, 500):
        busy.store.commit(
            [Done(work.session._replace(state=b"n" * 3_000), (Entry(90_000, 99, b"news"),), (), False, work)]
        )
    busy.store.close()
    data = everything(tmp_path)
    assert [one for one in gone if person(one) in data] == []


def test_a_file_of_a_release_that_did_not_overwrite_is_written_anew_at_once(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    busy = Busy(str(path), 5)
    busy.work(4)
    busy.store.close()
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("PRAGMA application_id = 0")
        for table in ("session", "inbox", "request", "entry"):
            db.execute(f"DELETE FROM {table}")
    db.close()
    assert person(busy.calls[0]) in path.read_bytes()
    store = SqliteStore(str(path))
    wiped(store)
    data = everything(tmp_path)
    assert [one for one in busy.calls if person(one) in data] == []
    assert store._db.execute("PRAGMA application_id").fetchone() == (OVERWRITES,)
    store.close()


def test_while_somebody_reads_it_is_said_and_it_is_done_when_they_have_gone(tmp_path: Path) -> None:
    busy = Busy(str(tmp_path / "calls.db"), 5)
    busy.work(2)
    reader = sqlite3.connect(tmp_path / "calls.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM session").fetchone()
    busy.store.erase(busy.calls)
    with pytest.raises(StoreError, match="another program reads it"):
        busy.store.wipe()
    reader.close()
    wiped(busy.store)
    data = everything(tmp_path)
    assert [one for one in busy.calls if person(one) in data] == []
    busy.store.close()


def test_a_copy_that_an_update_left_goes_with_who_is_in_it(tmp_path: Path) -> None:
    path = str(tmp_path / "calls.db")
    busy = Busy(path, 5)
    busy.work(1)
    with sqlite3.connect(f"{path}.schema-1") as copy:
        busy.store._db.backup(copy)
    copy.close()
    (tmp_path / "calls.db.schema-mine").write_bytes(person(busy.calls[0]))
    assert busy.store.remove_copies(lambda _kept: False, ["nobody"]) == []
    assert copies_of(path) == [f"{path}.schema-1"]
    assert busy.store.remove_copies(lambda kept: person(busy.calls[0]) in kept, []) == [f"{path}.schema-1"]
    assert os.listdir(tmp_path).count("calls.db.schema-mine") == 1
    busy.store.close()
