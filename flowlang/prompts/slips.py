"""Where recordings are that are still to be fetched, with the tokens for them: in memory, and sealed on the disk.

A token is never written down as it is. With a key each slip is a file of its own, sealed with AES-256-GCM, from before
Graph is told that the notification was taken until the recording is there; the key is not on this disk. Without a key
slips are in memory only, and a process that dies asks Graph again.
"""

import hashlib
import json
import os
import secrets
from typing import Final, NamedTuple

from flowlang.prompts.files import make_folder, names_in, read_file, remove_file, write_file
from flowlang.wire.recorded import folded

ENDING: Final = ".slip"
NONCE_BYTES: Final = 12
ABOUT: Final = b"flowlang slip 1"


class Slip(NamedTuple):
    """One recording to be fetched. `name`: of the file that it becomes. `at_ms`: when it was heard of."""

    operation_id: str
    name: str
    location: str
    token: str
    at_ms: int


def key_from(secret: str) -> bytes:
    """A key for slips from a secret that the service has anyhow, such as the one it gets its tokens with. It is not
    the secret, and does not lead back to it."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, None, ABOUT).derive(secret.encode()) if secret else b""


class SlipBox:
    """A folder of sealed slips. `key`: 32 bytes, or none, and then nothing is ever written. All methods work on the
    disk and raise `OSError`."""

    def __init__(self, folder: str, key: bytes = b"") -> None:
        self._folder, self._key = folder, key
        if key:
            make_folder(folder)

    def keep(self, slip: Slip) -> None:
        if self._key:
            write_file(self._folder, _file(slip.operation_id), self._sealed(json.dumps(slip).encode()))

    def drop(self, operation_id: str) -> None:
        if self._key:
            remove_file(self._folder, _file(operation_id))

    def read(self) -> tuple[list[Slip], int]:
        """What was kept, and how many cannot be read, since the key is another one; those are removed."""
        found: list[Slip] = []
        unread = 0
        for name in list(names_in(self._folder)) if self._key else []:
            slip = self._opened(read_file(os.path.join(self._folder, name)) or b"")
            if slip is not None:
                found.append(slip)
            else:
                unread += 1
                remove_file(self._folder, name)
        return found, unread

    def _sealed(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key).encrypt(nonce, data, ABOUT)

    def _opened(self, data: bytes) -> Slip | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            plain = json.loads(AESGCM(self._key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], ABOUT))
            operation_id, name, location, token, at_ms = plain
        except (InvalidTag, ValueError, TypeError):
            return None
        return Slip(str(operation_id), str(name), str(location), str(token), int(at_ms))


def _file(operation_id: str) -> str:
    return hashlib.sha256(folded(operation_id).encode()).hexdigest()[:32] + ENDING
