"""What every store has to do. Each test runs on each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowlang.store.base import (
    LAST,
    Answer,
    Arrival,
    ConflictError,
    Deployed,
    Done,
    Entry,
    Intent,
    Parked,
    Postponed,
    Store,
    Switched,
    Waiting,
    Work,
)
from flowlang.store.memory import MemoryStore
from flowlang.store.sqlite import SqliteStore

KINDS = ("memory", "sqlite")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(str(tmp_path / "calls.db"))
    yield made
    made.close()


def arrival(call_id: str = "a", key: str = "", body: bytes = b"news", *, begins: bool = True) -> Arrival:
    return Arrival(call_id, "notification", body, 10, key, 0, begins)


def done(
    work: Work, *requests: tuple[int, int], state: bytes = b"state", due_ms: int = -1, over: bool = False, at: int = 1
) -> Done:
    """The call stepped once; `requests` are pairs of number and leg."""
    session = work.session._replace(plan="p", state=state, due_ms=due_ms)
    intents = tuple([Intent(session.call_id, number, leg, b"request") for number, leg in requests])
    return Done(session, (Entry(at, 10 * at, b"fact"),), intents, over, work)


def begin(store: Store, *requests: tuple[int, int], call_id: str = "a", due_ms: int = -1) -> None:
    """A call that is there and waits."""
    assert store.arrive([arrival(call_id)]) == [True]
    (work,) = [one for one in store.take(0, 100) if one.session.call_id == call_id]
    store.commit([done(work, *requests, due_ms=due_ms)])


# ---------------------------------------------------------------- in


def test_what_arrives_is_taken_in_its_order(store: Store) -> None:
    assert store.arrive([arrival(body=b"1"), arrival(body=b"2"), arrival("b", body=b"3")]) == [True, True, True]
    works = store.take(0, 10)
    assert [one.session.call_id for one in works] == ["a", "b"]
    assert [one.arrival.body for one in works[0].received] == [b"1", b"2"]
    assert works[0].session == Waiting("a", 0, "", b"")
    assert works[0].received[0].number < works[0].received[1].number < works[1].received[0].number


def test_taking_changes_nothing(store: Store) -> None:
    store.arrive([arrival()])
    assert store.take(0, 10) == store.take(0, 10)
    assert [len(store.take(0, limit)) for limit in (0, 1)] == [0, 1]


def test_a_repeat_is_not_taken_again_however_late(store: Store) -> None:
    assert store.arrive([arrival(key="m1"), arrival(key="m1"), arrival(key="m2")]) == [True, False, True]
    (work,) = store.take(0, 10)
    store.commit([done(work)])
    assert store.arrive([arrival(key="m1"), arrival(key="m3")]) == [False, True]
    assert store.arrive([arrival("b", key="m1")]) == [True]
    (again, _) = store.take(0, 10)
    store.commit([done(again, at=2)])
    keys = [f"k{number}" for number in range(200)]
    assert store.arrive([arrival(key=key) for key in keys]) == [True] * 200
    (third,) = [one for one in store.take(0, 10) if one.session.call_id == "a"]
    store.commit([done(third, at=3)])
    assert store.arrive([arrival(key=key) for key in ("m1", "m2", "m3", *keys)]) == [False] * 203


def test_what_has_no_key_is_never_a_repeat(store: Store) -> None:
    assert store.arrive([arrival(), arrival()]) == [True, True]


def test_news_of_a_call_that_is_not_there_is_refused_unless_it_begins_one(store: Store) -> None:
    assert store.arrive([arrival(begins=False)]) == [False]
    assert store.arrive([arrival(), arrival(begins=False)]) == [True, True]
    (work,) = store.take(0, 10)
    store.commit([done(work)])
    assert store.arrive([arrival(begins=False)]) == [True]


def test_a_refused_key_may_come_again(store: Store) -> None:
    assert store.arrive([arrival(key="m1", begins=False)]) == [False]
    assert store.arrive([arrival(key="m1")]) == [True]


# ---------------------------------------------------------------- work


def test_what_was_committed_is_not_taken_again(store: Store) -> None:
    store.arrive([arrival()])
    (work,) = store.take(0, 10)
    store.arrive([arrival(body=b"meanwhile")])
    store.commit([done(work, state=b"one")])
    (left,) = store.take(0, 10)
    assert left.session == Waiting("a", 1, "p", b"one")
    assert [one.arrival.body for one in left.received] == [b"meanwhile"]


def test_two_who_stepped_the_same_call_cannot_both_commit(store: Store) -> None:
    store.arrive([arrival()])
    (work,) = store.take(0, 10)
    store.commit([done(work, state=b"first")])
    with pytest.raises(ConflictError):
        store.commit([done(work, state=b"second")])
    assert store.session("a") == Waiting("a", 1, "p", b"first")
    store.arrive([arrival()])
    (later,) = store.take(0, 10)
    store.commit([done(later, state=b"third", at=2)])
    with pytest.raises(ConflictError):
        store.commit([done(later, state=b"fourth", at=3)])


def test_a_conflict_in_one_call_undoes_the_whole_batch(store: Store) -> None:
    store.arrive([arrival("a"), arrival("b")])
    works = store.take(0, 10)
    store.commit([done(works[1], state=b"before")])
    with pytest.raises(ConflictError):
        store.commit([done(works[0], (1, 0)), done(works[1], at=2)])
    assert store.session("a") is None
    assert [one.session.call_id for one in store.take(0, 10)] == ["a"]
    assert store.lease(0, 100, "s", 10) == []
    assert store.journal("a") == []


def test_a_timer_that_is_due_is_work(store: Store) -> None:
    begin(store, due_ms=500)
    begin(store, call_id="b", due_ms=300)
    assert store.next_due_ms() == 300
    assert [one.session.call_id for one in store.take(499, 10)] == ["b"]
    assert {one.session.call_id for one in store.take(500, 10)} == {"a", "b"}


def test_a_call_that_is_over_has_no_work(store: Store) -> None:
    begin(store, (1, 0), due_ms=5)
    (leased,) = store.lease(0, 100, "s", 10)
    store.arrive([arrival()])
    (work,) = store.take(10, 10)
    store.commit([done(work, due_ms=5, over=True, at=2)])
    assert store.answered("s", leased.attempt, Answer("a", 1, 204, b"", 20))
    assert store.take(1_000, 10) == []
    assert store.next_due_ms() is None
    assert store.arrive([arrival()]) == [False]
    assert [one.call_id for one in store.calls(10)] == []
    assert [one.call_id for one in store.calls(10, over=True)] == ["a"]


def test_all_that_a_call_asked_for_is_kept(store: Store) -> None:
    begin(store, (2, 0), (1, 0))
    (leased,) = store.lease(0, 100, "s", 10)
    assert store.answered("s", leased.attempt, Answer("a", 1, 204, b"", 20))
    (work,) = store.take(1_000, 10)
    store.commit([done(work, (3, 1), over=True, at=2)])
    assert store.requests("a") == [
        Intent("a", 1, 0, b"request"),
        Intent("a", 2, 0, b"request"),
        Intent("a", 3, 1, b"request"),
    ]
    assert store.requests("b") == []


def test_the_journal_keeps_the_order(store: Store) -> None:
    begin(store)
    store.arrive([arrival()])
    (work,) = store.take(0, 10)
    facts = (Entry(2, 20, b"two"), Entry(3, 30, b"three"))
    store.commit([done(work)._replace(facts=facts)])
    assert store.journal("a") == [Entry(1, 10, b"fact"), *facts]


# ---------------------------------------------------------------- out


def test_requests_of_a_leg_go_one_by_one_and_legs_side_by_side(store: Store) -> None:
    begin(store, (1, 0), (2, 0), (3, 1))
    first = store.lease(0, 100, "s", 10)
    assert sorted(one.intent.number for one in first) == [1, 3]
    assert store.lease(50, 150, "s", 10) == []
    assert store.answered("s", 1, Answer("a", 1, 202, b"ok", 60))
    assert [one.intent.number for one in store.lease(61, 161, "s", 10)] == [2]


def test_an_answer_is_work_once(store: Store) -> None:
    begin(store, (1, 0))
    store.lease(0, 100, "s", 10)
    assert store.take(0, 10) == []
    assert store.answered("s", 1, Answer("a", 1, 202, b"ok", 60))
    (work,) = store.take(0, 10)
    assert work.answers == (Answer("a", 1, 202, b"ok", 60),)
    store.commit([done(work, at=2)])
    assert store.take(0, 10) == []


def test_a_lease_that_has_passed_goes_to_somebody_else_who_knows(store: Store) -> None:
    begin(store, (1, 0))
    assert [one.attempt for one in store.lease(0, 100, "one", 10)] == [1]
    assert store.lease(99, 200, "two", 10) == []
    assert [one.attempt for one in store.lease(100, 200, "two", 10)] == [2]
    assert not store.answered("one", 1, Answer("a", 1, 202, b"", 150))
    assert store.answered("two", 2, Answer("a", 1, 200, b"", 160))
    assert not store.answered("two", 2, Answer("a", 1, 500, b"", 170))
    (work,) = store.take(0, 10)
    assert [one.status for one in work.answers] == [200]


def test_the_leases_of_a_process_that_died_end_at_the_start_of_the_next(store: Store) -> None:
    begin(store, (1, 0), (2, 1), (3, 2))
    for owner, number in (("dead", 1), ("dead", 2), ("new", 3)):
        assert len(store.lease(0, 1_000, owner, 1)) == 1, number
    assert store.end_leases(but_owner="new") == 2
    assert store.end_leases(but_owner="new") == 0
    assert [one.attempt for one in store.lease(1, 1_001, "new", 10)] == [2, 2]
    assert not store.answered("dead", 1, Answer("a", 1, 202, b"", 5))


def test_a_lost_answer_is_an_answer(store: Store) -> None:
    begin(store, (1, 0))
    store.lease(0, 100, "s", 10)
    assert store.answered("s", 1, Answer("a", 1, 0, b"", 60))
    assert store.take(0, 10)[0].answers[0].status == 0


def test_no_more_is_leased_than_wanted(store: Store) -> None:
    for name in "abc":
        begin(store, (1, 0), call_id=name)
    assert len(store.lease(0, 100, "s", 2)) == 2
    assert len(store.lease(0, 100, "s", 2)) == 1


# ---------------------------------------------------------------- parked, plans, figures


def test_a_parked_call_rests_alone_and_keeps_everything(store: Store) -> None:
    begin(store, due_ms=5)
    store.arrive([arrival(), arrival("b")])
    store.park(Parked("a", 77, "a broken fact"))
    assert [one.session.call_id for one in store.take(10, 10)] == ["b"]
    assert store.next_due_ms() is None
    assert store.parked() == [Parked("a", 77, "a broken fact")]
    assert store.arrive([arrival(body=b"later")]) == [True]
    assert store.unpark("a")
    assert not store.unpark("a")
    work = next(one for one in store.take(10, 10) if one.session.call_id == "a")
    assert [one.arrival.body for one in work.received] == [b"news", b"later"]


def test_a_plan_is_kept_by_its_digest(store: Store) -> None:
    store.put_plan("d1", b"plan one")
    store.put_plan("d1", b"something else")
    store.put_plan("d2", b"plan two")
    assert store.plans() == {"d1", "d2"}
    assert (store.plan("d1"), store.plan("d3")) == (b"plan one", None)


def test_figures(store: Store) -> None:
    begin(store, (1, 0), (2, 0))
    begin(store, call_id="b")
    store.arrive([arrival("b"), arrival("c")])
    store.park(Parked("c", 1, "why"))
    assert tuple(store.counts()) == (2, 0, 1, 2, 2)


def test_the_latest_calls_come_first(store: Store) -> None:
    for name in ("x", "z", "y"):
        begin(store, call_id=name)
    assert [one.call_id for one in store.calls(2)] == ["y", "z"]


def test_old_calls_are_forgotten_with_all_that_belongs_to_them(store: Store) -> None:
    for name, at in (("old", 1), ("new", 9)):
        store.arrive([arrival(name, key="m1")])
        (work,) = store.take(0, 10)
        store.commit([done(work, (1, 0), over=True, at=at)])
    begin(store, call_id="live")
    assert store.forget(50, 10) == 1
    assert store.session("old") is None
    assert store.journal("old") == []
    assert [one.intent.call_id for one in store.lease(0, 9, "s", 10)] == ["new"]
    assert store.arrive([arrival("old", key="m1")]) == [True]
    assert store.session("live") is not None


def test_the_oldest_are_forgotten_first_and_so_many_at_a_time(store: Store) -> None:
    for name, at in (("b", 2), ("a", 1), ("c", 3)):
        store.arrive([arrival(name)])
        (work,) = store.take(0, 10)
        store.commit([done(work, over=True, at=at)])
    assert store.forget(100, 2) == 2
    assert [one.call_id for one in store.calls(9, over=True)] == ["c"]
    assert [store.forget(100, 2), store.forget(100, 2)] == [1, 0]


def test_a_person_is_erased_whatever_the_call_is_doing(store: Store) -> None:
    begin(store, (1, 0), due_ms=5)
    store.arrive([arrival()])
    store.park(Parked("a", 1, "why"))
    assert store.erase(["a", "nobody"]) == 1
    assert tuple(store.counts()) == (0, 0, 0, 0, 0)
    assert store.journal("a") == []


# ---------------------------------------------------------------- later, and versions


def test_what_is_for_later_waits_and_is_told_of(store: Store) -> None:
    assert store.arrive([arrival()._replace(from_ms=500)]) == [True]
    assert store.take(499, 10) == []
    assert store.next_due_ms() == 500
    (work,) = store.take(500, 10)
    assert work.received[0].arrival.from_ms == 500
    store.commit([done(work)])
    assert store.next_due_ms() is None


def test_versions_of_a_flow_are_kept_in_order(store: Store) -> None:
    store.deploy("desk", "one", 10)
    store.deploy("other", "o", 11)
    assert store.deploy("desk", "two", 12, 25) == Deployed("desk", 2, "two", 12, 25)
    assert store.deployed() == [
        Deployed("desk", 1, "one", 10, 100), Deployed("desk", 2, "two", 12, 25), Deployed("other", 1, "o", 11, 100)
    ]  # fmt: skip


def test_the_last_requests_of_a_parked_call_still_leave(store: Store) -> None:
    begin(store)
    store.park(Parked("a", 5, "broken"), [Intent("a", 1_000_000, 0, b"hang up")])
    (leased,) = store.lease(0, 100, "x", 10)
    assert leased.intent.request == b"hang up"


def test_hours_that_somebody_opened_or_closed(store: Store) -> None:
    store.switch(Switched("office", False, 500, "otto"))
    store.switch(Switched("office", True, -1, "ida"))
    assert store.switched() == [Switched("office", True, -1, "ida")]
    assert store.switch_back("office") is True
    assert store.switch_back("office") is False
    assert store.switched() == []


def test_calls_of_which_nothing_was_heard(store: Store) -> None:
    for at, call_id in enumerate(("a", "b", "c", "d"), 1):
        begin(store, call_id=call_id)
        store.arrive([arrival(call_id)])
        (work,) = [one for one in store.take(0, 100) if one.received]
        store.commit([done(work, at=at + 1, over=call_id == "c")])
    store.park(Parked("d", 1, "broken"))
    assert store.unheard(20, 10) == []
    assert store.unheard(31, 10) == ["a", "b"]
    assert store.unheard(31, 1) == ["a"]


def test_what_was_surely_not_taken_is_sent_later_as_if_it_never_was(store: Store) -> None:
    begin(store, (1, 0), (2, 0))
    (leased,) = store.lease(0, 100, "x", 10)
    assert store.postpone("y", Postponed("a", 1, 1, 50)) is False
    assert store.postpone("x", Postponed("a", 1, 1, 50)) is True
    assert store.postpone("x", Postponed("a", 1, 1, 50)) is False, "it is given back already"
    assert store.lease(49, 100, "x", 10) == [], "the next one of that leg waits behind it"
    assert store.next_due_ms() == 50
    assert store.end_leases("z") == 0, "nobody holds it"
    (again,) = store.lease(50, 150, "y", 10)
    assert (again.intent, again.attempt) == (leased.intent, 1)
    assert store.answered("x", 1, Answer("a", 1, 200, b"", 60)) is False
    assert store.answered("y", 1, Answer("a", 1, 200, b"", 60)) is True


# ---------------------------------------------------------------- one transaction, and calls that are over


def test_an_answer_after_the_end_is_written_down_and_is_no_work(store: Store) -> None:
    begin(store, (1, 0))
    (leased,) = store.lease(0, 100, "x", 10)
    store.arrive([arrival()])
    (work,) = store.take(0, 10)
    store.commit([done(work, over=True, at=2)])
    assert store.answered("x", leased.attempt, Answer("a", 1, 204, b"", 50))
    assert not store.answered("x", leased.attempt, Answer("a", 1, 204, b"", 51))
    assert store.take(100, 10) == []
    assert store.counts().to_send == 0
    assert store.next_due_ms() is None
    store.arrive([arrival("b")])
    assert [one.session.call_id for one in store.take(100, 1)] == ["b"]  # nothing stands in its way


def test_what_is_done_in_one_transaction_sees_itself(store: Store) -> None:
    """In, stepped, out, answered, and stepped again, before anything is written."""
    with store.together():
        assert store.arrive([arrival(key="m1"), arrival(key="m1"), arrival(key="m2", body=b"2")]) == [True, False, True]
        assert store.arrive([arrival(key="m2", begins=False)]) == [False]
        (work,) = store.take(0, 10)
        assert [one.arrival.body for one in work.received] == [b"news", b"2"]
        assert store.take(0, 10) == [work]
        store.commit([done(work, (1, 0), (2, 0), (3, 1))])
        assert store.take(0, 10) == []
        assert store.arrive([arrival(key="m1")]) == [False]
        leased = store.lease(0, 100, "x", 10)
        assert [one.intent.number for one in leased] == [1, 3]  # the second waits for its lane
        assert store.answered("x", 1, Answer("a", 1, 200, b"body", 20))
        assert not store.answered("x", 1, Answer("a", 1, 200, b"other", 21))
        (again,) = store.take(0, 10)
        assert (again.received, [one.body for one in again.answers]) == ((), [b"body"])
        assert [one.intent.number for one in store.lease(0, 100, "x", 10)] == [2]
        store.commit([done(again, at=2)])
        assert store.take(0, 10) == []
        assert store.counts().to_send == 2
        assert [one.number for one in store.requests("a")] == [1, 2, 3]
    assert store.take(0, 10) == []
    assert [one.number for one in store.journal("a")] == [1, 2]
    assert store.lease(50, 100, "y", 10) == []
    assert store.answered("x", 1, Answer("a", 3, 200, b"", 30))
    assert [one.answers[0].number for one in store.take(0, 10)] == [3]


def test_what_is_left_of_a_transaction_is_work_for_the_next(store: Store) -> None:
    begin(store, (1, 0), (2, 1))
    store.lease(0, 100, "x", 10)
    with store.together():
        store.answered("x", 1, Answer("a", 1, 200, b"first", 20))
        store.arrive([arrival("b", key="m", body=b"waits"), arrival("c", body=b"later")._replace(from_ms=500)])
        assert {one.session.call_id for one in store.take(0, 10)} == {"a", "b"}
        assert len(store.take(0, 1)) == 1
    assert store.arrive([arrival("b", key="m")]) == [False]
    works = {one.session.call_id: one for one in store.take(500, 10)}
    assert [one.body for one in works["a"].answers] == [b"first"]
    assert [one.arrival.body for one in works["b"].received] == [b"waits"]
    assert [one.arrival.body for one in works["c"].received] == [b"later"]
    store.answered("x", 1, Answer("a", 2, 200, b"second", 10))
    (work,) = [one for one in store.take(0, 10) if one.session.call_id == "a"]
    assert {one.number for one in work.answers} == {1, 2}
    store.commit([done(work._replace(answers=work.answers[:1]), at=3)])
    (left,) = [one for one in store.take(0, 10) if one.session.call_id == "a"]
    assert left.answers == work.answers[1:]


def test_a_call_that_rests_keeps_what_comes_in_the_same_transaction(store: Store) -> None:
    with store.together():
        store.arrive([arrival(key="m1"), arrival("b")])
        store.park(Parked("a", 5, "it broke"), [Intent("a", LAST, 0, b"hang up")])
        assert [one.session.call_id for one in store.take(0, 10)] == ["b"]
        assert store.arrive([arrival(key="m2", begins=False)]) == [True]
        assert [one.intent.number for one in store.lease(0, 100, "x", 10)] == [LAST]
        assert store.answered("x", 1, Answer("a", LAST, 204, b"", 9))
    store.unpark("a")
    assert [len(one.received) for one in store.take(0, 10) if one.session.call_id == "a"] == [2]


def test_a_conflict_in_a_transaction_leaves_the_rest_of_it(store: Store) -> None:
    begin(store)
    store.arrive([arrival()])
    (work,) = store.take(0, 10)
    with store.together():
        store.arrive([arrival("b")])
        store.commit([done(work, (4, 0), state=b"once", at=2)])
        with pytest.raises(ConflictError):
            store.commit([done(work, (5, 0), state=b"twice", at=3)])
    session = store.session("a")
    assert session is not None
    assert (session.version, session.state) == (2, b"once")
    assert [one.number for one in store.requests("a")] == [4]
    assert [one.session.call_id for one in store.take(0, 10)] == ["b"]
