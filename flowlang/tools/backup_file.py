"""The file that `flowlang backup` writes: a tar without compression, whose last member says what is in it.

database           what SQLite's own copying gives, of one moment
bots, audit        whose accounts were called; who did what
sound/…            prompts, what was said, what is still to be fetched
recordings/…       what callers recorded
manifest.json      release, schema, and of each member length and SHA-256; a file that was cut off has none
"""

import hashlib
import json
import os
import stat
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, Final, NamedTuple

from flowlang.store.restoring import flush_folder

FORM: Final = 1
MANIFEST: Final = "manifest.json"
MOST_MANIFEST_BYTES: Final = 1 << 28
PIECE_BYTES: Final = 1 << 20
FILES: Final = ("database", "bots", "audit")
FOLDERS: Final = ("sound", "recordings")
UNFINISHED: Final = ".part-"  # of a file that is being written


class BackupError(Exception):
    """It cannot be made, or cannot be used; the message says why."""


class Places(NamedTuple):
    """Where each part of a service lies."""

    database: str
    recordings: str

    def of(self, part: str) -> str:
        """Where a part belongs: a file, or a folder."""
        match part:
            case "database":
                return self.database
            case "recordings":
                return self.recordings
            case _:
                return f"{self.database}.{part}"


class Manifest(NamedTuple):
    """`members`: length and digest by name."""

    release: str
    schema: int
    made_at: int
    members: dict[str, tuple[int, str]]


# ---------------------------------------------------------------- writing


def write(path: str, database: str, places: Places, release: str, schema: int) -> Manifest:
    """Write a backup under a name. `database`: a copy of one moment. What was there under that name is there until the
    new one is whole. Raises `OSError`."""
    folder = os.path.dirname(os.path.abspath(path))
    number, part = tempfile.mkstemp(prefix=f"{os.path.basename(path)}{UNFINISHED}", dir=folder)
    try:
        with os.fdopen(number, "wb") as file:
            manifest = _write(file, database, places, release, schema)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
    flush_folder(folder)
    return manifest


def _write(file: IO[bytes], database: str, places: Places, release: str, schema: int) -> Manifest:
    members: dict[str, tuple[int, str]] = {}
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, source in [("database", database), *_sources(places)]:
            added = _add(tar, name, source)
            if added is not None:
                members[name] = added
        manifest = Manifest(release, schema, int(time.time()), members)
        data = json.dumps({"backup": FORM, **manifest._asdict()}, ensure_ascii=True).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode, info.mtime = len(data), 0o600, manifest.made_at
        with tempfile.TemporaryFile() as whole:
            whole.write(data)
            whole.seek(0)
            tar.addfile(info, whole)
    return manifest


def _sources(places: Places) -> Iterator[tuple[str, str]]:
    """Names of members and the files that they are made of."""
    for part in FILES[1:]:
        yield part, places.of(part)
    for part in FOLDERS:
        top = places.of(part)
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                if UNFINISHED not in name:
                    inside = os.path.relpath(os.path.join(folder, name), top)
                    yield f"{part}/{inside.replace(os.sep, '/')}", os.path.join(folder, name)


def _add(tar: tarfile.TarFile, name: str, source: str) -> tuple[int, str] | None:
    """Length and digest of what was put in; None: it is not there any more, or no plain file."""
    try:
        number = os.open(source, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
                         | getattr(os, "O_NONBLOCK", 0))  # fmt: skip
    except FileNotFoundError:
        return None
    except OSError:
        if os.path.islink(source):
            return None
        raise
    with os.fdopen(number, "rb") as file:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            return None
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = found.st_size, 0o600, int(found.st_mtime)
        reader = _Hashing(file)
        tar.addfile(info, reader)  # type: ignore[arg-type]
    return found.st_size, reader.digest.hexdigest()


class _Hashing:
    """A file that is read once, and what its digest is then."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


# ---------------------------------------------------------------- reading

Put = Callable[[str, tarfile.TarInfo, Iterator[bytes]], None]
"""Takes a member: its name, and its bytes piece by piece, which have to be read to their end."""


def look_through(path: str, put: Put) -> Manifest:
    """Read all of a backup, and hold it against its manifest. Raises `BackupError` for one that is not whole, or in
    which is what does not belong there, and `OSError`."""
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(path, mode="r:") as tar:
            for info in tar:
                file = tar.extractfile(info) if info.isreg() and not info.issparse() else None
                if file is None or manifest is not None or info.name in found or not is_known(info.name):
                    raise BackupError(f"{path} is no backup of flowlang: {info.name!r} does not belong in it")
                if info.name == MANIFEST:
                    manifest = _read_manifest(path, file.read(MOST_MANIFEST_BYTES))
                    continue
                digest = hashlib.sha256()
                put(info.name, info, _pieces(path, info, file, digest.update))
                found[info.name] = (info.size, digest.hexdigest())
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} is no backup of flowlang, or it was cut off: {error}") from None
    if manifest is None:
        raise BackupError(f"{path} was cut off: the list of what is in it, at its end, is not there")
    for name in sorted({*found, *manifest.members}):
        if found.get(name) != manifest.members.get(name):
            raise BackupError(f"{path} is damaged: {name} is not what it was when the backup was made")
    if "database" not in found:
        raise BackupError(f"{path} is damaged: there is no database in it")
    return manifest


def _pieces(path: str, info: tarfile.TarInfo, file: IO[bytes], learn: Callable[[bytes], None]) -> Iterator[bytes]:
    left = info.size
    while left:
        data = file.read(min(PIECE_BYTES, left))
        if not data:
            raise BackupError(f"{path} was cut off in the middle of {info.name}")
        learn(data)
        left -= len(data)
        yield data


def is_known(name: str) -> bool:
    """Whether a member may be in a backup: nothing that would be written anywhere but in its place."""
    if name in (*FILES, MANIFEST):
        return True
    top, *inside = name.split("/")
    return top in FOLDERS and bool(inside) and all(map(_is_plain, inside))


def _is_plain(part: str) -> bool:
    return part not in ("", ".", "..") and not any(sign in part for sign in '\\:\0"<>|?*') and len(part) < 256


def _read_manifest(path: str, data: bytes) -> Manifest:
    try:
        found: dict[str, Any] = json.loads(data)
        form = found["backup"]
        members = {str(name): (int(size), str(digest)) for name, (size, digest) in found["members"].items()}
        manifest = Manifest(str(found["release"]), int(found["schema"]), int(found["made_at"]), members)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BackupError(f"{path} is damaged: the list of what is in it cannot be read") from None
    if form != FORM:
        raise BackupError(f"{path} was made by release {manifest.release}, in a form that this one does not know")
    return manifest
