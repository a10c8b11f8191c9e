"""Texts of files that are to be changed: edits go in, and everything else stays byte for byte. Touches no disk."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from flowlang.diagnostics import Diagnostic, Edit, Fix
from flowlang.source import Source

_LINE_END = re.compile(r"\r\n|\r|\n")
_BOM: Final = "\ufeff"


class Document(NamedTuple):
    """A file with its own line ends and byte order mark. `text` has both."""

    path: str
    text: str

    @classmethod
    def of(cls, path: str, raw: bytes) -> "Document":
        """The bytes are UTF-8: they were read as a flow before."""
        return cls(path, raw.decode("utf-8"))

    @property
    def raw(self) -> bytes:
        return self.text.encode("utf-8")

    def source(self) -> Source:
        """As the parser reads it: without the mark, with a line feed as line end."""
        return Source(self.path, _LINE_END.sub("\n", self.text.removeprefix(_BOM)))

    def edited(self, edits: Iterable[Edit]) -> "Document":
        """With some edits that do not overlap. Their places are those in `source()`; new lines end as the first one."""
        places = self._places()
        first = _LINE_END.search(self.text)
        ending = first[0] if first else "\n"
        parts: list[str] = []
        at = 0
        for edit in sorted(edits, key=lambda one: one.span):
            parts += [self.text[at : places(edit.span.start)], edit.text.replace("\n", ending)]
            at = places(edit.span.end)
        return self._replace(text="".join([*parts, self.text[at:]]))

    def _places(self) -> "_Places":
        return _Places(self.text)


class _Places:
    """From a place in the text that the parser reads to the place in the file."""

    def __init__(self, text: str) -> None:
        self._shift = len(_BOM) if text.startswith(_BOM) else 0
        twos = [found.start() for found in re.finditer("\r\n", text)]
        self._twos = [start - self._shift - number for number, start in enumerate(twos)]

    def __call__(self, place: int) -> int:
        from bisect import bisect_left

        return place + self._shift + bisect_left(self._twos, place)


def without_overlaps(fixes: Sequence[Fix]) -> list[Fix]:
    """As many of the fixes, from the first on, as touch different places."""
    kept: list[Fix] = []
    taken: list[Edit] = []
    for fix in fixes:
        if fix.edits and not any(_touch(one, other) for one in fix.edits for other in taken):
            kept.append(fix)
            taken += fix.edits
    return kept


def _touch(one: Edit, other: Edit) -> bool:
    """Edits that share a character, or that begin at the same place."""
    a, b = one.span, other.span
    return a.start == b.start or (a.start < b.end and b.start < a.end)


def fixes_for(found: Iterable[Diagnostic], path: str, takes_unsafe: bool) -> list[Fix]:
    """The fixes of one file that may be made, in the order of their findings."""
    fixes = [one.fix for one in found if one.source.path == path and one.fix is not None]
    return [fix for fix in fixes if fix.is_safe or takes_unsafe]
