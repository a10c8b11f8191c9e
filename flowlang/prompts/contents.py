"""Sound, kept by what it is: the name of a file is a digest of its content, so a name never means anything else.

The digest is keyed (HMAC-SHA-256) with a secret of this folder: a name cannot be worked out by somebody who knows or
guesses what is said, and so cannot be asked for.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Collection
from typing import Final
from uuid import UUID

from flowlang.prompts.files import make_folder, names_in, read_file, remove_file, write_file

KEY_FILE: Final = "key"
KEY_BYTES: Final = 32
DIGEST_LENGTH: Final = 64
ENDING: Final = ".wav"
_DIGITS: Final = frozenset("0123456789abcdef")


def is_digest(text: str) -> bool:
    """Whether a text has the form of a digest, and so can be no path."""
    return len(text) == DIGEST_LENGTH and _DIGITS.issuperset(text)


def resource_id(digest: str) -> str:
    """The key of Graph's cache for a content: a UUID made from its digest."""
    return str(UUID(bytes=bytes.fromhex(digest[:32]), version=5))


class Contents:
    """A folder of WAV files. Methods that end in no word about the disk look at memory only, so the loop may call them.
    Raises `OSError` when the folder cannot be used."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        make_folder(folder)
        self._key = self._read_key()
        names = [name.removesuffix(ENDING) for name in names_in(folder) if name.endswith(ENDING)]
        self._there = {name for name in names if is_digest(name)}

    def _read_key(self) -> bytes:
        path = os.path.join(self._folder, KEY_FILE)
        key = read_file(path)
        if key is None or len(key) != KEY_BYTES:
            write_file(self._folder, KEY_FILE, secrets.token_bytes(KEY_BYTES))
            key = read_file(path)
        if key is None:
            raise OSError(f"{path} cannot be read")
        return key

    def keyed(self, data: bytes) -> str:
        """The digest of something, which only who has this folder can work out."""
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def put(self, data: bytes) -> str:
        """Keep a content, on the disk, and say its digest."""
        digest = self.keyed(data)
        if digest not in self._there:
            write_file(self._folder, digest + ENDING, data)
            self._there.add(digest)
        return digest

    def path(self, digest: str) -> str | None:
        """Where a content lies; None for anything that was not put here."""
        return os.path.join(self._folder, digest + ENDING) if digest in self._there else None

    def remove(self, digests: Collection[str]) -> None:
        """Remove some from the disk."""
        for digest in self._there.intersection(digests):
            self._there.discard(digest)
            remove_file(self._folder, digest + ENDING)

    def keep_only(self, wanted: Collection[str], unless_after_ms: int) -> int:
        """Remove from the disk what is not wanted and was put here before that time. How many there were."""
        gone = 0
        for digest in self._there - set(wanted):
            try:
                is_old = os.stat(os.path.join(self._folder, digest + ENDING)).st_mtime_ns // 1_000_000 < unless_after_ms
            except FileNotFoundError:
                is_old = True
            if is_old:
                self._there.discard(digest)
                remove_file(self._folder, digest + ENDING)
                gone += 1
        return gone
