"""Who did what: every act is written down before it is done, and once more with what came of it.

The file is only appended to: one JSON object a line, on the disk when `write` returns, readable by its owner alone. It
outlives calls that are erased, so numbers in it are masked. A full disk must not keep an operator from hanging up: a
line that the file does not take goes to the standard error. An act that cannot be written down at all is not done.
"""

import errno
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from anyio import Lock, to_thread

from flowlang.admin.masking import masked_json
from flowlang.regular_file import refuse_special_if_there

Audit = Callable[[str, str, str, Mapping[str, str]], Awaitable[bool]]
"""`audit(who, what, call_id, detail)`: whether it stands where it belongs; False: on the standard error, since its file
cannot be written. Raises `OSError` when it cannot be written down at all."""


class AuditFile:
    """Appends to a file. `clock_ms()` gives milliseconds since 1970."""

    def __init__(self, path: str, clock_ms: Callable[[], int]) -> None:
        self._path, self._clock_ms = path, clock_ms
        self._lock = Lock()

    async def __call__(self, who: str, what: str, call_id: str, detail: Mapping[str, str]) -> bool:
        at = datetime.fromtimestamp(self._clock_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "who": who, "what": what, "call": call_id, "detail": masked_json(dict(detail))}
        async with self._lock:
            return await to_thread.run_sync(self._write, json.dumps(line, ensure_ascii=True))

    def _write(self, line: str) -> bool:
        try:
            self._append(f"{line}\n")
        except OSError as error:
            why = f"the audit log {self._path} cannot be written ({error.strerror or error})"
            sys.stderr.write(f"flowlang: {why}; its line: {line}\n")
            sys.stderr.flush()
            return False
        return True

    def _append(self, line: str) -> None:
        refuse_special_if_there(self._path)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size, data = os.fstat(descriptor).st_size, line.encode()
            if os.write(descriptor, data) < len(data):  # there was room for a part of it
                os.ftruncate(descriptor, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
