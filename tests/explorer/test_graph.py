"""Who reaches, and what goes in circles."""

import pytest

from flowlang.explorer.graph import circles, reaching

REACHING = {
    "nothing leads there": ([[1], [0], []], [2], {2}),
    "the goal itself": ([[]], [0], {0}),
    "over several nodes": ([[1], [2], [3], []], [3], {0, 1, 2, 3}),
    "not against the arrows": ([[], [0], [1]], [1], {1, 2}),
    "out of a circle": ([[1], [0, 2], [], [0]], [2], {0, 1, 2, 3}),
    "several goals": ([[], [], [0], [1], []], [0, 1], {0, 1, 2, 3}),
    "no goal": ([[1], [0]], [], set()),
    "the same arrow twice": ([[1, 1], []], [1], {0, 1}),
}
CIRCLES = {
    "no circle": ([[1], [2], []], []),
    "a node that leads to itself": ([[0], []], [[0]]),
    "two nodes": ([[1], [0]], [[0, 1]]),
    "a way into a circle and out of it": ([[1], [2], [1, 3], []], [[1, 2]]),
    "two circles that touch are one": ([[1], [0, 2], [1]], [[0, 1, 2]]),
    "two circles with a way from one to the other": ([[1], [0, 2], [3], [2]], [[0, 1], [2, 3]]),
    "a shortcut inside a circle": ([[1, 2], [2], [0]], [[0, 1, 2]]),
    "two branches that meet are no circle": ([[1, 2], [3], [3], []], []),
    "a circle that is found from behind": ([[], [2], [1], [2]], [[1, 2]]),
    "a long way back": ([[1], [2], [3], [4], [1]], [[1, 2, 3, 4]]),
    "an old part is not joined again": ([[1], [], [1, 3], [2]], [[2, 3]]),
}


@pytest.mark.parametrize(("followers", "goals", "found"), REACHING.values(), ids=REACHING)
def test_who_reaches(followers: list[list[int]], goals: list[int], found: set[int]) -> None:
    assert reaching(followers, goals) == found


@pytest.mark.parametrize(("followers", "found"), CIRCLES.values(), ids=CIRCLES)
def test_circles(followers: list[list[int]], found: list[list[int]]) -> None:
    assert sorted(sorted(circle) for circle in circles(followers)) == found


def test_a_chain_of_many_nodes_needs_no_deep_stack() -> None:
    many = 50_000
    followers = [[node + 1] for node in range(many)] + [[0]]
    assert len(circles(followers)[0]) == many + 1
