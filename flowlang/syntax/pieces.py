"""Reads the pieces of one line that has a mistake: head, steps, declaration. Gives tokens that the machine takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flowlang.diagnostics import Edit
from flowlang.source import Span
from flowlang.syntax.edits import edits_between
from flowlang.syntax.fixes import (
    Doctor,
    Finding,
    Fix,
    Slip,
    mend,
    near_words,
    quoted,
    span_of,
    unread,
    word_token,
)
from flowlang.syntax.fixes_signs import GENERAL
from flowlang.syntax.hints import EVENT_WORDS, OTHER_EVENTS, OTHER_STEPS, RESULT_WORDS, STEP_WORDS
from flowlang.syntax.lines import ODD
from flowlang.syntax.machine import Probe
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import COMMA, NEWLINE, Token
from flowlang.syntax.suggest import nearest, only_nearest
from flowlang.syntax.tables import Tables

COLON: Token = ("COLON", ":", 0, 0)
THEN: Token = ("THEN", "then", 0, 0)
LINE_END: Token = (NEWLINE, "", 0, 0)
_STEP_BEGINS = frozenset(word.split()[0] for word in STEP_WORDS) - {"when"}
_CLAUSES = frozenset(("during", "outside", "from", "to", "when"))


def begins_step(token: Token) -> bool:
    return token[0] == "NAME" and token[1] in _STEP_BEGINS


_EVENT_BEGINS = frozenset(
    (
        "start", "incoming", "answered", "transferring", "tone", "joined", "left", "ended", "failed", "state", "after",
        "enter",
    )
)  # fmt: skip


def is_event(tokens: Sequence[Token]) -> bool:
    """Whether a line is a handler: behind `on` stand the words of an event rather than of a result."""
    if tokens[0][1] == "after":
        return True
    words = [token[1] for token in tokens[1:4]]
    return bool(words) and (words[0] in _EVENT_BEGINS or "ended" in words[1:2] or "failed" in words[1:2])


def begins_arm(tokens: Sequence[Token]) -> bool:
    """Whether a line can only be an arm, and no handler."""
    kind, word, _, _ = tokens[0]
    return kind == "OTHERWISE" or (kind == "NAME" and word == "press") or (kind == "ON" and not is_event(tokens))


def unreadable(tokens: Sequence[Token], kind: str = "UNREADABLE", text: str | None = None) -> Token:
    """The token that stands for some others."""
    return (kind, tokens[0][1] if text is None else text, tokens[0][2], tokens[-1][3])


class Pieces:
    """Mends the pieces of lines of one text. Each piece gets at most one message."""

    def __init__(self, report: Report, tables: Tables) -> None:
        self._report = report
        self.tables = tables
        self.text = report.source.text

    def tell(self, finding: Finding) -> None:
        self._report.error(*finding[:4], edits=finding.edits)

    @contextmanager
    def silence(self) -> Iterator[None]:
        """What is found meanwhile is only found because of something that was told."""
        count = len(self._report.found)
        yield
        del self._report.found[count:]

    def word(self, word: str, at: int, end: int | None = None) -> Token:
        return word_token(self.tables, word, at, end)

    def reads(self, probe: Probe, piece: Sequence[Token], *tail: Token) -> bool:
        wanted = [*piece, *tail]
        return probe.copy().advance(wanted) == len(wanted)

    def mended(
        self, probe: Probe, piece: list[Token], tail: Token, doctors: Sequence[Doctor], is_quiet: bool = False
    ) -> list[Token] | None:
        """The piece as it can be read, after saying what was wrong with it; None if it cannot be guessed."""
        trial = probe.copy()
        at = trial.advance([*piece, tail])
        if at == len(piece) + 1:
            return piece
        here = probe.copy()
        here.advance(piece[:at])
        end = piece[-1][3] if piece else 0
        slip = Slip(piece, at, probe, here, ((*tail[:2], end, end),), self._report.source.text, self.tables)
        fix = mend(slip, doctors)
        if fix is None:
            fixes = self._mend_twice(slip, doctors)
        else:
            fixes = [fix]
        if not is_quiet:
            before = piece
            for after, finding in fixes:
                edits = finding.edits or (edits_between(self.text, before, after) if finding.is_sure else ())
                self.tell(finding._replace(edits=edits))
                before = after
            if not fixes:
                self.tell(unread(slip))
        return fixes[-1][0] if fixes else None

    def _mend_twice(self, slip: Slip, doctors: Sequence[Doctor]) -> list[Fix]:
        """Two words with slips in them: the first is taken for sure where reading gets further with it."""
        for piece, finding in near_words(slip):
            at = slip.before.copy().advance([*piece, *slip.tail])
            if at > slip.at:
                here = slip.before.copy()
                here.advance(piece[:at])
                fix = mend(slip._replace(piece=piece, at=at, here=here), doctors)
                return [(piece, finding), fix] if fix else []
        return []

    # ------------------------------------------------------------ steps

    def chain(self, probe: Probe, tokens: list[Token]) -> list[Token]:
        """Steps joined by `then`; a colon at the end opens arms. The tokens given back can always be read."""
        colon = next((n for n, token in enumerate(tokens) if token[0] == "COLON"), None)
        last: Token = LINE_END
        dropped: list[Token] = []
        count = len(self._report.found)
        if colon is not None:
            last, dropped = tokens[colon], tokens[colon + 1 :]
            tokens = tokens[:colon]
            if not tokens:
                self.tell(Finding("syntax", span_of(last), "there is nothing before this colon", "take it away"))
                return []
        probe = probe.copy()
        out: list[Token] = []
        while tokens:
            cut = next((n for n, token in enumerate(tokens) if token[0] == "THEN"), None)
            piece, after = (tokens, []) if cut is None else (tokens[:cut], tokens[cut + 1 :])
            then = [] if cut is None else [tokens[cut]]
            if not piece:
                self.tell(
                    Finding("syntax", span_of(then[0]), "there is no step before this `then`", "take one `then` away")
                )
                tokens = after
                continue
            if then and not after:
                self.tell(
                    Finding(
                        "syntax",
                        span_of(then[0]),
                        "there is no step after this `then`",
                        "write one, or take `then` away",
                    )
                )
                then = []
            piece, rest = self._step(probe, piece, then[0] if then else last)
            if rest is None:  # what follows is no step of this line
                then, after, last, dropped = [], [], LINE_END, []
            elif rest:
                after, then = [*rest, *then, *after], [(*THEN[:2], rest[0][2], rest[0][2])]
            probe.advance(piece + then)
            out += piece + then
            tokens = after
        if out and out[-1][0] == "THEN":
            out.pop()
        if dropped and out and len(self._report.found) == count:
            message = "nothing may stand behind this colon: the arms of a step have lines of their own"
            self.tell(Finding("syntax", span_of(last), message, "write each arm in a deeper line below"))
        return [*out, last] if last[0] == "COLON" and out else out

    def _step(self, probe: Probe, piece: list[Token], tail: Token) -> tuple[list[Token], list[Token] | None]:
        """One step as it can be read, and what turned out to be the next one; None if the line ends here."""
        if self.reads(probe, piece, tail):
            return piece, []
        if piece[0][0] in ("WHEN", "IF", "ON", "OTHERWISE", "ELSE"):
            return self._head_among_steps(piece)
        arm = next((n for n, token in enumerate(piece) if token[0] in ("ON", "OTHERWISE")), 0)
        if arm and self.reads(probe, piece[:arm], LINE_END):
            message = f"`{' '.join(token[1] for token in piece[arm : arm + 2])}` is an arm, which has a line of its own"
            self.tell(
                Finding(
                    "arm-outside-its-step", span_of(piece[arm]), message, "write it in a deeper line below the step"
                )
            )
            return piece[:arm], None
        split = self._split(probe, piece) if begins_step(piece[0]) else None
        if split is not None:
            return split
        mended = self.mended(probe, piece, tail, (step_words, *STEP_DOCTORS))
        return (mended if mended is not None else [unreadable(piece)]), []

    def _split(self, probe: Probe, piece: list[Token]) -> tuple[list[Token], list[Token]] | None:
        """Two steps where `then` is missing, or another word stands for it."""
        at = min(probe.copy().advance(piece) + 1, len(piece) - 1)
        for n in range(at, 0, -1):
            joiner = piece[n - 1]
            if not begins_step(piece[n]):
                continue
            if n == len(piece) - 1 and not self.reads(probe, piece[n:], THEN):
                continue  # `hang up the call`: a word of a step that is none here
            if self.reads(probe, piece[:n], THEN):
                cure = f"write `then {_step_word(piece, n)}`, or give it a line of its own"
                if piece[n][1] == "play" and probe.takes("CONSULT") and piece[0][1] in ("consult", "gather"):
                    cure = "write `playing` for what is heard meanwhile, or `then play` for what comes after"
                message = f"`then` is missing before `{piece[n][1]}`"
                is_clear = "playing" not in cure
                edits = (Edit(Span(piece[n][2], piece[n][2]), "then "),) if is_clear else ()
                self.tell(Finding("steps-without-then", span_of(piece[n]), message, cure, is_clear, edits))
                return piece[:n], piece[n:]
            if n > 1 and joiner[0] in ("AND", COMMA, "PLUS", ODD) and self.reads(probe, piece[: n - 1], THEN):
                message = f"steps are joined by `then`, not by {quoted(joiner)}"
                cure = f"write `then {_step_word(piece, n)}`"
                edits = (Edit(Span(piece[n - 2][3], joiner[3]), " then"),)
                self.tell(Finding("steps-without-then", span_of(joiner), message, cure, True, edits))
                return piece[: n - 1], piece[n:]
        return None

    def _head_among_steps(self, piece: list[Token]) -> tuple[list[Token], None]:
        first = piece[0]
        message = f"`{first[1]}` begins a line of its own, it cannot stand behind other words"
        self.tell(Finding("syntax", span_of(first), message, "move it to the next line"))
        return [unreadable(piece, text="")], None


def _step_word(piece: Sequence[Token], at: int) -> str:
    return "hang up" if piece[at][1] == "hang" else piece[at][1]


# ---------------------------------------------------------------- guesses about steps


def step_words(slip: Slip) -> Iterator[Fix]:
    """`tranfser to desk`, `forward to desk`: a word that no step has."""
    first = slip.piece[0]
    if begins_step(first) or not first[1][:1].isalpha() or first[0] == "TEXT":
        return
    span = span_of(first)
    message = f"there is no step `{first[1]}`"
    words, cure = OTHER_STEPS.get(first[1].lower(), ((), ""))
    near = None if cure else nearest(first[1], STEP_WORDS)
    if near:
        words, cure = tuple(near.split()), f"did you mean `{near}`?"
    is_sure = near is not None and near == only_nearest(first[1], STEP_WORDS)
    finding = Finding("unknown-step-word", span, message, cure or "the language reference lists all steps", is_sure)
    new = [word_token(slip.tables, word, first[2], first[3]) for word in words]
    if new:
        yield slip.put(0, 1, *new), finding
        if slip.piece[1:2] and slip.piece[1][1] in ("to", "with", "up"):
            yield slip.put(0, 2, *new), finding
        elif words == ("transfer",):
            yield slip.put(0, 1, *new, word_token(slip.tables, "to", first[3])), finding
    yield [("UNREADABLE", first[1], first[2], slip.piece[-1][3])], finding


def hash_keys(slip: Slip) -> Iterator[Fix]:
    """`consult a accepting #`: the rest of the line is a comment, so the step just ends."""
    before = slip.piece[slip.at - 1] if slip.at else None
    if slip.token() is None and before and before[1] in ("ending", "accepting"):
        start = before[3]
        rest = slip.text[start : slip.text.find("\n", start) if "\n" in slip.text[start:] else len(slip.text)]
        if rest.lstrip().startswith("#"):
            at = start + rest.index("#")
            yield slip.put(slip.at, 0, ("NAME", "pound", at, at + 1)), eaten_key(at)


def eaten_key(at: int) -> Finding:
    message = "a comment begins here, so the key is gone"
    edits = (Edit(Span(at, at + 1), "pound"),)
    return Finding("key-eaten-by-comment", Span(at, at + 1), message, 'write `pound` or "#"', True, edits)


STEP_DOCTORS: tuple[Doctor, ...] = (hash_keys, *GENERAL)


# ---------------------------------------------------------------- guesses about events


def event_words(slip: Slip) -> Iterator[Fix]:
    """`on hangup:`, `on blind transfer failed:`, `on no answer:`: no events, but it is clear what is meant."""
    if slip.piece[0][0] != "ON" or len(slip.piece) < 2:
        return
    size = 1
    while size < len(slip.piece) and slip.piece[size][1][:1].isalpha() and slip.piece[size][1] not in _CLAUSES:
        size += 1
    words = slip.piece[1:size]
    if not words:
        if slip.piece[1][0] in ("CODE", "NUMBER"):
            first = slip.piece[1]
            finding = Finding(
                "unknown-event-word",
                span_of(first),
                f"{first[1]} is a result and no event",
                f"write `on failed {first[1]}:`",
            )
            yield slip.put(1, 0, word_token(slip.tables, "failed", first[2])), finding
        return
    yield from _several_events(slip)
    phrase = " ".join(token[1] for token in words)
    span = Span(words[0][2], words[-1][3])
    near = only_nearest(phrase, EVENT_WORDS)
    for new, cure in _meant(words, phrase):
        tokens = [token if not isinstance(token, str) else word_token(slip.tables, token, words[0][2]) for token in new]
        is_sure = cure == f"did you mean `on {near}`?"
        finding = Finding("unknown-event-word", span, f"there is no event `{phrase}`", cure, is_sure)
        yield [slip.piece[0], *tokens, *slip.piece[size:]], finding
        yield [slip.piece[0], ("UNREADABLE", phrase, *span), *slip.piece[size:]], finding


def _several_events(slip: Slip) -> Iterator[Fix]:
    """`on incoming, answered:`"""
    for at in range(2, len(slip.piece) - 1):
        if slip.piece[at][0] in (COMMA, "OR", "AND") and slip.piece[at + 1][1] in _EVENT_BEGINS:
            finding = Finding(
                "syntax", span_of(slip.piece[at]), "a handler waits for one event", "write a handler for each event"
            )
            yield slip.piece[:at], finding
            return


def _meant(words: list[Token], phrase: str) -> Iterator[tuple[Sequence[str | Token], str]]:
    """What may have been meant by the words of an event, and what to say."""
    first = words[0][1]
    if phrase in ("blind transfer failed", "consultative transfer failed"):
        code = "500/7000" if phrase.startswith("blind") else "500/7700"
        yield ("transfer", "failed"), f"write `on transfer failed {code}:`"
    if phrase == "caller hung up" or phrase == "hung up":
        yield ("ended", "caller", "hung", "up"), "write `on ended caller hung up:`"
    if phrase in RESULT_WORDS:
        yield ("failed", *words), f"this is a result: write `on failed {phrase}:`, or `on consult failed {phrase}:`"
    for known in (phrase, first):
        if known in OTHER_EVENTS:
            meant, cure = OTHER_EVENTS[known]
            rest = words[len(known.split()) :]
            if meant:
                yield (*meant, *rest), cure
                yield meant, cure
            else:
                yield (), cure
    if first in _STEP_BEGINS and len(words) > 1:
        rest_phrase = " ".join(token[1] for token in words[1:])
        if rest_phrase in RESULT_WORDS:
            yield (words[0], "failed", *words[1:]), f"write `on {first} failed {rest_phrase}:`"
        if nearest(words[-1][1], ("failed", "fails")) or words[-1][1] in ("fails", "error", "failure"):
            yield (words[0], "failed"), f"write `on {first} failed:`"
        if words[-1][1] in ("done", "succeeded", "success", "complete"):
            yield (
                ("transfer", "completed"),
                "a transfer that worked is `on transfer completed:`; after other steps just go on",
            )
    elif first in _STEP_BEGINS and first != "start":
        yield (first, "failed"), f"write `on {first} failed:` for a `{first}` that failed"
    near = nearest(phrase, EVENT_WORDS) or nearest(first, EVENT_WORDS)
    if near:
        rest = [] if len(near.split()) > 1 else words[1:]
        yield (*near.split(), *rest), f"did you mean `on {near}`?"
    if first not in _EVENT_BEGINS and first != "transfer":
        yield (), "the language reference lists all events"
