"""Finding calls: by state, person and plan, page by page; by what is said in them. Each test runs on every store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flowlang.store import sqlite_looking
from flowlang.store.base import Answer, Arrival, Entry, Intent, Parked, Store, Waiting, Which
from flowlang.store.memory import MemoryStore
from flowlang.store.sqlite import SqliteStore


@pytest.fixture(params=("memory", "sqlite"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(str(tmp_path / "calls.db"))
    yield made
    made.close()


def call(
    store: Store,
    name: str,
    at_ms: int = 10,
    *,
    person: str = "",
    plan: str = "p",
    over: bool = False,
    state: bytes = b"s",
) -> None:
    """A call that was stepped once more."""
    from flowlang.store.base import Done

    store.arrive([Arrival(name, "notification", b"news", at_ms, begins=True)])
    (work,) = [one for one in store.take(at_ms, 1000) if one.session.call_id == name]
    session = work.session._replace(plan=plan, state=state)
    entry = Entry(work.session.version + 1, at_ms, b"fact")
    store.commit([Done(session, (entry,), (), over, work, person)])


def holding(text: str) -> Callable[[bytes], bool]:
    return lambda kept: text.encode() in kept


def ids(store: Store, which: Which, limit: int = 100) -> list[str]:
    return [one.session.call_id for one in store.find(which, limit).found]


def test_a_call_is_found_by_its_state(store: Store) -> None:
    call(store, "live")
    call(store, "over", over=True)
    assert ids(store, Which()) == ["over", "live"]
    assert ids(store, Which(is_over=False)) == ["live"]
    assert ids(store, Which(is_over=True)) == ["over"]


def test_a_call_is_found_by_its_person_and_its_plan(store: Store) -> None:
    call(store, "a", person="+15550100", plan="one")
    call(store, "b", person="+15550100", plan="two")
    call(store, "c", plan="two")
    assert ids(store, Which(people=("+15550100",))) == ["b", "a"]
    assert ids(store, Which(plans=("two",))) == ["c", "b"]
    assert ids(store, Which(people=("+15550100",), plans=("two",))) == ["b"]
    assert ids(store, Which(plans=())) == []
    assert ids(store, Which(people=("nobody",))) == []


def test_a_person_who_is_known_later_is_found_as_well(store: Store) -> None:
    call(store, "a", 10)
    call(store, "a", 20, person="+15550100")
    assert ids(store, Which(people=("+15550100",))) == ["a"]


def test_when_a_call_began_and_ended(store: Store) -> None:
    call(store, "a", 10)
    call(store, "a", 70, over=True)
    one = store.listed("a")
    assert one is not None
    assert (one.began_ms, one.over_ms, one.parked, one.to_send, one.session.version) == (10, 70, "", 0, 2)
    assert store.listed("b") is None


def test_pages_hold_every_call_once_whatever_comes_meanwhile(store: Store) -> None:
    for at in range(7):
        call(store, f"c{at}")
    first = store.find(Which(), 3)
    call(store, "new")
    second = store.find(Which(before=first.before), 3)
    third = store.find(Which(before=second.before), 3)
    found = [one.session.call_id for page in (first, second, third) for one in page.found]
    assert found == [f"c{at}" for at in reversed(range(7))]
    assert third.before == 0


def test_a_parked_call_says_why(store: Store) -> None:
    call(store, "a")
    store.park(Parked("a", 77, "a broken fact"))
    store.arrive([Arrival("raw", "notification", b"?", 5, begins=True)])
    store.park(Parked("raw", 78, "never begun"))
    (one,) = store.find(Which(is_over=False), 10).found
    assert one.parked == "a broken fact"
    raw = store.listed("raw")
    assert raw is not None
    assert (raw.session, raw.parked, raw.began_ms) == (Waiting("raw", 0, "", b""), "never begun", 78)


def test_requests_without_an_answer_are_counted(store: Store) -> None:
    from flowlang.store.base import Done

    store.arrive([Arrival("a", "notification", b"news", 1, begins=True)])
    (work,) = store.take(1, 1)
    intents = (Intent("a", 1, 0, b"x"), Intent("a", 2, 0, b"y"))
    store.commit([Done(work.session._replace(plan="p", state=b"s"), (Entry(1, 1, b"f"),), intents, False, work)])
    (leased,) = store.lease(0, 100, "s", 1)
    store.answered("s", leased.attempt, Answer("a", 1, 202, b"", 5))
    one = store.listed("a")
    assert one is not None
    assert one.to_send == 1


def test_the_beginning_of_an_id_is_enough(store: Store) -> None:
    for name in ("abc-1", "abc-2", "abd", "ab%"):
        call(store, name)
    store.arrive([Arrival("abc-3", "notification", b"?", 5, begins=True)])
    store.park(Parked("abc-3", 78, "never begun"))
    assert store.beginning_with("abc", 10) == ["abc-1", "abc-2", "abc-3"]
    assert store.beginning_with("abc", 2) == ["abc-1", "abc-2"]
    assert store.beginning_with("ab%", 10) == ["ab%"]
    assert store.beginning_with("x", 10) == []


def test_what_is_said_in_a_call_is_found_wherever_it_stands(store: Store) -> None:
    from flowlang.store.base import Done

    for name in ("state", "fact", "request", "answer", "inbox", "nothing"):
        store.arrive([Arrival(name, "notification", b"news", 1, begins=True)])
        (work,) = [one for one in store.take(1, 100) if one.session.call_id == name]
        session = work.session._replace(plan="p", state=b'"+15550100"' if name == "state" else b"s")
        fact = Entry(1, 1, b"+15550100" if name == "fact" else b"f")
        intent = Intent(name, 1, 0, b"+15550100" if name == "request" else b"r")
        store.commit([Done(session, (fact,), (intent,), False, work)])
    for one in store.lease(0, 100, "s", 100):
        if one.intent.call_id == "answer":
            store.answered("s", 1, Answer("answer", 1, 200, b"hello +15550100", 5))
    store.arrive([Arrival("inbox", "notification", b"from +15550100", 9)])
    looked = store.mentioning(holding("15550100"), 2**62, 100)
    assert {one.session.call_id for one in looked.found} == {"state", "fact", "request", "answer", "inbox"}
    assert looked.before == 0


def test_a_call_that_was_parked_before_it_began_is_looked_through_as_well(store: Store) -> None:
    for name, body in (("raw", b"from +15550100"), ("other", b"from somebody")):
        store.arrive([Arrival(name, "notification", body, 5, begins=True)])
        store.park(Parked(name, 78, "never begun"))
    assert [one.session.call_id for one in store.mentioning(holding("15550100"), 2**62, 10).found] == ["raw"]
    assert store.erase(["raw"]) == 0
    assert store.mentioning(holding("15550100"), 2**62, 10).found == ()


def test_what_waits_for_a_call_can_be_looked_at(store: Store) -> None:
    first = Arrival("early", "notification", b"1", 5, "key", 2, begins=True, from_ms=7)
    store.arrive([first, Arrival("other", "fact", b"2", 6, begins=True), Arrival("early", "fact", b"3", 7)])
    store.park(Parked("early", 78, "never begun"))
    assert store.inbox("early", 1) == [first]
    assert [one.body for one in store.inbox("early", 10)] == [b"1", b"3"]
    assert store.inbox("nobody", 10) == []


def test_looking_through_goes_piece_by_piece(store: Store) -> None:
    for at in range(5):
        call(store, f"c{at}", state=b"here" if at in (0, 3) else b"s")
    first = store.mentioning(holding("here"), 2**62, 2)
    assert [one.session.call_id for one in first.found] == ["c3"]
    second = store.mentioning(holding("here"), first.before, 2)
    assert second.found == ()
    third = store.mentioning(holding("here"), second.before, 2)
    assert [one.session.call_id for one in third.found] == ["c0"]
    assert third.before == 0
    assert store.mentioning(holding("here"), 1, 2).found == ()


# ---------------------------------------------------------------- only SQLite


def test_little_found_far_away_takes_several_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a search through everything: a look covers so many calls, and says where to go on."""
    monkeypatch.setattr(sqlite_looking, "LOOKED_AT", 3)
    store = SqliteStore(str(tmp_path / "calls.db"))
    call(store, "first", plan="rare")
    for at in range(6):
        call(store, f"c{at}")
    looked = store.find(Which(plans=("rare",)), 5)
    assert looked.found == ()
    assert looked.before > 0
    before, found = looked.before, []
    while before:
        looked = store.find(Which(plans=("rare",), before=before), 5)
        before = looked.before
        found += [one.session.call_id for one in looked.found]
    assert found == ["first"]
    assert ids(store, Which(is_over=False), 7)[-1] == "first"
    store.close()


def test_what_is_erased_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    store = SqliteStore(str(path))
    call(store, "gone", person="+15550100", state=b"a secret " * 100)
    call(store, "stays", state=b"kept")
    assert store.erase(["gone"]) == 1
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"a secret" not in data
    assert b"+15550100" not in data
    assert b"kept" in data
    store.close()
