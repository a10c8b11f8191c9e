"""Ids of others as parts of addresses and of file names: whatever is in one, it names one thing and leads nowhere else.

Graph's ids are GUIDs, with and without dashes. What is none of the forms below is refused, and not repaired: two ids
must not become one.
"""

import re
from typing import Final
from urllib.parse import quote

_SEGMENT: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~!$&'()*+,;=:@-]{1,250}")
_CALL_ID: Final = re.compile(r"[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]{0,127}")


class UnsafeIdError(ValueError):
    """An id that would change which resource a request is for."""


def is_segment(text: str) -> bool:
    """Whether an id is one segment of a path: no way to another folder, no query, no escape, no sign that is none."""
    return _SEGMENT.fullmatch(text) is not None


def is_call_id(text: str) -> bool:
    """Whether an id can be that of a call: a segment, and the beginning of a file's name as well."""
    return _CALL_ID.fullmatch(text) is not None


def segment(text: str) -> str:
    """An id as a segment of a path. Raises `UnsafeIdError`."""
    if not is_segment(text):
        shown = "nothing" if not text else ascii(text[:60])
        raise UnsafeIdError(f"{shown} is no id that can stand in an address")
    return quote(text, safe="")
