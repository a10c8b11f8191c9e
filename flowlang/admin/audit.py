"""Who did what: every act is written down before it is done, and once more with what came of it.

An act that cannot be written down is not done. The file is only appended to: one JSON object a line, on the disk when
`write` returns, readable by its owner alone. It outlives calls that are erased, so numbers in it are masked.
"""

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from anyio import Lock, to_thread

from flowlang.admin.masking import masked_json
from flowlang.regular_file import refuse_special_if_there

Audit = Callable[[str, str, str, Mapping[str, str]], Awaitable[None]]
"""`audit(who, what, call_id, detail)`. Raises `OSError` when it cannot be written down."""


class AuditFile:
    """Appends to a file. `clock_ms()` gives milliseconds since 1970."""

    def __init__(self, path: str, clock_ms: Callable[[], int]) -> None:
        self._path, self._clock_ms = path, clock_ms
        self._lock = Lock()

    async def __call__(self, who: str, what: str, call_id: str, detail: Mapping[str, str]) -> None:
        at = datetime.fromtimestamp(self._clock_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "who": who, "what": what, "call": call_id, "detail": masked_json(dict(detail))}
        async with self._lock:
            await to_thread.run_sync(self._append, json.dumps(line, ensure_ascii=True) + "\n")

    def _append(self, line: str) -> None:
        refuse_special_if_there(self._path)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
