"""Bytes of a file to a source text."""

from flowlang.diagnostics import Diagnostic
from flowlang.source import Source

_BOM = b"\xef\xbb\xbf"


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
    raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise NotText(
            path, line, column, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Source(path, text), []
