"""The careful reader of a text that has a mistake: logical lines with whatever stands in them.

It says what is wrong with single characters and quotes, and leaves what is wrong with words to `repair`.
"""

from __future__ import annotations

import re

from flowlang.diagnostics import Edit
from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import Word
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import COMMA, Token, composed, is_name
from flowlang.syntax.tables import CONNECTING, Tables

ODD = "ODD"
"""The kind of a token that the language does not have: a stray sign, or one of another language such as `==`."""

TAB_WIDTH = 4
_OTHER_SIGNS = re.compile(r"==|!=|<>|=>|=<|->|&&|\|\||[:=]=|;|→")
_CURLY = re.compile(r"""["“”„‟«»]([^"“”„‟«»\n]*)["“”„‟«»]""")
_CURLY_SIGNS = frozenset("“”„‟«»")
_SINGLE = re.compile(r"'([^'\n]*)'|[‘’‚]([^‘’‚'\n]*)[‘’‚']")
_FULL_WIDTH = {"：": ":", "，": ",", "（": "(", "）": ")", "＝": "=", "、": ","}
_STRANGE_BLANKS = frozenset(
    "\x0b\x0c\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


class RawLine(NamedTuple):
    """One logical line. `comment` is where a comment at its end begins; `comma` one at its end with nothing behind."""

    depth: int
    tokens: list[Token]
    comment: int | None
    comma: Token | None = None

    @property
    def start(self) -> int:
        return self.tokens[0][2]

    @property
    def end(self) -> int:
        return self.tokens[-1][3]


class LineReader:
    """Reads the lines of one text. `comments` and the report fill on the way."""

    def __init__(self, report: Report, tables: Tables) -> None:
        self._report = report
        self._text = report.source.text
        self._match = re.compile(tables.scanner).match
        self._keywords = tables.keywords
        self._tabbed: list[Span] = []
        self.comments: list[Word] = []

    def read(self) -> list[RawLine]:
        """All lines that hold something, those that end in a comma joined with what follows."""
        lines: list[RawLine] = []
        at = 0
        while at <= len(self._text):
            end = self._text.find("\n", at)
            end = len(self._text) if end < 0 else end
            depth, first = self._depth(at, end)
            if self._text[first : first + 1] not in ("", "\n", "#"):
                self._mind_depth(at, first)
            tokens, comment = self.tokens(first, end)
            if tokens:
                lines.append(RawLine(depth, tokens, comment))
            at = end + 1
        self._report_tabs()
        return self._joined(lines)

    # ------------------------------------------------------------ depth

    def _depth(self, at: int, end: int) -> tuple[int, int]:
        """How deep a line is, and where its first character stands. A tab reaches to the next fourth column."""
        depth = 0
        while at < end:
            character = self._text[at]
            if character == "\t":
                depth += TAB_WIDTH - depth % TAB_WIDTH
            elif character == " " or character in _STRANGE_BLANKS:
                depth += 1
            else:
                break
            at += 1
        return depth, at

    def _mind_depth(self, at: int, first: int) -> None:
        self._skip(at, first)
        tab = self._text.find("\t", at, first)
        if tab >= 0:
            self._tabbed.append(Span(tab, first))

    def _report_tabs(self) -> None:
        """A file with tabs has them everywhere, so the first place speaks for all."""
        if self._tabbed:
            more = len(self._tabbed) - 1
            also = f", and so are {more} more lines" if more > 1 else ", and so is one more line" if more else ""
            message = f"this line is indented with a tab{also}: a tab looks like any number of spaces"
            edits = tuple([Edit(span, self._spaces(span)) for span in self._tabbed])
            cure = f"write {TAB_WIDTH} spaces for each tab"
            self._report.error("tab-in-indent", self._tabbed[0], message, cure, edits=edits)

    def _spaces(self, span: Span) -> str:
        """As many spaces as the blanks before a line are wide, from its first tab on."""
        start = self._text.rfind("\n", 0, span.start) + 1
        return " " * (self._depth(start, span.end)[0] - self._depth(start, span.start)[0])

    # ------------------------------------------------------------ tokens

    def tokens(self, at: int, end: int) -> tuple[list[Token], int | None]:
        """The tokens between two places of one line, and where its comment begins."""
        found: list[Token] = []
        while True:
            at = self._skip(at, end)
            if at >= end:
                return found, None
            token = self._odd(at, end)
            if token is None:
                match = self._match(self._text, at, end)
                kind = match.lastgroup if match else None
                if match is None or kind is None or match.end() == at:
                    token = (ODD, self._text[at], at, at + 1)
                elif kind == "COMMENT":
                    start, stop = match.span(kind)
                    self.comments.append(Word(match[kind], Span(start, stop)))
                    return found, start
                else:
                    token = self._token(kind, match[kind], *match.span(kind))
            found += self._unclosed(token) if token[0] == "UNCLOSED" else [token]
            at = token[3]

    def _skip(self, at: int, end: int) -> int:
        """Past blanks; one that looks like a blank and is none is reported once a line."""
        while at < end and (self._text[at] in " \t" or self._text[at] in _STRANGE_BLANKS):
            if self._text[at] in _STRANGE_BLANKS:
                code = f"U+{ord(self._text[at]):04X}"
                self._once_a_line(
                    "syntax", Span(at, at + 1), f"a character that only looks like a space stands here ({code})",
                    "write a plain space in its place",
                    (Edit(Span(at, at + 1), "" if self._text[at + 1 : at + 2] in ("", "\n") else " "),),
                )  # fmt: skip
            at += 1
        return at

    def _token(self, kind: str, word: str, start: int, end: int) -> Token:
        if kind == CONNECTING:
            return (self._keywords[word], word, start, end)
        if kind in ("NAME", "PATH", "SLASHED") and not word.isascii():
            good = next((n for n, c in enumerate(word) if not (c == "/" or is_name(c))), len(word))
            if good < len(word):
                if good == 0:
                    return (ODD, word[0], start, start + 1)
                head = word[:good].rstrip("./")
                return self._token("PATH" if "." in head else "NAME", head, start, start + len(head))
            return (kind, composed(word), start, end)
        if kind == "TEXT" and "”" in word and not _CURLY_SIGNS & set(word) - {"”"}:
            cut = start + word.index("”") + 1
            self._mind_curly(start, cut)
            return (kind, f'"{word[1 : cut - start - 1]}"', start, cut)
        return (kind, word, start, end)

    def _odd(self, at: int, end: int) -> Token | None:
        """Signs of other languages, quotes of word processors, a text that never ends."""
        text = self._text
        match = _OTHER_SIGNS.match(text, at, end)
        if match:
            return (ODD, match[0], at, match.end())
        sign = text[at]
        if sign in _FULL_WIDTH:
            plain = _FULL_WIDTH[sign]
            is_tight = plain in ":," and bool(text[at + 1 : at + 2].strip())
            edit = Edit(Span(at, at + 1), f"{plain} " if is_tight else plain)
            message = f"this sign is twice as wide as `{plain}`"
            self._once_a_line("syntax", Span(at, at + 1), message, f"write `{plain}`", (edit,))
            kind = {":": "COLON", ",": COMMA, "(": "LPAR", ")": "RPAR", "=": "EQUAL"}[plain]
            return (kind, plain, at, at + 1)
        match = _CURLY.match(text, at, end) if sign in _CURLY_SIGNS or sign == '"' else None
        if match and _CURLY_SIGNS & {match[0][0], match[0][-1]} and not self._plain_text(at, end):
            self._mind_curly(at, match.end())
            return ("TEXT", f'"{match[1]}"', at, match.end())
        match = _SINGLE.match(text, at, end)
        if match and not (at and text[at - 1].isalnum()):  # else it is an apostrophe
            inside = match[1] if match[1] is not None else match[2]
            cure = f'write "{inside}"'
            edits = () if set(inside) & set('"\\') else (Edit(Span(at, match.end()), f'"{inside}"'),)
            self._once_a_line("syntax", Span(at, match.end()), "a text stands in double quotes", cure, edits)
            return ("TEXT", f'"{inside}"', at, match.end())
        if (sign == '"' and not self._plain_text(at, end)) or sign in _CURLY_SIGNS:
            return ("UNCLOSED", text[at:end], at, end)
        return None

    def _plain_text(self, at: int, end: int) -> bool:
        match = self._match(self._text, at, end)
        return bool(match and match.lastgroup == "TEXT" and match.start("TEXT") == at)

    def _mind_curly(self, start: int, end: int) -> None:
        inside = self._text[start + 1 : end - 1]
        cure = (
            f'write "{inside}" with the straight quotes of the keyboard'
            if len(inside) < 40
            else "write straight quotes"
        )
        self._once_a_line(
            "curly-quotes",
            Span(start, end),
            "these quotes are curly, as a word processor makes them",
            cure,
            (Edit(Span(start, start + 1), '"'), Edit(Span(end - 1, end), '"')),
        )

    def _unclosed(self, token: Token) -> list[Token]:
        """The text goes to the end of the line, but for a colon or comma there: that belongs to the line."""
        written = token[1].rstrip()
        start = token[2]
        tail: list[Token] = []
        if written.endswith((":", ",")) and len(written) > 1:
            last = start + len(written) - 1
            tail = [("COLON" if written[-1] == ":" else COMMA, written[-1], last, last + 1)]
            written = written[:-1]
        self._report.error(
            "unclosed-text", Span(start, start + 1), "this text has no end", 'close it with " on the same line'
        )
        inside = re.sub(r'\\.?|[{}"]', "", written[1:])
        return [("TEXT", f'"{inside}"', start, start + len(written)), *tail]

    def _once_a_line(self, code: str, span: Span, message: str, cure: str, edits: tuple[Edit, ...]) -> None:
        """Mistakes of one kind in one line come from one habit."""
        line = self._report.source.position(span.start).line
        for one in reversed(self._report.found):
            if self._report.source.position(one.span.start).line != line:
                break
            if one.code == code and one.message.split("(")[0] == message.split("(", maxsplit=1)[0]:
                return
        self._report.error(code, span, message, cure, edits=edits)

    # ------------------------------------------------------------ lines that go on

    def _joined(self, lines: list[RawLine]) -> list[RawLine]:
        """A line that ends in a comma goes on in the next, deeper one."""
        joined: list[RawLine] = []
        for line in lines:
            before = joined[-1] if joined else None
            if before and before.tokens[-1][0] == COMMA:
                if line.depth > before.depth and line.tokens[0][0] not in ("ON", "OTHERWISE", "WHEN", "IF"):
                    joined[-1] = RawLine(before.depth, before.tokens + line.tokens, line.comment)
                    continue
                joined[-1] = self._without_comma(before)
            joined.append(line)
        if joined and joined[-1].tokens[-1][0] == COMMA:
            joined[-1] = self._without_comma(joined[-1])
        return joined

    def _without_comma(self, line: RawLine) -> RawLine:
        if len(line.tokens) == 1 or (line.comment is not None and self._awaits_key(line)):
            return line
        return line._replace(tokens=line.tokens[:-1], comma=line.tokens[-1])

    @staticmethod
    def _awaits_key(line: RawLine) -> bool:
        """`press 1, #: …`: the comment has eaten a key, which is said later."""
        words = [token[1] for token in line.tokens[:2]]
        return words[0] == "press" or words == ["on", "tone"]
