"""Bytes of a file to a source text."""

from flowlang.diagnostics import Diagnostic
from flowlang.source import Source

_BOM = b"\xef\xbb\xbf"
_SAMPLE = 200


class NotText(Exception):  # noqa: N818 - it says what the bytes are
    """These bytes are not UTF-8. `line` and `column` count from 1; the column counts bytes, since there are no
    characters; `reason` is a clause such as "byte 0xfc is not UTF-8"."""

    def __init__(self, path: str, line: int, column: int, reason: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {reason}")
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason


def read_source(path: str, raw: bytes) -> tuple[Source, list[Diagnostic]]:
    """The text of a file without a byte order mark and with a line feed as line end. Raises `NotText`.

    The list is for what is wrong with the bytes and can be read all the same; so far there is no such thing.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotText(path, 1, 1, "this is UTF-16; save the file as UTF-8")
    if (nul := raw.find(b"\0")) >= 0:
        if nul < 2 and raw[:_SAMPLE].count(0) * 3 > len(raw[:_SAMPLE]):
            raise NotText(path, 1, 1, "this looks like UTF-16; save the file as UTF-8")
        raise NotText(path, *_place(raw, nul), "this is no text: it has a byte 0x00")
    raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise NotText(path, *_place(raw, error.start), reason) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Source(path, text), []


def _place(raw: bytes, at: int) -> tuple[int, int]:
    """Line and column of a byte, both from 1."""
    return raw.count(b"\n", 0, at) + 1, at - (raw.rfind(b"\n", 0, at) + 1) + 1
