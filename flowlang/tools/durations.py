"""Lengths of time as a person writes them on the command line."""

import re

from flowlang.tools.options import UsageError

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h)")


def duration_ms(text: str, option: str) -> int:
    """`12s` as milliseconds. Raises `UsageError` with what to write."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise UsageError(f"{option} wants a length of time such as 12s, 500ms or 5m, not {text!r}")
    return int(found[1]) * UNITS_MS[found[2]]
