"""The last part of a restore: what lies ready beside its place is put there. A process that dies in it does no harm:
whoever takes hold of the database next goes on with it.

    TARGET.restoring      what is to be TARGET
    DATABASE.restored     the list of targets; while it is there the new files count, before that the old ones
"""

import json
import os
import shutil
from collections.abc import Sequence
from typing import Final

READY: Final = ".restored"
STAGED: Final = ".restoring"
LOGS: Final = ("-wal", "-shm")


def make_ready(path: str, targets: Sequence[str]) -> None:
    """From now on what is staged counts. Raises `OSError`."""
    part = f"{path}{READY}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump([os.path.abspath(one) for one in targets], file)
        file.flush()
        os.fsync(file.fileno())
    for target in targets:
        for folder, _, _ in os.walk(f"{target}{STAGED}"):
            flush_folder(folder)
        flush_folder(os.path.dirname(os.path.abspath(target)))
    os.replace(part, f"{path}{READY}")
    flush_folder(os.path.dirname(os.path.abspath(path)))


def finish(path: str) -> None:
    """Put what is staged in its place, where a restore of this database got so far. Only who holds the database may.
    Raises `OSError`, and `ValueError` for a list that nobody wrote."""
    try:
        with open(f"{path}{READY}", encoding="utf-8") as file:
            targets = json.load(file)
    except FileNotFoundError:
        return
    if not isinstance(targets, list) or not all(isinstance(one, str) for one in targets):
        raise ValueError(f"{path}{READY} is no list of files")
    for target in targets:
        staged = f"{target}{STAGED}"
        if not os.path.lexists(staged):
            continue
        for old in (target, *[f"{target}{ending}" for ending in LOGS]):
            remove(old)
        os.rename(staged, target)
        flush_folder(os.path.dirname(target))
    os.unlink(f"{path}{READY}")
    flush_folder(os.path.dirname(os.path.abspath(path)))


def remove(path: str) -> None:
    """A file or a folder with all that is in it, if it is there. Raises `OSError`."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def flush_folder(folder: str) -> None:
    """Names of files are on the disk only when their folder is."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
