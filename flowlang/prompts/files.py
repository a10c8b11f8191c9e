"""Files that are there whole or not at all, readable by nobody but the service."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import Final

from flowlang.regular_file import MOST_PROMPT_BYTES, read_regular

PART: Final = ".part-"
FOLDER_MODE: Final = 0o700


def make_folder(path: str) -> None:
    """The folder, for us alone, as are those above it that are not there yet; parts that a process left there when it
    died are removed. Only while nobody writes in it yet. Raises `OSError`."""
    _make(path)
    for name in os.listdir(path):
        if name.startswith(PART):
            remove_file(path, name)


def _make(path: str) -> None:
    """`makedirs` gives its mode to the last folder only."""
    above = os.path.dirname(path)
    if above and not os.path.isdir(above):
        _make(above)
    try:
        os.mkdir(path, FOLDER_MODE)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def write_file(folder: str, name: str, data: bytes) -> None:
    """Write a file under a name: after this it is on the disk with all its bytes. Raises `OSError`, and then what was
    there before is still there."""
    number, part = tempfile.mkstemp(prefix=PART, dir=folder)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, os.path.join(folder, name))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    _flush(folder)


def _flush(folder: str) -> None:
    """The name of a new file is on the disk only when its folder is."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def remove_file(folder: str, name: str) -> None:
    """Remove a file, if it is there. Raises `OSError` for anything else."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, name))


def names_in(folder: str) -> Iterator[str]:
    """The files of a folder that are there whole."""
    for name in os.listdir(folder):
        if not name.startswith(PART) and os.path.isfile(os.path.join(folder, name)):
            yield name


def read_file(path: str) -> bytes | None:
    """The bytes of a regular file, or None where there is none that can be read."""
    try:
        return read_regular(path, MOST_PROMPT_BYTES)
    except OSError:
        return None
