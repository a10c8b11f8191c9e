"""What only the service should read: modes of its files."""

import os
import shlex
import stat
from collections.abc import Sequence
from typing import Final, NamedTuple

from flowlang.tools.doctor_lines import Line, ok, skipped, warned

MOST_BESIDE: Final = 200  # files beside the database
READABLE, WRITABLE = 0o077, 0o022


class Private(NamedTuple):
    """A file or folder, and which rights others must not have to it (`READABLE`, `WRITABLE`)."""

    path: str
    mask: int = READABLE


def files(store: str, named: Sequence[Private]) -> list[Line]:
    """Whether others can read what is kept of calls, or what gives power over the service. A copy of the database
    beside it is as private as the database."""
    if os.name != "posix":
        return [skipped("files", "who may read them is not looked at on this system")]
    wanted = [*named, *[Private(one) for one in _beside(store)]] if store else list(named)
    lines: list[Line] = []
    count = 0
    for one in dict.fromkeys(wanted):
        try:
            mode = os.stat(one.path).st_mode
        except OSError:
            continue  # another line tells of what has to be there
        count += 1
        if mode & one.mask:
            lines.append(_too_open(one, mode))
    if lines:
        return lines
    if not count:
        return [skipped("files", "there are none yet")]
    return [ok("files", f"{count} of the service {'is' if count == 1 else 'are'} closed to other users")]


def _beside(store: str) -> list[str]:
    """The database, its log, and what has its name in front: `.audit`, `.bots`, sound, recordings, copies."""
    folder, name = os.path.split(store)
    try:
        names = sorted(one for one in os.listdir(folder or ".") if one.startswith(name))
    except OSError:
        return []
    return [os.path.join(folder, one) for one in names[:MOST_BESIDE]]


def _too_open(one: Private, mode: int) -> Line:
    rights = stat.S_IMODE(mode)
    closed = rights & ~one.mask
    does = "changed" if one.mask == WRITABLE else "read" if rights & 0o044 else "used"
    text = f"{one.path} can be {does} by other users (mode {rights:03o})"
    return warned("files", text, f"chmod {closed:03o} {shlex.quote(one.path)}")
