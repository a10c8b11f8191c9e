"""Versions of a flow: who takes which, going back, and what a restart makes of it."""

from collections.abc import Iterator

import pytest

from flowlang.call.facts import Incoming, Started
from flowlang.call.party import Party
from flowlang.codec import digest
from flowlang.plan import Plan
from flowlang.runtime.flows import NoVersionError, StoredFlows
from flowlang.store.memory import MemoryStore
from tests.flowtext import plan_of

ANNA = Party("user", "anna")


def version(number: int) -> Plan:
    return plan_of(f'on incoming: reject busy\non answered: log "{number}"')


ONE, TWO, THREE = version(1), version(2), version(3)


def call(number: int = 0) -> Incoming:
    return Incoming(1, f"call-{number}", ANNA, ANNA)


class Clock:
    def __init__(self) -> None:
        self.ticks: Iterator[int] = iter(range(1, 1_000))

    def __call__(self) -> int:
        return next(self.ticks)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def flows_on(store: MemoryStore) -> StoredFlows:
    return StoredFlows(store, lambda fact: "desk" if fact.called == ANNA else None, Clock())


def taken(flows: StoredFlows, number: int = 0) -> Plan:
    chosen = flows.begin(call(number), "")
    assert chosen is not None
    assert chosen.digest == digest(chosen.plan)
    return chosen.plan


def test_new_calls_take_what_was_deployed_last(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    assert taken(flows) == ONE
    assert flows.deploy("desk", TWO) is not None
    assert taken(flows) == TWO
    assert flows.plan(digest(ONE)) == ONE, "calls in flight keep theirs"


def test_the_same_again_is_no_new_version(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    assert flows.deploy("desk", ONE) is None
    assert [one.number for one in store.deployed()] == [1]


def test_a_call_that_no_flow_answers(store: MemoryStore) -> None:
    flows = flows_on(store)
    assert flows.begin(call(), "") is None
    flows.serve({"desk": ONE})
    assert flows.begin(call()._replace(called=Party("user", "bob")), "") is None
    assert flows.begin(Started(1), "other") is None
    assert flows.begin(Started(1), "desk") is not None


def test_a_share_of_the_calls_goes_to_the_new_version_first(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.deploy("desk", TWO, 25, "otto")
    got = [taken(flows, number) for number in range(400)]
    assert 60 <= got.count(TWO) <= 140
    assert [taken(flows, number) for number in range(400)] == got, "the same call takes the same version"
    flows.deploy("desk", THREE, 10, "otto")
    assert {digest(taken(flows, number)) for number in range(200)} == {digest(ONE), digest(THREE)}
    flows.activate("desk", digest(THREE)[:12], 100, "otto")
    assert {digest(taken(flows, number)) for number in range(50)} == {digest(THREE)}


def test_putting_an_older_version_to_work_again(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.deploy("desk", TWO)
    flows.activate("desk", digest(ONE), 100, "otto")
    assert taken(flows) == ONE
    for wrong in ("", "zzz"):
        with pytest.raises(NoVersionError, match="desk has no version"):
            flows.activate("desk", wrong, 100, "otto")
    assert [one.by for one in flows.history("desk")] == ["file", "file", "otto"]


def test_a_share_for_what_others_take_already_is_refused(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.deploy("desk", TWO)
    with pytest.raises(NoVersionError, match=r"all calls take .* already; the share is for a version to be tried"):
        flows.activate("desk", digest(TWO), 30, "otto")
    flows.activate("desk", digest(ONE), 30, "otto")
    with pytest.raises(NoVersionError, match=r"desk: 70 of 100 calls take .* already"):
        flows.activate("desk", digest(TWO), 30, "otto")
    flows.activate("desk", digest(ONE), 50, "otto")  # more of them try it
    serving = flows.serving()["desk"]
    assert serving.others is not None
    assert (serving.newest.digest, serving.newest.share, serving.others.digest) == (digest(ONE), 50, digest(TWO))


def test_the_first_version_is_taken_by_all_whatever_its_share(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.deploy("desk", ONE, 10, "otto")
    assert {digest(taken(flows, number)) for number in range(50)} == {digest(ONE)}


def test_going_back(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    with pytest.raises(NoVersionError, match=f"desk has nothing older than {digest(ONE)[:8]}; flowlang deploy puts"):
        flows.roll_back("desk", "otto")
    flows.deploy("desk", TWO)
    assert flows.roll_back("desk", "otto").digest == digest(ONE)
    assert taken(flows) == ONE
    with pytest.raises(NoVersionError, match="there is no flow dsk"):
        flows.roll_back("dsk", "otto")


def test_going_back_twice_goes_back_twice(store: MemoryStore) -> None:
    flows = flows_on(store)
    for plan in (ONE, TWO, THREE):
        flows.serve({"desk": plan})
    assert flows.roll_back("desk", "otto").digest == digest(TWO)
    again = flows_on(store)  # and over a restart
    again.serve({"desk": THREE})
    assert again.roll_back("desk", "otto").digest == digest(ONE)
    with pytest.raises(NoVersionError, match="nothing older"):
        again.roll_back("desk", "otto")
    assert taken(again) == ONE


def test_what_was_taken_back_is_not_gone_back_to(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.serve({"desk": TWO})
    flows.roll_back("desk", "otto")
    flows.serve({"desk": THREE})  # its file has changed
    assert flows.roll_back("desk", "otto").digest == digest(ONE)
    flows.activate("desk", digest(TWO), 100, "otto")  # it is good after all
    assert flows.roll_back("desk", "otto").digest == digest(ONE)


def test_a_trial_is_no_step_to_go_back_to(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.serve({"desk": TWO})
    flows.deploy("desk", THREE, 50, "otto")
    assert flows.roll_back("desk", "otto").digest == digest(TWO)
    assert flows.roll_back("desk", "otto").digest == digest(ONE)


def test_a_file_that_changes_to_what_is_at_work_by_hand_and_on_again_is_taken(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.serve({"desk": TWO})
    flows.roll_back("desk", "otto")
    assert flows.serve({"desk": ONE}) == []  # it is at work already
    assert [one.digest for one in flows.serve({"desk": TWO})] == [digest(TWO)]
    assert taken(flows) == TWO
    assert flows.roll_back("desk", "otto").digest == digest(ONE)


def test_going_back_from_a_share_ends_the_trial(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.deploy("desk", TWO, 50, "otto")
    flows.roll_back("desk", "otto")
    assert {digest(taken(flows, number)) for number in range(50)} == {digest(ONE)}


def test_after_a_restart_what_was_taken_back_stays_back_until_the_file_changes(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": ONE})
    flows.deploy("desk", TWO)
    flows.roll_back("desk", "otto")
    again = flows_on(store)
    assert again.serve({"desk": TWO}) == []
    assert taken(again) == ONE
    third = flows_on(store)
    assert [one.digest for one in third.serve({"desk": THREE})] == [digest(THREE)]
    assert taken(third) == THREE


def test_a_flow_that_is_no_longer_served_answers_nobody(store: MemoryStore) -> None:
    flows_on(store).serve({"desk": ONE})
    assert flows_on(store).begin(call(), "") is None


def test_a_share_is_between_one_and_a_hundred(store: MemoryStore) -> None:
    flows = flows_on(store)
    for share in (0, 101, -5):
        with pytest.raises(NoVersionError, match="between 1 and 100"):
            flows.deploy("desk", ONE, share, "otto")


def test_what_a_flow_does_not_have_is_named(store: MemoryStore) -> None:
    flows = flows_on(store)
    flows.serve({"desk": plan_of('let who = ""\non start: call alice\non failed: hang up')})
    assert flows.unknown_values("desk", ["who", "whom"]) == ["whom"]
    assert flows.unknown_values("nobody", ["who"]) == []
