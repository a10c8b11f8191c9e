"""Reads a text that has mistakes: line by line, each mistake said once, and the tree kept.

A line that the machine would not take is mended first, so the machine never sees anything wrong. What cannot be
mended becomes a token that stands for it; the block below it is read all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowlang.diagnostics import Diagnostic, in_order
from flowlang.source import Span
from flowlang.syntax.ast import Item, Word
from flowlang.syntax.fixes import quoted, span_of
from flowlang.syntax.line_mender import kind_of, mend_line
from flowlang.syntax.line_work import Context, Outcome, Work, context, missing_colon
from flowlang.syntax.lines import LineReader, RawLine
from flowlang.syntax.machine import Machine, Probe
from flowlang.syntax.pieces import LINE_END, Pieces, begins_arm, begins_step, eaten_key
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import COMMA, DEDENT, DEPTH_MAX, END, FLAT, INDENT, JOINTS, JOINTS_MAX, NEWLINE, Token
from flowlang.syntax.tables import Tables

MISTAKES_MAX = 60
"""More of them help nobody: the file is something else, or one early mistake has to go first."""

_INDENT: Token = (INDENT, "", 0, 0)
_DEDENT: Token = (DEDENT, "", 0, 0)


class _Block:
    """Lines of one depth, and other depths that were taken for it. `size` counts what the machine was given."""

    __slots__ = ("also", "depth", "is_loose", "size", "sort", "where")

    def __init__(self, depth: int, where: Context, is_loose: bool = False) -> None:
        self.depth = depth
        self.where = where
        self.also: set[int] = set()
        self.is_loose = is_loose
        self.size = 0
        self.sort = ""

    def holds(self, depth: int) -> bool:
        return depth == self.depth or depth in self.also


class Repair:
    """One careful reading of one text."""

    def __init__(self, report: Report, tables: Tables) -> None:
        self._report = report
        self._tables = tables
        self._pieces = Pieces(report, tables)
        self._reader = LineReader(report, tables)
        self._machine = Machine(tables, report)
        self._blocks = [_Block(0, "file")]
        self._skipped: int | None = None
        self._next: RawLine | None = None
        self._moved_from: int | None = None
        self._late: list[list[Token]] = []
        self._told: set[int] = set()

    def read(self) -> tuple[tuple[Item, ...], list[Word]]:
        """The items of the file, and its comments."""
        lines = self._reader.read()
        for number, line in enumerate(lines):
            if len(self._report.found) > MISTAKES_MAX:
                break
            below = lines[number + 1] if number + 1 < len(lines) else None
            if self._skipped is not None and line.depth > self._skipped:
                continue
            self._skipped = None
            self._next = below
            self._moved_from = None
            line = self._at_the_edge(line)
            self._place(line)
            self._take(line, below)
        while len(self._blocks) > 1:
            self._close()
        for tokens in self._late:
            self._feed(tokens)
        self._machine.run([(END, "", len(self._report.source.text), len(self._report.source.text))])
        items: tuple[Item, ...] = self._machine.values[0]  # type: ignore[assignment]  # what the first rule builds
        self._drop_echoes()
        self._bound_mistakes()
        return items, self._reader.comments

    def _drop_echoes(self) -> None:
        """Takes away what was found wrong with words that were mended: that was one mistake, and it was told."""
        found = self._report.found
        told = [found[number].span for number in self._told]
        self._report.found = [
            one
            for number, one in enumerate(found)
            if number in self._told or not any(self._is_echo(one, span) for span in told)
        ]

    def _is_echo(self, one: Diagnostic, told: Span) -> bool:
        """Whether a finding is about the same words as one that was told, or about words behind them in the same
        step."""
        if told.start < one.span.end and one.span.start < told.end:
            return True
        between = self._report.source.text[min(told.end, one.span.end) : max(told.start, one.span.start)]
        if "\n" in between or not (one.code == "empty-block" or told.end <= one.span.start):
            return False
        return ":" not in between and " then " not in between

    def _bound_mistakes(self) -> None:
        found = in_order(self._report.found)
        if len(found) > MISTAKES_MAX:
            message = "there are more mistakes from here on, which are not told"
            self._report.found = found[:MISTAKES_MAX]
            self._report.error("syntax", found[MISTAKES_MAX].span, message, "mend those above first")

    # ------------------------------------------------------------ depth

    def _place(self, line: RawLine) -> None:
        """Closes the blocks that end before a line. Afterwards the line belongs to the last block."""
        blocks = self._blocks
        while len(blocks) > 1 and not (blocks[-1].is_loose and blocks[-1].holds(line.depth) and self._goes_on(line)):
            top = blocks[-1]
            if top.is_loose and line.depth > top.depth:
                break
            if not top.is_loose and (top.holds(line.depth) or line.depth > top.depth):
                break
            fitting = next((block for block in reversed(blocks[:-1]) if block.holds(line.depth)), None)
            if not top.is_loose and (fitting is None or self._stands_out(line, fitting)):
                self._place_ragged(line)
                return
            self._close()
        top = blocks[-1]
        if top.is_loose and line.depth > top.depth:  # the first line alone was not indented
            top.depth, top.is_loose = line.depth, False
        if not top.holds(line.depth):
            self._tell_deeper(line, top)
            top.also.add(line.depth)

    def _at_the_edge(self, line: RawLine) -> RawLine:
        """A stage or routine that is indented, as if it were not."""
        if line.depth == 0 or line.tokens[0][0] != "NAME" or line.tokens[0][1] not in ("stage", "routine"):
            return line
        if len(line.tokens) < 2 or line.tokens[1][0] != "NAME" or self._blocks[0].holds(line.depth):
            return line
        message = f"a {line.tokens[0][1]} stands at the left edge, outside of every block"
        self._report.error("ragged-indent", self._depth_span(line), message, "take the spaces before it away")
        self._moved_from = line.depth
        return line._replace(depth=0)

    def _stands_out(self, line: RawLine, fitting: _Block) -> bool:
        """Whether a line that would end blocks is followed by one that goes on with them: it only lost its place."""
        closing = self._blocks[self._blocks.index(fitting) + 1 :]
        below = self._next
        return (
            below is not None
            and line.tokens[-1][0] != "COLON"
            and line.tokens[0][0] not in ("ON", "IF", "ELSE")  # it opens a block, though its colon is missing
            and below.depth > line.depth
            and any(block.holds(below.depth) for block in closing)
            and not fitting.is_loose
        )

    def _place_ragged(self, line: RawLine) -> None:
        """Puts a line of a depth that no block has into the deepest block where it reads, else into the nearest."""
        blocks = self._blocks
        probe = Probe(self._tables, self._machine.stack)
        nearest = min(range(len(blocks)), key=lambda n: abs(blocks[n].depth - line.depth))
        wanted = nearest
        for number in range(len(blocks) - 1, 0, -1):
            if probe.copy().advance([*line.tokens, LINE_END]) == len(line.tokens) + 1:
                wanted = number
                break
            if not probe.advance([_DEDENT]):
                break
        self._tell_ragged(line, blocks[wanted], blocks[max(0, wanted - 1)])
        while len(blocks) > wanted + 1:
            self._close()
        blocks[-1].also.add(line.depth)

    def _goes_on(self, line: RawLine) -> bool:
        """Whether a line goes on with a block that somebody forgot to indent."""
        if self._blocks[-1].where == "arms":
            return begins_arm(line.tokens)
        if self._blocks[-1].where == "stage":
            return _is_enter(line)
        return begins_step(line.tokens[0]) or line.tokens[0][0] in ("WHEN", "ELSE")

    def _depth_span(self, line: RawLine) -> Span:
        """The blanks before a line; its first word where it has none."""
        column = self._report.source.position(line.start).column - 1
        return Span(line.start - column, line.start) if column else span_of(line.tokens[0])

    def _tell_ragged(self, line: RawLine, top: _Block, parent: _Block) -> None:
        others = sorted({top.depth, parent.depth})
        around = " and ".join(str(depth) for depth in others)
        message = f"this line belongs to no block: it is indented by {line.depth}, the lines around it by {around}"
        self._report.error("ragged-indent", self._depth_span(line), message, f"indent it by {top.depth} spaces")

    def _tell_deeper(self, line: RawLine, top: _Block) -> None:
        if top.size == 0 and len(self._blocks) == 1:
            message, cure = (
                "the first line of a file begins at the left edge",
                "take the spaces before it away",
            )
        else:
            message = "this line is deeper than the one above, which opens no block"
            cure = f"indent it by {top.depth} spaces, or end the line above with a colon"
        self._report.error("ragged-indent", self._depth_span(line), message, cure)

    def _open(self, depth: int, is_loose: bool = False) -> None:
        self._machine.run([_INDENT])
        self._blocks.append(_Block(depth, context(Probe(self._tables, self._machine.stack)), is_loose))

    def _close(self) -> None:
        """Ends the last block; one of which nothing could be kept is given something that stands for it."""
        if self._blocks[-1].size == 0:
            where = self._machine.end
            head: list[Token] = [("UNREADABLE_HEAD", "", where, where), ("COLON", ":", where, where)]
            step: Token = ("UNREADABLE", "", where, where)
            self._feed([step] if self._blocks[-1].where == "steps" else [*head, step])
        end = self._machine.end
        self._machine.run([(DEDENT, "", end, end)])
        self._blocks.pop()

    # ------------------------------------------------------------ one line

    def _take(self, line: RawLine, below: RawLine | None) -> None:
        """Gives the machine a line, mended where that is needed, and opens the block below it."""
        block = self._blocks[-1]
        tokens = self._with_eaten_key(line)
        if line.comma is not None:
            cure = "take it away, or go on in a deeper line"
            self._report.error("syntax", span_of(line.comma), "nothing comes after this comma", cure)
        is_deeper = below is not None and below.depth > line.depth
        if is_deeper and below and tokens[-1][0] != "COLON":
            is_deeper = below.depth > block.depth and not block.holds(below.depth) and not block.is_loose
        probe = Probe(self._tables, self._machine.stack)
        if self._is_too_long(tokens):
            self._skipped = line.depth
            return
        if probe.copy().advance([*tokens, LINE_END]) == len(tokens) + 1:
            block.sort = ""
            self._take_right(line, tokens, below if is_deeper else None)
            return
        if is_deeper and below and self._take_joined(line, tokens, below):
            return
        first_below = below.tokens[0] if is_deeper and below else None
        count = len(self._report.found)
        work = Work(self._pieces, tokens, probe, first_below, block.sort)
        outcome = mend_line(work)
        if len(self._report.found) == count and not outcome.sort:
            self._report.error("syntax", Span(line.start, line.end), "this line cannot be read")
        block.sort = outcome.sort
        self._told.update(range(count, len(self._report.found)))
        self._take_mended(line, outcome, below if is_deeper else None)

    def _take_mended(self, line: RawLine, outcome: Outcome, below: RawLine | None) -> None:
        tokens = outcome.tokens
        if outcome.is_outside:
            self._late.append(tokens)
            self._skipped = line.depth
            return
        if not tokens or not self._fits(tokens):
            self._skipped = line.depth
            return
        if outcome.is_skipped and tokens[-1][0] != "COLON":
            self._skipped = line.depth
        elif below is not None and tokens[-1][0] != "COLON":
            self._skipped = line.depth  # its own mistake has been told; what is below would only be told after it
        self._end_line(line, tokens, below, is_told=True)

    def _take_right(self, line: RawLine, tokens: list[Token], below: RawLine | None) -> None:
        """A line with nothing wrong in it; a block that is below it may be."""
        if below is not None and tokens[-1][0] != "COLON":
            if self._fits([*tokens, ("COLON", ":", line.end, line.end)], below.tokens[0]):
                self._pieces.tell(missing_colon(tokens, []))
                tokens = [*tokens, ("COLON", ":", line.end, line.end)]
            elif self._split_body(tokens, below) or self._take_joined(line, tokens, below):
                return
            elif kind_of(tokens, "file") == "declaration" and len(self._blocks) == 1:
                self._tell_unjoined(below)
        self._end_line(line, tokens, below, is_told=False)

    def _take_joined(self, line: RawLine, tokens: list[Token], below: RawLine) -> bool:
        """A declaration that goes on below without a comma."""
        if kind_of(tokens, "file") != "declaration" or len(self._blocks) > 1:
            return False
        last = tokens[-1]
        comma: Token = (COMMA, ",", last[3], last[3])
        whole = [*tokens, comma, *below.tokens]
        if not self._fits(whole):
            return False
        message = "this line goes on below, so it should end in a comma"
        self._report.error("syntax", span_of(last), message, f"write a comma after {quoted(last)}")
        self._feed(whole)
        self._skipped = line.depth
        return True

    def _tell_unjoined(self, below: RawLine) -> None:
        message = "this line is deeper than the declaration above, which ended"
        cure = "a declaration goes on in a deeper line only after a comma; else begin at the left edge"
        self._report.error("ragged-indent", self._depth_span(below), message, cure)
        self._skipped = self._blocks[-1].depth

    def _split_body(self, tokens: list[Token], below: RawLine) -> bool:
        """`on answered: play "a.wav"`, and more steps in deeper lines: all of them are meant for one block."""
        colon = next((n for n, token in enumerate(tokens) if token[0] == "COLON"), None)
        if colon is None:
            return False
        head, body = tokens[: colon + 1], tokens[colon + 1 :]
        probe = Probe(self._tables, self._machine.stack)
        parts = [*head, LINE_END, _INDENT, *body, LINE_END]
        if probe.advance(parts) < len(parts) or not probe.takes(self._kind(below.tokens[0])):
            return False
        message = "steps stand behind the colon of the line above, so no block can follow"
        cure = "write all steps in deeper lines, or join them all by `then`"
        self._report.error("ragged-indent", self._depth_span(below), message, cure)
        self._feed(head)
        self._open(below.depth)
        self._feed(body)
        return True

    def _end_line(self, line: RawLine, tokens: list[Token], below: RawLine | None, is_told: bool) -> None:
        """Feeds a line and opens its block. A head without a block below gets one that holds nothing."""
        if tokens[-1][0] != "COLON":
            self._feed(tokens)
            return
        is_deep = len(self._blocks) > DEPTH_MAX
        if below is not None and not is_deep:
            self._feed(tokens)
            self._open(below.depth)
            if self._moved_from is not None:  # what stood beside a stage that was moved out is taken for its own
                self._blocks[-1].also.add(self._moved_from)
            return
        if below is not None:
            message = f"here the blocks are {DEPTH_MAX} deep, and what is deeper is not read"
            self._report.error("syntax", Span(line.start, line.end), message, "make a stage or a routine of it")
            self._skipped = line.depth
            is_told = True
        self._end_empty(line, tokens, is_told)

    def _end_empty(self, line: RawLine, tokens: list[Token], is_told: bool) -> None:
        end = tokens[-1][3]
        nothing: Token = ("UNREADABLE", "", end, end)
        head = Span(line.start, line.tokens[-1][2]).start, tokens[-1][2]
        shown = _short(self._report.source.text[head[0] : head[1]])
        if self._fits([*tokens, nothing]):
            following = self._following(line)
            if (
                not is_told
                and following is not None
                and (begins_step(following.tokens[0]) or following.tokens[0][0] == "WHEN")
            ):
                message = f"the steps below `{shown}` are not indented, so it has none"
                self._report.error("empty-block", Span(*head), message, "indent them by 4 spaces")
                self._feed(tokens)
                self._open(following.depth, is_loose=True)
                return
            if not is_told:
                message = f"`{shown}` has no steps"
                cure = "write one behind the colon, or in deeper lines below"
                self._report.error("empty-block", Span(*head), message, cure)
            self._feed([*tokens, nothing])
        elif self._fits(tokens[:-1]):
            following = self._following(line)
            if not is_told and following is not None and begins_arm(following.tokens):
                self._tell_loose_arms(tokens, following)
                self._feed(tokens)
                self._open(following.depth, is_loose=True)
                return
            if not is_told:
                cure = "take the colon away, or write arms such as `on busy:` in deeper lines below"
                self._report.error(
                    "empty-block", Span(*head), f"`{shown}` ends in a colon, and there are no arms", cure
                )
            self._feed(tokens[:-1])
        else:
            following = self._following(line)
            if not is_told and following is not None and _is_enter(following):
                message = f"the handlers of `{shown}` are not indented, so it has none"
                self._report.error("empty-block", Span(*head), message, "indent them by 4 spaces")
                self._feed(tokens)
                self._open(following.depth, is_loose=True)
                return
            if not is_told:
                cure = "write one in a deeper line below, such as `on enter:`"
                self._report.error("empty-block", Span(*head), f"`{shown}` has no handlers", cure)
            self._feed(tokens)
            self._open(line.depth + 1)
            self._close()

    def _tell_loose_arms(self, tokens: list[Token], first: RawLine) -> None:
        begin = max((n for n, one in enumerate(tokens[:-1]) if one[0] in ("COLON", "THEN")), default=-1)
        shown = _short(self._report.source.text[tokens[begin + 1][2] : tokens[-1][2]])
        colon = next((one[2] for one in first.tokens if one[0] == "COLON"), first.end)
        message = f"the arms of `{shown}` are not indented, so it has none"
        self._report.error(
            "arm-outside-its-step", Span(first.start, colon), message, "indent them by 4 spaces more than their step"
        )

    # ------------------------------------------------------------ small things

    def _following(self, line: RawLine) -> RawLine | None:
        """The line after one, if it may have been meant for a block below: it stands at the same depth, or it cannot
        be read where it stands."""
        following = self._next
        if following is None or following.depth == line.depth:
            return following
        holding = next((block for block in reversed(self._blocks) if block.holds(following.depth)), None)
        if holding is None:
            return following
        is_step = kind_of(following.tokens, "arms") in ("step", "when")
        return following if holding.where != ("steps" if is_step else "arms") else None

    def _fits(self, tokens: Sequence[Token], first_below: Token | None = None) -> bool:
        """Whether the machine takes a line, and a block below it that begins so."""
        wanted = [*tokens, LINE_END] if first_below is None else [*tokens, LINE_END, _INDENT, first_below]
        return Probe(self._tables, self._machine.stack).advance(wanted) == len(wanted)

    def _kind(self, token: Token) -> str:
        word = self._tables.keywords.get(token[1], "") if token[0] == "NAME" else token[0]
        return word or token[0]

    def _feed(self, tokens: Sequence[Token]) -> None:
        """Gives the machine a line that it takes."""
        end = tokens[-1][3]
        if self._fits(tokens):
            self._machine.run([*tokens, (NEWLINE, "", end, end)])
            self._blocks[-1].size += 1

    def _is_too_long(self, tokens: list[Token]) -> bool:
        if sum(token[0] in JOINTS for token in tokens) <= JOINTS_MAX or tokens[0][1] in FLAT:
            return False
        message = f"this line has more than {JOINTS_MAX} parts joined by `and`, `or`, brackets and the like"
        self._report.error("syntax", Span(tokens[0][2], tokens[-1][3]), message, "take it apart")
        return True

    def _with_eaten_key(self, line: RawLine) -> list[Token]:
        """`press #: …`: the line as if its comment were a key and what follows it."""
        tokens = line.tokens
        words = [token[1] for token in tokens]
        is_keys = words[0] == "press" or words[:2] == ["on", "tone"]
        if line.comment is None or not is_keys or not (words[-1] in ("press", "tone") or tokens[-1][0] == COMMA):
            return tokens
        self._pieces.tell(eaten_key(line.comment))
        self._reader.comments = [one for one in self._reader.comments if one.span.start != line.comment]
        text = self._report.source.text
        end = text.find("\n", line.comment)
        rest, _ = self._reader.tokens(line.comment + 1, len(text) if end < 0 else end)
        return [*tokens, ("NAME", "pound", line.comment, line.comment + 1), *rest]


def _is_enter(line: RawLine) -> bool:
    """`on enter` stands in stages only."""
    return [token[1] for token in line.tokens[:2]] == ["on", "enter"]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"
