"""The folder that the system gives a user for what can be made again, and whole files in it.

A folder that cannot be read or written costs time, never a wrong answer.
"""

import os
import sys
import zlib

from flowlang.regular_file import read_regular

HEAD = 4  # bytes of the checksum before the content
MOST_BYTES = 100_000_000


def folder() -> str:
    """Where things are kept for this user."""
    found = os.environ.get("FLOWLANG_CACHE") or os.environ.get("XDG_CACHE_HOME")
    if not found:
        home = os.path.expanduser("~")
        if sys.platform == "win32":
            found = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        elif sys.platform == "darwin":
            found = os.path.join(home, "Library", "Caches")
        else:
            found = os.path.join(home, ".cache")
    return os.path.join(found, "flowlang")


def read(path: str) -> bytes | None:
    """The content of a file that `write` made, if it is there and whole."""
    try:
        data = read_regular(path, MOST_BYTES)
    except OSError:
        return None
    is_whole = zlib.crc32(data[HEAD:]) == int.from_bytes(data[:HEAD], "big")
    return data[HEAD:] if is_whole else None


def write(path: str, data: bytes) -> None:
    """Keeps a file; another process sees the old one or the new one, never half of one."""
    unfinished = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(unfinished, "wb") as file:
            file.write(zlib.crc32(data).to_bytes(HEAD, "big") + data)
        os.replace(unfinished, path)
    except OSError:
        return  # next time it is made again
