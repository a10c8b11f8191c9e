"""`flowlang backup FILE` and `flowlang restore FILE`: everything that a service keeps, in one file, and back."""

import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import Final
from urllib.parse import quote

from flowlang import __version__
from flowlang.store.base import StoreError
from flowlang.store.only_one import only_one
from flowlang.store.restoring import READY, STAGED, finish, make_ready, remove
from flowlang.store.schema import VERSION
from flowlang.tools.backup_file import FILES, FOLDERS, BackupError, Manifest, Places, look_through, write
from flowlang.tools.check_text import counted
from flowlang.tools.options import Command, Given, Option, UsageError
from flowlang.tools.terminal import write as say

BUSY_SECONDS: Final = 10.0
_STORE = Option("store", "FILE", "the database; usually as the settings say, else flowlang.db")
_CONFIG = Option("config", "FILE", "the settings, usually flowlang.yaml in this folder")
_HELP = Option("help", "", "this text")

BACKUP = Command(
    "backup", "FILE",
    "Writes everything that a service keeps into one file: the database as it is at one moment, sounds, recordings, "
    "whose accounts were called, the audit log. The service may run. The file holds the numbers of people; only its "
    "owner can read it.",
    (_STORE, _CONFIG, Option("replace", "", "FILE may be there already; it stays until the new one is whole"), _HELP),
    """Examples:
  flowlang backup /backups/monday.flowlang
  flowlang backup /backups/today.flowlang --store calls.db --replace

Exit codes: 0 done, 2 wrong use, or it cannot be done; nothing is left half-written then.""",
)  # fmt: skip

RESTORE = Command(
    "restore", "FILE",
    "Puts back what flowlang backup wrote. All of the file is checked before anything is touched. No service may run "
    "on that database. Calls that were in flight go on at the next start, as after a kill.",
    (
        _STORE, _CONFIG,
        Option("replace", "", "what is there now is thrown away; but for the audit log, which stays"),
        Option("check", "", "only looks whether the file is whole"), _HELP,
    ),
    """Examples:
  flowlang restore /backups/monday.flowlang --store calls.db
  flowlang restore /backups/monday.flowlang --check

Exit codes: 0 done, 2 wrong use, or the file is not whole, or a service runs: nothing was changed then.""",
)  # fmt: skip


def backup(given: Given) -> int:
    """Write one; the answer is the exit code."""
    path, places = _file(given, BACKUP), _places(given)
    if os.path.exists(path) and not given.has("replace"):
        raise UsageError(f"{path} is there already; --replace puts the new backup in its place")
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise UsageError(f"there is no folder {folder}")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{os.path.basename(path)}-", dir=folder) as own:
            copied = os.path.join(own, "database")
            schema = _copy(places.database, copied)
            manifest = write(path, copied, places, __version__, schema)
    except OSError as error:
        raise UsageError(f"{error.filename or path} cannot be read or written: {error.strerror}") from None
    say(f"{path}: {_told(manifest)}\n")
    return 0


def restore(given: Given) -> int:
    """Put one back; the answer is the exit code."""
    path, places = _file(given, RESTORE), _places(given)
    try:
        manifest = look_through(path, _pass_over)
        if manifest.schema > VERSION:
            raise BackupError(
                f"{path} has schema {manifest.schema}, of release {manifest.release}; this release knows {VERSION}: "
                "use the newer release"
            )
        if given.has("check"):
            say(f"{path} is whole: {_told(manifest)}\n")
            return 0
        folder = os.path.dirname(os.path.abspath(places.database))
        if not os.path.isdir(folder):
            raise UsageError(f"there is no folder {folder}")
        with only_one(places.database):
            _refuse_to_overwrite(places, is_told=given.has("replace"))
            _restore(path, places)
    except (BackupError, StoreError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or path} cannot be read or written: {error.strerror}") from None
    say(f"{places.database} is as it was: {_told(manifest)}\n")
    return 0


def _file(given: Given, command: Command) -> str:
    if len(given.arguments) != 1:
        raise UsageError(f"{command.name} wants one file: flowlang {command.name} calls.flowlang")
    return given.arguments[0]


def _places(given: Given) -> Places:
    from flowlang.tools.serve_settings import read_settings

    settings = read_settings(given.one("config")).settings
    database = given.one("store", settings.serve.store)
    return Places(database, settings.recordings or f"{database}.recordings")


def _told(manifest: Manifest) -> str:
    size = sum(size for size, _ in manifest.members.values())
    files = counted(len(manifest.members), "file")
    return f"{files}, {size:,} bytes, schema {manifest.schema}, release {manifest.release}"


# ---------------------------------------------------------------- backup


def _copy(database: str, to: str) -> int:
    """A copy of one moment, also while a service writes; its schema. Raises `UsageError`."""
    if not os.path.isfile(database):
        raise UsageError(f"there is no database {database}; --store names another one")
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source = f"file:{quote(os.path.abspath(database))}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source, timeout=BUSY_SECONDS, uri=True)) as db, closing(sqlite3.connect(to)) as copy
        ):  # fmt: skip
            db.backup(copy)
            schema = int(copy.execute("PRAGMA user_version").fetchone()[0])
            copy.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
    except sqlite3.Error as error:
        raise UsageError(f"the database {database} cannot be read: {error}") from None
    if schema == 0:
        raise UsageError(f"{database} is no database of flowlang")
    with open(to, "rb+") as file:
        os.fsync(file.fileno())
    return schema


# ---------------------------------------------------------------- restore


def _pass_over(_name: str, _info: tarfile.TarInfo, data: Iterator[bytes]) -> None:
    for _ in data:
        pass


def _refuse_to_overwrite(places: Places, *, is_told: bool) -> None:
    there = [one for part in (*FILES, *FOLDERS) if os.path.lexists(one := places.of(part))]
    if there and not is_told:
        raise UsageError(f"{there[0]} is there already; --replace throws it away, or name another place with --store")


def _restore(path: str, places: Places) -> None:
    """Everything beside its place first, and checked again; then all of it counts at once."""
    finish(places.database)
    targets = {part: os.path.abspath(places.of(part)) for part in (*FILES, *FOLDERS)}
    for target in targets.values():
        remove(f"{target}{STAGED}")
    try:
        for part in FOLDERS:
            os.makedirs(f"{targets[part]}{STAGED}", mode=0o700)

        def put(name: str, info: tarfile.TarInfo, data: Iterator[bytes]) -> None:
            part, *inside = name.split("/")
            _put(os.path.join(f"{targets[part]}{STAGED}", *inside), info, data)

        look_through(path, put)
        _look_at(f"{targets['database']}{STAGED}")
        if os.path.exists(targets["audit"]):  # what was done since then stays written down
            remove(f"{targets['audit']}{STAGED}")
        if not os.path.exists(f"{targets['bots']}{STAGED}"):
            with open(os.open(f"{targets['bots']}{STAGED}", os.O_WRONLY | os.O_CREAT, 0o600), "w") as nobody:
                nobody.write("{}")
        make_ready(places.database, [targets[part] for part in (*FOLDERS, "bots", "audit", "database")])
    except BaseException:
        if not os.path.exists(f"{places.database}{READY}"):
            for target in targets.values():
                remove(f"{target}{STAGED}")
        raise
    finish(places.database)


def _put(path: str, info: tarfile.TarInfo, data: Iterator[bytes]) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.writelines(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (info.mtime, info.mtime))  # how old something is counts


def _look_at(database: str) -> None:
    """Whether SQLite can read all of it. Raises `BackupError`."""
    try:
        with closing(sqlite3.connect(f"file:{quote(database)}?mode=ro&immutable=1", uri=True)) as db:
            said = db.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise BackupError(f"the database in the backup cannot be used: {said}")
