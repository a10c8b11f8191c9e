"""How many requests leave: a tenant's, an operation's in it, and what Graph wants to rest."""

import pytest

from flowlang.runtime.limits import MOST_WAITED_SECONDS, OPERATION_SHARE, Limits


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def made(per_second: float = 10.0, burst: float = 10.0) -> tuple[Limits, Clock]:
    clock = Clock()
    return Limits(clock, per_second, burst), clock


def free(limits: Limits, tenant: str, operation: str) -> int:
    """How many leave without waiting."""
    count = 0
    while limits.wait_seconds(tenant, operation) == 0:
        count += 1
    return count


def test_one_operation_has_its_share_and_leaves_the_rest_to_others() -> None:
    limits, _ = made()
    assert free(limits, "t", "GetCall") == 10 * OPERATION_SHARE
    assert free(limits, "t", "HangUp") >= 1


def test_all_operations_of_a_tenant_together_have_a_bound_and_other_tenants_their_own() -> None:
    limits, _ = made()
    assert sum(free(limits, "t", f"operation {at}") for at in range(5)) <= 10
    assert free(limits, "another", "GetCall") == 10 * OPERATION_SHARE


def test_what_left_comes_back_evenly() -> None:
    limits, clock = made()
    free(limits, "t", "GetCall")
    clock.now += 0.5
    assert free(limits, "t", "GetCall") <= 4
    clock.now += 3600
    assert free(limits, "t", "GetCall") == 10 * OPERATION_SHARE


def test_who_waits_a_little_counts_and_the_next_one_waits_longer() -> None:
    limits, _ = made()
    free(limits, "t", "GetCall")
    waits = [limits.wait_seconds("t", "GetCall") for _ in range(3)]
    assert waits == sorted(waits)
    assert waits[1] - waits[0] == pytest.approx(1 / (10 * OPERATION_SHARE))


def test_who_would_wait_long_does_not_count_so_the_queue_is_no_longer_than_that() -> None:
    limits, clock = made()
    waits = [limits.wait_seconds("t", "GetCall") for _ in range(1_000)]
    assert max(waits) <= MOST_WAITED_SECONDS + 0.2
    clock.now += 2.5
    assert limits.wait_seconds("t", "GetCall") == 0


def test_an_operation_rests_as_long_as_graph_says() -> None:
    limits, clock = made()
    limits.rest("t", "CreateCall", 30)
    assert limits.wait_seconds("t", "CreateCall") == 30
    assert limits.wait_seconds("t", "HangUp") == 0
    assert limits.wait_seconds("another", "CreateCall") == 0
    limits.rest("t", "CreateCall", 5)  # a word that came late shortens nothing
    clock.now += 29.5
    assert limits.wait_seconds("t", "CreateCall") > MOST_WAITED_SECONDS  # it is not to be slept through
    clock.now += 0.5
    assert limits.wait_seconds("t", "CreateCall") == 0
