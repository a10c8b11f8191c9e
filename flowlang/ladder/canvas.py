"""A row of character cells with styles, as wide as a terminal; knows wide letters, and terminals of ASCII only."""

from unicodedata import combining, east_asian_width

from flowlang.named_tuple import NamedTuple
from flowlang.printable import printable


class Look(NamedTuple):
    """What the place where it is read can show. `width` in columns."""

    width: int = 80
    colour: bool = False
    unicode: bool = True


class Signs(NamedTuple):
    """The characters that a ladder is drawn with."""

    lane: str
    line: str
    right: str
    left: str
    begin: str
    end: str
    bad: str
    good: str
    note: str
    more: str


FINE = Signs("│", "─", "▶", "◀", "┬", "┴", "✗", "✓", "·", "…")
PLAIN = Signs("|", "-", ">", "<", "+", "+", "x", "ok", "-", "~")

STYLES = {"": "", "dim": "2", "bold": "1", "bad": "31", "good": "32", "warn": "33", "ask": "36"}


def signs_of(look: Look) -> Signs:
    return FINE if look.unicode else PLAIN


def width_of(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if combining(letter) or letter in "\u200c\u200d\ufe0f":
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def clip(text: str, width: int, more: str = "…") -> str:
    """The text in at most `width` columns, with a sign where something is left out."""
    text = printable(text.replace("\t", " "))
    if width_of(text) <= width:
        return text
    kept, used = "", 0
    for letter in text:
        used += _columns(letter)
        if used > width - 1:
            break
        kept += letter
    return kept.rstrip() + more if width > 0 else ""


class Row:
    """One line of output. A cell holds a character, or nothing where a wide letter reaches into it."""

    __slots__ = ("_cells", "_styles")

    def __init__(self, width: int) -> None:
        self._cells = [" "] * width
        self._styles = [""] * width

    def put(self, column: int, text: str, style: str = "") -> None:
        """Write a text from a column on; what goes past the edge is lost."""
        cells, styles = self._cells, self._styles
        for letter in printable(text):
            columns = _columns(letter)
            if columns == 0:
                if 0 < column <= len(cells):
                    cells[column - 1] += letter
                continue
            if column < 0 or column + columns > len(cells):
                column += columns
                continue
            cells[column] = letter
            styles[column] = style
            if columns == 2:
                cells[column + 1] = ""
                styles[column + 1] = style
            column += columns

    def text(self, look: Look) -> str:
        """The line as it goes out, without blanks at its end."""
        cells, styles = self._cells, self._styles
        last = len(cells)
        while last and cells[last - 1] == " ":
            last -= 1
        if not look.colour:
            return _shown("".join(cells[:last]), look)
        out, now = [], ""
        for cell, style in zip(cells[:last], styles[:last], strict=True):
            if style != now and cell != " ":
                out.append("\x1b[0m" if now else "")
                out.append(f"\x1b[{STYLES[style]}m" if style else "")
                now = style
            out.append(cell)
        out.append("\x1b[0m" if now else "")
        return _shown("".join(out), look)


def _shown(text: str, look: Look) -> str:
    """For a terminal that takes only ASCII: names lose their marks, other letters become a question mark."""
    if look.unicode or text.isascii():
        return text
    from unicodedata import normalize

    plain = text.replace("…", "~").replace("–", "-").replace("·", "-")
    plain = "".join(letter for letter in normalize("NFKD", plain) if not combining(letter))
    return plain.encode("ascii", "replace").decode("ascii")
