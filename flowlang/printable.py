"""Text of others as it may be shown: on one line, and doing nothing to the terminal. One place for all outputs.

A name, a number, an id or a message may hold a line end that begins a line of its own, an escape sequence that paints
over what stands there, or signs that turn the direction of reading. They are shown as what they are: `\\n`, `\\x1b`,
`\\u202e`.
"""

import re
from typing import Final, TypeVar

T = TypeVar("T")

JOINERS: Final = "\u200c\u200d"  # some scripts are not written without them; they move nothing
_COLOUR: Final = re.compile(r"(\x1b\[[0-9;]{0,10}m)")  # as we write it ourselves


def printable(text: str) -> str:
    """The text on one line. What can be read stays as it is."""
    if text.isprintable():
        return text
    return "".join([one if one.isprintable() or one in JOINERS else _named(one) for one in text])


def printable_lines(text: str) -> str:
    """The same for a text whose lines are ours: line ends stay."""
    if text.isprintable():
        return text
    return "\n".join([printable(line) for line in text.split("\n")])


def printable_output(text: str) -> str:
    """The same for what we have put together ourselves, colours and all: the last look before it is written."""
    if text.replace("\n", "").isprintable():
        return text
    parts = [
        one if at % 2 else "\t".join(map(printable_lines, one.split("\t")))
        for at, one in enumerate(_COLOUR.split(text))
    ]
    return "".join(parts)


def printable_json(text: str) -> str:
    """JSON as it was, where every sign that a terminal would act on is written as JSON writes it: `\\u009b`."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join([one if one.isprintable() or one == "\n" else _escaped(one) for one in text])


def all_printable(value: T) -> T:
    """The same JSON with every text in it on one line, names of members too."""
    if isinstance(value, str):
        return printable(value)  # type: ignore[return-value]
    if isinstance(value, dict):
        return {all_printable(name): all_printable(inner) for name, inner in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [all_printable(inner) for inner in value]  # type: ignore[return-value]
    return value


_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _named(one: str) -> str:
    code = ord(one)
    if code < 0x100:
        return _SHORT.get(one, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped(one: str) -> str:
    """Beyond the first 65,536 as the pair that JSON wants; outside of texts there is no such sign."""
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join([f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)])
