"""The nearest of some words, for "did you mean"."""

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a slip of the keyboard would turn into `word`; None if none is near.

    Two letters that changed places count as one slip, another case as none. A word of up to two letters may have no
    slip, of up to five one, of up to nine two, a longer one three. Of equally near ones the first counts.
    """
    small = word.lower()
    best: str | None = None
    bound = _allowed(len(small)) + 1
    for candidate in candidates:
        if candidate == word:
            continue
        slips = distance(small, candidate.lower(), bound)
        if slips < bound and slips < len(candidate):
            best, bound = candidate, slips
    return best


def only_nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The nearest one, where no other is as near: only then a change is more than a guess."""
    known = list(dict.fromkeys(candidates))
    best = nearest(word, known)
    if best is None:
        return None
    small = word.lower()
    bound = _allowed(len(small)) + 1
    slips = distance(small, best.lower(), bound)
    rivals = (one for one in known if one not in (best, word))
    return None if any(distance(small, one.lower(), slips + 1) <= slips for one in rivals) else best


def _allowed(length: int) -> int:
    return 0 if length < 3 else 1 if length < 6 else 2 if length < 10 else 3


def distance(a: str, b: str, bound: int) -> int:
    """How many slips lie between two words: letters added, left out, changed, or swapped; `bound` if that many or
    more."""
    if abs(len(a) - len(b)) >= bound:
        return bound
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) >= bound:
            return bound
    return min(row[-1], bound)
