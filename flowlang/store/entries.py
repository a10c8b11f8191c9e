"""The journal's rows: what was stepped in one go is one row, a line for each fact."""

from collections.abc import Iterator, Sequence

from flowlang.store.base import Entry


def together(facts: Sequence[Entry]) -> tuple[int, int, bytes]:
    """The row of some facts: from the second on a line begins with the milliseconds since the first. The row's number
    is the first one's; the others follow."""
    first = facts[0]
    more = [b"%d %b" % (one.at_ms - first.at_ms, one.fact) for one in facts[1:]]
    return first.number, first.at_ms, b"\n".join([first.fact, *more])


def apart(number: int, at_ms: int, facts: bytes) -> Iterator[Entry]:
    """The facts of a row."""
    first, *more = facts.split(b"\n")
    yield Entry(number, at_ms, first)
    for at, line in enumerate(more, 1):
        later_ms, _, fact = line.partition(b" ")
        yield Entry(number + at, at_ms + int(later_ms), fact)
