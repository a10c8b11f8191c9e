"""One line that cannot be read where it stands, and what every way of mending it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from flowlang.diagnostics import Edit
from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.fixes import Doctor, Finding, joined, quoted, span_of
from flowlang.syntax.machine import Probe
from flowlang.syntax.pieces import COLON, THEN, Pieces, begins_arm, begins_step, unreadable
from flowlang.syntax.scanner import Token

Context = Literal["file", "stage", "steps", "arms"]
_HEAD_KINDS = frozenset(("WHEN", "ON", "IF", "ELSE", "OTHERWISE"))


class Outcome(NamedTuple):
    """Tokens in the place of a line; none: nothing of it is kept. `sort` names a mistake that is said once for lines
    in a row. `is_skipped`: what is below cannot be read either. `is_outside`: it belongs to the left edge."""

    tokens: list[Token]
    sort: str = ""
    is_skipped: bool = False
    is_outside: bool = False


def context(probe: Probe) -> Context:
    """What kind of lines stand at a place."""
    if probe.takes("CONSULT"):
        return "steps"
    if probe.takes("PRESS"):
        return "arms"
    return "file" if probe.takes("CONTACT") else "stage"


def missing_colon(head: Sequence[Token], rest: Sequence[Token]) -> Finding:
    """A head that is followed by steps, or by a block, without a colon between."""
    last = head[-1]
    words = joined(head) if len(joined(head)) < 40 else "… " + joined(head[-3:])
    if rest and rest[0][0] == "THEN":
        message = f"after {quoted(last)} comes a colon, not `then`"
        edits = (Edit(Span(last[3], rest[0][3]), ":"),)
        return Finding("missing-colon", span_of(rest[0]), message, f"write `{words}:`", True, edits)
    message = f"a colon is missing after {quoted(last)}"
    edits = (Edit(Span(last[3], last[3]), ":"),)
    return Finding("missing-colon", span_of(last), message, f"write `{words}:`", True, edits)


class Work:
    """`below` is the first token of the next line where that is deeper; `sort_before` the sort of the line before."""

    def __init__(
        self, pieces: Pieces, tokens: list[Token], probe: Probe, below: Token | None, sort_before: str
    ) -> None:
        self.pieces = pieces
        self.tokens = tokens
        self.probe = probe
        self.below = below
        self.where = context(probe)
        self._sort_before = sort_before

    def tell(self, finding: Finding) -> None:
        self.pieces.tell(finding)

    def tell_once(self, sort: str, finding: Finding) -> None:
        """Lines in a row that make the same mistake make it once."""
        if sort != self._sort_before:
            self.tell(finding)

    def reads(self, piece: Sequence[Token], *tail: Token) -> bool:
        return self.pieces.reads(self.probe, piece, *tail)

    def word(self, word: str, at: int | None = None) -> Token:
        return self.pieces.word(word, self.tokens[0][2] if at is None else at)

    def after(self, tokens: Sequence[Token]) -> Probe:
        """The state after some tokens."""
        probe = self.probe.copy()
        probe.advance(tokens)
        return probe

    def colon(self) -> int | None:
        """Where the first colon stands."""
        return next((n for n, token in enumerate(self.tokens) if token[0] == "COLON"), None)

    def head(self) -> Span:
        """The words before the colon, or all of them."""
        colon = self.colon()
        last = self.tokens[(colon or len(self.tokens)) - 1]
        return Span(self.tokens[0][2], last[3])

    def shown_head(self) -> str:
        words = self.tokens[: self.colon()]
        return joined(words[:4]) + (" …" if len(words) > 4 else "")

    # ------------------------------------------------------------ heads and what is behind them

    def headed(
        self, doctors: Sequence[Doctor], give_up: Callable[[list[Token]], list[Token]], is_quiet: bool = False
    ) -> list[Token]:
        """A head, its colon, and the steps behind it. `is_quiet`: the mistake of the head was told already."""
        tokens = self.tokens
        colon = self.colon()
        head = tokens if colon is None else tokens[:colon]
        if colon is not None and self.reads(head, COLON):
            return self._with_body([*head, tokens[colon]], tokens[colon + 1 :])
        split = self._missing_colon()
        if split is not None:
            return split
        end = tokens[-1][3]
        sign: Token = tokens[colon] if colon is not None else ("COLON", ":", end, end)
        if colon is None and self.reads(head, COLON):
            self.tell(missing_colon(tokens, []))
            return [*head, sign]
        mended = self.pieces.mended(self.probe, head, COLON, doctors, is_quiet)
        rest = [] if colon is None else tokens[colon + 1 :]
        if mended is not None:
            return self._with_body([*mended, sign], rest)
        if self.below is not None:
            rest = []
        with self.pieces.silence():
            return self._with_body([*give_up(head), sign], rest)

    def _missing_colon(self) -> list[Token] | None:
        """`on answered transfer to desk`: the head can be read up to a step."""
        tokens = self.tokens
        found: int | None = None
        for at in range(1, min(len(tokens), 40)):
            is_then = tokens[at][0] == "THEN"
            if not (is_then or begins_step(tokens[at])) or not self.reads(tokens[:at], COLON):
                continue
            rest = tokens[at + is_then :]
            cut = next((n for n, one in enumerate(rest) if one[0] in ("THEN", "COLON")), len(rest))
            if found is None or self.pieces.reads(self.after([*tokens[:at], COLON]), rest[:cut], THEN):
                found = at
                if cut and self.pieces.reads(self.after([*tokens[:at], COLON]), rest[:cut], THEN):
                    break
        if found is None:
            return None
        is_then = tokens[found][0] == "THEN"
        self.tell(missing_colon(tokens[:found], tokens[found:]))
        sign: Token = ("COLON", ":", tokens[found - 1][3], tokens[found - 1][3])
        return self._with_body([*tokens[:found], sign], tokens[found + is_then :])

    def _with_body(self, head: list[Token], rest: list[Token]) -> list[Token]:
        if not rest:
            return head
        if rest[0][0] in _HEAD_KINDS or rest[0][1] == "press":
            message = f"`{rest[0][1]}` begins a line of its own"
            self.tell(Finding("syntax", span_of(rest[0]), message, "move it to a deeper line below"))
            colon = next((n for n, token in enumerate(rest) if token[0] == "COLON"), None)
            rest = [] if colon is None else rest[colon + 1 :]
            if not rest and self.below is not None:
                return head
        out = self.pieces.chain(self.after(head), rest)
        if len(out) == 2 and self.heads_steps(out):
            return head
        return [*head, *(out or [("UNREADABLE", "", head[-1][3], head[-1][3])])]

    def heads_steps(self, out: Sequence[Token]) -> bool:
        """Whether something unreadable with a colon is followed by steps, so that it was no step with arms."""
        is_given_up = len(out) > 1 and out[-1][0] == "COLON" and out[-2][0] == "UNREADABLE"
        return is_given_up and self.below is not None and not begins_arm([self.below])

    # ------------------------------------------------------------ what stands for a line

    def stand_in(self) -> list[Token]:
        """Tokens that keep what is behind and below a head which has no place here."""
        tokens = self.tokens
        colon = self.colon()
        span = self.head()
        head: Token = ("UNREADABLE_HEAD", "", *span)
        sign: Token = tokens[colon] if colon is not None else ("COLON", ":", span.end, span.end)
        rest = [] if colon is None else tokens[colon + 1 :]
        if rest or self.below is None:
            return self._with_body([head, sign], rest) if rest else [head, sign, unreadable(tokens, text="")]
        if self.below[0] in ("ON", "OTHERWISE") or self.below[1] == "press":
            if self.where == "file" and self.below[0] == "ON":
                return [self.word("stage"), ("NAME", "", *span), sign]
            return [unreadable(tokens[:colon], text=""), sign] if self.where == "steps" else [
                head, sign, unreadable(tokens[:1], text=""), sign
            ]  # fmt: skip
        return [head, sign]
