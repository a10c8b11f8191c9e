"""One process at a time works on a database: two would send requests twice. The system lets go of it when the process
is gone, however it went."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from flowlang.regular_file import refuse_special_if_there
from flowlang.store.base import StoreError
from flowlang.store.restoring import finish


@contextmanager
def only_one(path: str) -> Iterator[None]:
    """Hold the database while the block runs. `PATH.lock` is left behind; it says who holds it. Raises `StoreError`."""
    name = f"{path}.lock"
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise StoreError(f"the database {path} cannot be used: there is no folder {folder}")
    try:
        refuse_special_if_there(name)
        file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"the database {path} cannot be used: {name}: {error.strerror}") from None
    try:
        if not _is_ours(file):
            holder = os.read(file, 20).decode("ascii", "replace").strip("\n") or "another process"
            raise StoreError(
                f"the database {path} is in use by process {holder}: stop that one, or take another --store"
            )
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        _finish_restore(path)
        yield
    finally:
        os.close(file)


def _finish_restore(path: str) -> None:
    """What a restore that died has made ready counts."""
    try:
        finish(path)
    except (OSError, ValueError) as error:
        raise StoreError(f"the database {path} cannot be used: its restore does not come to its end: {error}") from None


def _is_ours(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, LOCKED_AT, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


LOCKED_AT = 1 << 20
"""A byte far behind what is written: Windows keeps others from reading what is locked."""
