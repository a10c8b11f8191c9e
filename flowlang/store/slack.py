"""What SQLite leaves behind in pages of its file, overwritten with zeros.

With `secure_delete` SQLite overwrites a row where it lay. But when it divides a page it builds the page anew, and
between the pages' new ends copies of rows stay that moved to another page; when such a row is erased later, its copy is
not. SQLite never reads there: https://www.sqlite.org/fileformat2.html#b_tree_pages. So that place can be overwritten at
any time, and a write that is cut off does no harm.

Whoever calls this sees to it that nobody writes the file meanwhile, and that no page is kept in memory that was read
before.
"""

import os
from collections.abc import Iterator
from typing import Final

HEADERS: Final = {2: 12, 5: 12, 10: 8, 13: 8}
"""Bytes of a page's head by its kind, its first byte. Any other page begins with the number of a page."""
MOST_PAGES: Final = 1 << 25  # a page's number begins with 0 or 1 up to here, so no kind is mistaken
FREE_HEAD_BYTES: Final = 4  # of a freed block: where the next one is, and how long it is
LEAST_BLOCK: Final = 4


def overwrite(file: int, page_bytes: int, first: int, count: int) -> int:
    """Overwrite what is left in so many pages, from that one on; they count from 1. How many places there were.

    The first page, which only says what tables there are, is left alone. Raises `OSError`.
    """
    first = max(first, 2)
    os.lseek(file, (first - 1) * page_bytes, os.SEEK_SET)
    data = os.read(file, count * page_bytes)
    found = 0
    for at in range(0, len(data) - page_bytes + 1, page_bytes):
        if data[at] in HEADERS:
            for begin, end in left_over(data[at : at + page_bytes]):
                os.lseek(file, (first - 1) * page_bytes + at + begin, os.SEEK_SET)
                os.write(file, bytes(end - begin))
                found += 1
    if found:
        os.fsync(file)
    return found


def left_over(page: bytes) -> Iterator[tuple[int, int]]:
    """Where in a page something is left, from and to: before its rows, and in what was freed between them. Nothing for
    a page that does not add up."""
    begin = HEADERS[page[0]] + 2 * _number(page, 3)
    rows = _number(page, 5) or len(page)
    if not begin <= rows <= len(page):
        return
    if page.count(0, begin, rows) != rows - begin:
        yield begin, rows
    last, at = rows, _number(page, 1)
    while at:
        following, size = _number(page, at), _number(page, at + 2)
        end = at + size
        if at < last or size < LEAST_BLOCK or end > len(page) or (following and following < end):
            return
        if page.count(0, at + FREE_HEAD_BYTES, end) != size - FREE_HEAD_BYTES:
            yield at + FREE_HEAD_BYTES, end
        last, at = end, following


def _number(page: bytes, at: int) -> int:
    return int.from_bytes(page[at : at + 2], "big")
