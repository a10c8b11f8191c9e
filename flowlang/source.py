"""The text of one file, and the way from an offset to a line and a column."""

from bisect import bisect_right

from flowlang.named_tuple import NamedTuple


class Span(NamedTuple):
    """A half-open stretch of a source text, in characters from its start."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """From the start of this one to the end of `other`."""
        return Span(self.start, other.end)


class Position(NamedTuple):
    """A place as people count: both numbers start at 1; the column counts characters, not bytes."""

    line: int
    column: int


NOWHERE = Span(0, 0)


class Unreadable(NamedTuple):
    """What reading a file gives that is there and cannot be read. `reason` follows its name in a sentence: "is a named
    pipe, not a file"."""

    reason: str


class Source:
    """A file's name as the user gave it, and its text with line ends normalised to a line feed."""

    __slots__ = ("_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._starts: list[int] = []

    def _line_starts(self) -> list[int]:
        if not self._starts:
            starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> Position:
        """Line and column of a character; an offset past the end counts as the end."""
        starts = self._line_starts()
        offset = min(offset, len(self.text))
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line without its line end; empty past the end."""
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end]
