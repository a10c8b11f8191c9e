"""What the place where we write can show: its width, colours, letters beyond ASCII."""

import json
import os
import sys
from typing import TextIO

from flowlang.ladder.canvas import FINE, Look
from flowlang.printable import printable_json, printable_output

PIPE_WIDTH = 80
NARROWEST, WIDEST = 60, 160


def look_of(stream: TextIO | None = None) -> Look:
    """How to write to a stream. `NO_COLOR` and `TERM=dumb` turn colours off, `FORCE_COLOR` turns them on in a pipe,
    `COLUMNS` sets the width."""
    stream = stream if stream is not None else sys.stdout
    is_terminal = stream.isatty()
    takes_colour = is_terminal and os.environ.get("TERM", "") != "dumb"
    colour = (takes_colour or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
    return Look(_width(stream, is_terminal), colour, takes_unicode(stream))


def write(text: str, stream: TextIO | None = None) -> None:
    """Write to a stream whatever its encoding: what it does not know becomes a question mark. What would make the
    terminal do something is shown as what it is, but for line ends and colours; a text of others that may hold those
    goes through `printable` before it becomes a part of a line."""
    stream = stream if stream is not None else sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(printable_output(text).encode(encoding, "replace").decode(encoding))


def write_json(document: object, indent: int | None = 2) -> None:
    """Write a document to the standard output as UTF-8, one line for `indent` None. What others put into its texts does
    nothing to a terminal."""
    write_utf8(printable_json(json.dumps(document, ensure_ascii=False, indent=indent)) + "\n")


def write_utf8(text: str) -> None:
    """Write to the standard output as UTF-8 whatever the terminal's encoding: for programs that read it."""
    data = text.encode("utf-8", "backslashreplace")
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(data.decode())
    else:
        sys.stdout.flush()
        buffer.write(data)


def _width(stream: TextIO, is_terminal: bool) -> int:
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdecimal() and int(asked) else 0
    if not width and is_terminal:
        try:
            width = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            width = 0
    return max(NARROWEST, min(width or PIPE_WIDTH, WIDEST))


def takes_unicode(stream: TextIO) -> bool:
    """Whether the drawing characters can be written in the stream's encoding."""
    try:
        "".join(FINE).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
