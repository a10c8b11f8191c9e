"""The copies of a database that updates left beside it: `FILE.schema-1`."""

import glob
import os
import re
from collections.abc import Callable, Iterable
from typing import Final

PIECE_BYTES: Final = 1 << 22
OVERLAP_BYTES: Final = 1_000  # nothing that is looked for is longer
_ENDING: Final = re.compile(r"\.schema-\d+(?:-wal|-shm|-journal)?$")


def copies_of(path: str) -> list[str]:
    return sorted([one for one in glob.glob(f"{glob.escape(path)}.schema-*") if _ENDING.search(one)])


def remove_copies(path: str, holds: Callable[[bytes], bool], call_ids: Iterable[str]) -> list[str]:
    """Remove those copies in which one of the calls is, or what `holds` is true of, in whatever place. Raises
    `OSError`."""
    ids = [one.encode() for one in call_ids]
    found = [name for name in copies_of(path) if any(_is_in(piece, holds, ids) for piece in _pieces(name))]
    for name in found:
        os.unlink(name)
    return found


def _is_in(piece: bytes, holds: Callable[[bytes], bool], ids: Iterable[bytes]) -> bool:
    return any(one in piece for one in ids) or holds(piece)


def _pieces(name: str) -> Iterable[bytes]:
    last = b""
    with open(name, "rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield last + piece
            last = piece[-OVERLAP_BYTES:]
