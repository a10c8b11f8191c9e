"""Reads regular files only, up to a number of bytes: no named pipe, device or endless file holds up whoever reads it.

Every file that a user, a flow or the settings name is opened here. Links to regular files are followed.
"""

import errno
import os
import stat
from typing import Final

MEGABYTE: Final = 1_000_000
MOST_FLOW_BYTES: Final = MEGABYTE  # of one flow file, of the settings
MOST_PROMPT_BYTES: Final = 50 * MEGABYTE  # 26 minutes of sound
MOST_CALENDAR_BYTES: Final = 5 * MEGABYTE
MOST_SETTINGS_BYTES: Final = MEGABYTE
MOST_SECRET_BYTES: Final = 10_000
MOST_RECORDED_CALL_BYTES: Final = 50 * MEGABYTE
MOST_WITNESS_BYTES: Final = 5 * MEGABYTE
_PART_BYTES: Final = 1 << 20
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe that takes the file's place after it was looked at does not hold us
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


class UnusableFileError(OSError):
    """What is there is no regular file, or is too large. `reason` follows the file's name in a sentence."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(errno.EINVAL, f"it {reason}", path)
        self.reason = reason


def read_regular(path: str, most_bytes: int) -> bytes:
    """The bytes of a regular file. Raises `OSError`: `UnusableFileError` for what is none or has more than
    `most_bytes`, `IsADirectoryError` for a folder."""
    refuse_special(path)  # before it is opened: opening a device may do something
    number = os.open(path, _FLAGS)
    try:
        _refuse(path, os.fstat(number).st_mode)
        parts: list[bytes] = []
        left = most_bytes + 1
        while left > 0 and (part := os.read(number, min(left, _PART_BYTES))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(number)
    if left <= 0:
        raise UnusableFileError(path, f"is larger than {size_text(most_bytes)}, and no more is read")
    return b"".join(parts)


def refuse_special(path: str) -> None:
    """Nothing for a regular file. Raises as `read_regular` for anything else, and `FileNotFoundError`."""
    _refuse(path, os.stat(path).st_mode)


def refuse_special_if_there(path: str) -> None:
    """Nothing for a regular file and where there is none: for files that are made. Raises as `read_regular`."""
    try:
        refuse_special(path)
    except FileNotFoundError:
        return


def why_unreadable(error: OSError) -> str:
    """A clause that follows the name of a file which could not be read."""
    if isinstance(error, UnusableFileError):
        return error.reason
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a file"
    return f"cannot be read: {error.strerror or error}"


def size_text(size_bytes: int) -> str:
    """`50 MB`, `10 kB`."""
    large, rest = divmod(size_bytes, MEGABYTE)
    return f"{large} MB" if large and not rest else f"{size_bytes / 1000:g} kB"


def _refuse(path: str, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise UnusableFileError(path, f"is {_kind(mode)}, not a file")


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "a device"
    return "something else"
