"""Two questions about a graph that is given as lists of followers: who reaches, and what goes in circles."""

from collections.abc import Iterable, Sequence


def reaching(followers: Sequence[Sequence[int]], goals: Iterable[int]) -> set[int]:
    """The nodes from which a goal can be reached, the goals among them."""
    before: list[list[int]] = [[] for _ in followers]
    for node, ends in enumerate(followers):
        for end in ends:
            before[end].append(node)
    found = set(goals)
    left = list(found)
    while left:
        for node in before[left.pop()]:
            if node not in found:
                found.add(node)
                left.append(node)
    return found


def circles(followers: Sequence[Sequence[int]]) -> list[list[int]]:
    """The strongly connected parts that have a circle in them (Tarjan 1972, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    for root in range(len(followers)):
        if root in index:
            continue
        work = [(root, 0)]
        while work:
            node, at = work.pop()
            if at == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            ends = followers[node]
            while at < len(ends):
                end = ends[at]
                at += 1
                if end not in index:
                    work.append((node, at))
                    work.append((end, 0))
                    break
                if end in on_stack:
                    low[node] = min(low[node], index[end])
            else:
                _close(node, followers, index, low, stack, on_stack, found)
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
    return found


def _close(
    node: int, followers: Sequence[Sequence[int]], index: dict[int, int], low: dict[int, int], stack: list[int],
    on_stack: set[int], found: list[list[int]],
) -> None:  # fmt: skip
    """A node whose followers are all done: perhaps the root of a part."""
    if low[node] != index[node]:
        return
    part: list[int] = []
    while True:
        one = stack.pop()
        on_stack.discard(one)
        part.append(one)
        if one == node:
            break
    if len(part) > 1 or node in followers[node]:
        found.append(part)
