"""Notices that the service could not work for a while: it was suspended, its clock jumped, its loop was stalled, or its
store could not be written. What it knows of calls may be old then.

A start is such a pause as well, however short: nobody knows what was said meanwhile to a service that was not there.
"""

from typing import Final

NOTICED_MS: Final = 5_000
LOOKS_SECONDS: Final = 1.0  # how often a service that has nothing to do says that it could


class PauseDetector:
    """`worked(now_ms)` is said while the service works, or could; `is_pause(now_ms)` before it does something."""

    def __init__(self, now_ms: int) -> None:
        self._worked_ms = now_ms
        self._has_jumped = False

    def worked(self, now_ms: int) -> None:
        self._worked_ms = max(self._worked_ms, now_ms)

    def jumped(self) -> None:
        """The clock was set: how long ago anything was, nobody knows."""
        self._has_jumped = True

    def is_pause(self, now_ms: int) -> bool:
        """Whether a pause ends now."""
        found = self._has_jumped or now_ms - self._worked_ms > NOTICED_MS
        self._has_jumped = False
        return found
