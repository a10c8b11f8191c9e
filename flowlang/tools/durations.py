"""Lengths of time as a person writes them on the command line."""

from flowlang import given
from flowlang.tools.options import UsageError


def duration_ms(text: str, option: str) -> int:
    """`12s` as milliseconds. Raises `UsageError` with what to write."""
    try:
        return given.duration_ms(text)
    except given.NotAValueError as error:
        raise UsageError(f"{option} {error}") from None
