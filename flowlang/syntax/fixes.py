"""Small changes that turn a piece of a line into one that can be read, each with what it says about the mistake.

A piece is the head of a block, one step, or a declaration. A change counts only if the whole piece can be read with
it; so a change is a guess that has been proved, and the first that works is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flowlang.diagnostics import Edit
from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.build_repaired import UNIT_OF
from flowlang.syntax.expected import SOFT, either, expected
from flowlang.syntax.hints import NUMBER_WORDS, OTHER_SIGNS
from flowlang.syntax.lines import ODD
from flowlang.syntax.machine import Probe
from flowlang.syntax.scanner import COMMA, NEWLINE, Token
from flowlang.syntax.suggest import nearest, only_nearest
from flowlang.syntax.tables import Tables

PIECE_MAX = 300
"""A longer piece is given up at once: each guess reads it anew."""


class Finding(NamedTuple):
    """is_sure: the cure is no guess, so it may be made without asking. edits: what it changes."""

    code: str
    span: Span
    message: str
    cure: str = ""
    is_sure: bool = False
    edits: tuple[Edit, ...] = ()


class Slip(NamedTuple):
    """A piece that cannot be read. `at` is the first token that does not fit, `before` the state before the piece,
    `here` the state before that token; `tail` is what has to follow the piece."""

    piece: list[Token]
    at: int
    before: Probe
    here: Probe
    tail: Sequence[Token]
    text: str
    tables: Tables

    def token(self) -> Token | None:
        """The token that does not fit; None where the piece ends too early."""
        return self.piece[self.at] if self.at < len(self.piece) else None

    def state(self, at: int) -> Probe:
        """The state before another token of the piece."""
        probe = self.before.copy()
        probe.advance(self.piece[:at])
        return probe

    def put(self, at: int, count: int, *tokens: Token) -> list[Token]:
        """The piece with some tokens in the place of `count` others."""
        return [*self.piece[:at], *tokens, *self.piece[at + count :]]

    def place(self, at: int) -> int:
        """Where something that is missing before a token would stand."""
        if at < len(self.piece):
            return self.piece[at][2]
        return self.piece[-1][3] if self.piece else self.tail[0][2]


Fix = tuple[list[Token], Finding]
Doctor = Callable[[Slip], Iterator[Fix]]
SIGN_KINDS = {"=": "EQUAL", ",": COMMA, ":": "COLON", "<=": "__ANON_0", ">=": "__ANON_1", "*": "STAR"}


def span_of(token: Token) -> Span:
    return Span(token[2], token[3])


def word_token(tables: Tables, word: str, at: int, end: int | None = None) -> Token:
    """A token of a word or sign of the language, put in at a place."""
    kind = SIGN_KINDS.get(word) or (tables.keywords[word] if word in tables.reserved else "NAME")
    return (kind, word, at, at if end is None else end)


def mend(slip: Slip, doctors: Sequence[Doctor]) -> Fix | None:
    """The piece as it was probably meant."""
    if len(slip.piece) > PIECE_MAX:
        return None
    for doctor in doctors:
        for piece, finding in doctor(slip):
            wanted = [*piece, *slip.tail]
            if slip.before.copy().advance(wanted) == len(wanted):
                return piece, finding
    return None


def unread(slip: Slip) -> Finding:
    """What can be said of a piece for which there is no guess: what should stand at the first place that is wrong."""
    token = slip.token()
    choices = slip.here.choices()
    phrase = expected(choices, slip.tables.keywords) or "the end of the line"
    if token is not None and token[0] == "IF" and slip.at:
        cure = "write it in the line below, with the same indentation as the line it belongs to"
        return Finding("syntax", span_of(token), "`if that fails:` has a line of its own", cure)
    if token is not None and slip.at and choices & {NEWLINE, "THEN"}:
        return _ended(slip, token, choices)
    wanted = (
        f"after {quoted(slip.piece[slip.at - 1])} there should be {phrase}" if slip.at else f"here should be {phrase}"
    )
    if token is None:
        span = span_of(slip.piece[-1]) if slip.piece else Span(slip.place(0), slip.place(0))
        return Finding("syntax", span, f"something is missing: {wanted}")
    return Finding("syntax", span_of(token), f"{quoted(token)} does not fit here: {wanted}")


def _ended(slip: Slip, token: Token, choices: set[str]) -> Finding:
    """What can be said of a token where the piece could have ended."""
    before = quoted(slip.piece[slip.at - 1])
    words = [f"`{word}`" for word, kind in slip.tables.keywords.items() if kind in choices and word != "then"]
    if not words or len(words) > 8:
        return Finding(
            "syntax",
            span_of(token),
            f"{quoted(token)} does not fit here",
            f"the step ends after {before}; take the rest away",
        )
    message = f"{quoted(token)} does not fit here: after {before} there may be {either(words)}"
    return Finding("syntax", span_of(token), message, "take it away, or write one of these")


def quoted(token: Token) -> str:
    """A token as a message shows it."""
    text = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in token[1][:40])
    text = text if len(token[1]) <= 40 else text + "…"
    return text if token[0] in ("TEXT", "NUMBER", "DURATION", "PHONE", "CODE", "CLOCKS", "ID") else f"`{text}`"


# ---------------------------------------------------------------- words


def _is_word(token: Token) -> bool:
    return token[1][:1].isalpha()


def near_words(slip: Slip) -> Iterator[Fix]:
    """`fro 20s`, `incomming`: a word of the language with a slip in it, at the place that does not fit or before."""
    for at in range(min(slip.at, len(slip.piece) - 1), max(-1, slip.at - 6), -1):
        token = slip.piece[at]
        if not _is_word(token) or token[0] == ODD or (at < slip.at and token[1] in slip.tables.keywords):
            continue
        words = _keywords_at(slip, at)
        only = only_nearest(token[1], words)
        for _ in range(3):
            near = nearest(token[1], words)
            if near is None:
                break
            words.remove(near)
            new = word_token(slip.tables, near, token[2], token[3])
            yield (
                slip.put(at, 1, new),
                Finding(
                    "syntax",
                    span_of(token),
                    f"`{token[1]}` is no word of the language here",
                    f"did you mean `{near}`?",
                    is_sure=near == only,
                ),
            )


def _keywords_at(slip: Slip, at: int) -> list[str]:
    choices = slip.state(at).choices()
    return [word for word, kind in slip.tables.keywords.items() if kind in choices]


_CONNECTORS = (
    "to", "of", "as", "for", "in", "from", "with", "is", "=", ",", "replacing", "playing", "about", "times", "digits",
    "meeting", "after", "forwarding", "during", "account", "up", "that",
    "holidays",
)  # fmt: skip
_PAIRS = (("up", "to"), ("replacing", "consult"))


def missing_words(slip: Slip) -> Iterator[Fix]:
    """`transfer desk`, `contact a user …`: one connecting word was left out."""
    for at in range(slip.at, max(-1, slip.at - 3), -1):
        choices = slip.state(at).choices()
        place = slip.place(at)
        for word in _CONNECTORS:
            new = word_token(slip.tables, word, place)
            if _may_stand(slip, word, new, choices):
                yield slip.put(at, 0, new), _missing(slip, at, word)
        if "UP" in choices:
            up_to = [word_token(slip.tables, word, place) for word in _PAIRS[0]]
            yield slip.put(at, 0, *up_to), _missing(slip, at, "up to")


_RESULT_WORDS = frozenset(("NOT", "UP", "IN", "OF"))


def _may_stand(slip: Slip, word: str, token: Token, choices: set[str]) -> bool:
    """Whether a connecting word is possible as such, not as a name or in the name of a result."""
    kind = slip.tables.keywords.get(word, token[0])
    if "NAME" in choices and (kind in SOFT or (kind in _RESULT_WORDS and choices >= _RESULT_WORDS)):
        return False
    return kind in choices


def _missing(slip: Slip, at: int, word: str) -> Finding:
    shown = "a comma" if word == "," else f"`{word}`"
    if at < len(slip.piece):
        token = slip.piece[at]
        message = f"{shown} is missing before {quoted(token)}"
        return Finding("syntax", span_of(token), message, _written(slip, at, word), True)
    token = slip.piece[-1]
    return Finding("syntax", span_of(token), f"{shown} is missing after {quoted(token)}", _written(slip, at, word))


def joined(tokens: Sequence[Token]) -> str:
    """Tokens as a person would write them."""
    text = " ".join(token[1] for token in tokens)
    return text.replace(" ,", ",").replace("( ", "(").replace(" )", ")").replace(" (", "(").replace(" :", ":")


def _written(slip: Slip, at: int, word: str, count: int = 0) -> str:
    """The cure: the words around the place, with what was missing in the place of `count` words."""
    before = [token[1] for token in slip.piece[max(0, at - 2) : at]]
    after = [token[1] for token in slip.piece[at + count : at + count + 1]]
    words = " ".join([*before, word, *after]).replace(" ,", ",")
    return f"write `{words}`" if len(words) < 60 else ""


def swapped_words(slip: Slip) -> Iterator[Fix]:
    """`wait in 5s`, `gather 4 digits into pin`: a connecting word, but another one."""
    for at in range(min(slip.at, len(slip.piece) - 1), max(0, slip.at - 2), -1):
        token = slip.piece[at]
        if not _is_word(token) and token[0] not in (ODD, "COLON", "EQUAL", "SLASH", "PLUS", COMMA):
            continue
        choices = slip.state(at).choices()
        for word in _CONNECTORS:
            new = word_token(slip.tables, word, token[2], token[3])
            if word != token[1] and _may_stand(slip, word, new, choices):
                shown = "a comma" if word == "," else f"`{word}`"
                message = f"after {quoted(slip.piece[at - 1])} there should be {shown}, not {quoted(token)}"
                yield slip.put(at, 1, new), Finding("syntax", span_of(token), message, _written(slip, at, word, 1))


def extra_words(slip: Slip) -> Iterator[Fix]:
    """`goto stage waiting`, `wait for 5s`: a word too many."""
    if slip.token() is None and slip.piece[-1][0] != COMMA:
        return  # rather say what should follow than take away what asks for it
    places = [slip.at, slip.at - 1]
    if slip.at > 1 and slip.piece[slip.at - 1][1] in slip.tables.keywords:
        places.reverse()
    for at in places:
        if not 0 < at < len(slip.piece):
            continue
        token = slip.piece[at]
        before = slip.piece[at - 1]
        finding = Finding("syntax", span_of(token), f"{quoted(token)} is too much here", "take it away")
        if token[0] == before[0] == "NAME" and at == slip.at and before[1] not in slip.tables.keywords:
            message = f"a name is one word, and here are `{before[1]}` and `{token[1]}`"
            finding = Finding(
                "syntax", Span(before[2], token[3]), message, f"write `{before[1]}_{token[1]}` everywhere"
            )
        yield slip.put(at, 1), finding


def reserved_names(slip: Slip) -> Iterator[Fix]:
    """`contact for = …`: a connecting word cannot be a name."""
    token = slip.token()
    if token and token[1] in slip.tables.reserved and "NAME" in slip.here.choices():
        message = f"`{token[1]}` is one of the words that join others, so it cannot be a name"
        cure = "take another name; these are not free: " + " ".join(sorted(slip.tables.reserved))
        yield (
            slip.put(slip.at, 1, ("NAME", "", token[2], token[3])),
            Finding("reserved-word", span_of(token), message, cure),
        )


def odd_names(slip: Slip) -> Iterator[Fix]:
    """`contact 2nd = …`, `contact "Heidi" = …`: no name at all."""
    token = slip.token()
    choices = slip.here.choices()
    if token is None or "NAME" not in choices or "TEXT" in choices:
        return
    nameless: Token = ("NAME", "", token[2], token[3])
    if token[0] in ("ID", "NUMBER", "DURATION"):
        message = f"{token[1]} is no name: a name begins with a letter"
        yield slip.put(slip.at, 1, nameless), Finding("syntax", span_of(token), message)
    if token[0] == "TEXT":
        yield (
            slip.put(slip.at, 1, nameless),
            Finding(
                "syntax", span_of(token), "a name stands without quotes", "write " + token[1][1:-1].replace(" ", "_")
            ),
        )
    if token[0] in ("PATH", "SLASHED"):
        message = f"`{token[1]}` is no name: a name has letters, digits, `_` and `-`"
        yield slip.put(slip.at, 1, nameless), Finding("syntax", span_of(token), message)


# ---------------------------------------------------------------- numbers, times, texts


def split_durations(slip: Slip) -> Iterator[Fix]:
    """`for 20 s`, `for 2 minutes`"""
    token = slip.token()
    number = slip.piece[slip.at - 1] if slip.at else None
    if token and number and number[0] == "NUMBER" and token[1].lower() in UNIT_OF:
        merged = number[1] + UNIT_OF[token[1].lower()]
        span = Span(number[2], token[3])
        new: Token = ("DURATION", merged, *span)
        cure = f"write {merged}"
        yield slip.put(slip.at - 1, 2, new), Finding("unit-missing", span, "a length of time is one word", cure, True)


def number_words(slip: Slip) -> Iterator[Fix]:
    """`gather six digits`"""
    token = slip.token()
    if token and token[1] in NUMBER_WORDS:
        number = str(NUMBER_WORDS.index(token[1]))
        new: Token = ("NUMBER", number, token[2], token[3])
        yield (
            slip.put(slip.at, 1, new),
            Finding("syntax", span_of(token), "numbers are written in digits", f"write {number}", True),
        )


def unquoted_texts(slip: Slip) -> Iterator[Fix]:
    """`play hold.wav`: everything to the next blank was meant as one text."""
    token = slip.token()
    choices = slip.here.choices()
    if token is None or token[0] in ("TEXT", ODD) or "TEXT" not in choices:
        return
    if "NUMBER" in choices and "NAME" in choices:
        return  # a key or a value, and no file
    is_sentence = slip.piece[0][1] in ("log", "say", "notify")
    if token[0] == "NAME" and not is_sentence and any(kind in choices for kind in slip.tables.keywords.values()):
        return  # more likely a word of the language was left out
    count, end = 1, token[3]
    while slip.at + count < len(slip.piece) and (is_sentence or slip.piece[slip.at + count][2] == end):
        end = slip.piece[slip.at + count][3]
        count += 1
    written = slip.text[token[2] : end]
    if '"' not in written and "\\" not in written and "{" not in written:
        new: Token = ("TEXT", f'"{written}"', token[2], end)
        cure = f'write "{written}"'
        yield (
            slip.put(slip.at, count, new),
            Finding("syntax", Span(token[2], end), "a text stands in quotes", cure, True),
        )


def addresses(slip: Slip) -> Iterator[Fix]:
    """`user heidi@contoso.com`"""
    for at in range(max(1, slip.at - 1), min(slip.at + 1, len(slip.piece))):
        first = slip.piece[at]
        end = first[3]
        count = 1
        while at + count < len(slip.piece) and slip.piece[at + count][2] == end:
            end = slip.piece[at + count][3]
            count += 1
        if "@" in slip.text[first[2] : end]:
            new: Token = ("NAME", "", first[2], end)
            message = "a user is named by an identifier, not by an address"
            cure = (
                "the identifier is called Object ID in the admin center, such as 550fae72-d251-43ec-868c-373732c2704f"
            )
            yield slip.put(at, count, new), Finding("syntax", Span(first[2], end), message, cure)


def flow_versions(slip: Slip) -> Iterator[Fix]:
    """`flow "Front desk"`"""
    if slip.piece[0][1] == "flow" and slip.at == 1:
        end = slip.piece[0][3]
        title = [token for token in slip.piece[1:] if token[0] == "TEXT"][:1]
        shown = "flow 1 " + (title[0][1] if title else '"Title"')
        finding = Finding(
            "syntax", span_of(slip.piece[0]), "the version of the language is missing", f"write {shown}", True
        )
        yield [slip.piece[0], ("NUMBER", "1", end, end), *title], finding


def star_keys(slip: Slip) -> Iterator[Fix]:
    """`press *:`"""
    token = slip.token()
    if token and token[0] == "STAR":
        new: Token = ("NAME", "star", token[2], token[3])
        yield (
            slip.put(slip.at, 1, new),
            Finding("syntax", span_of(token), "this key is written as a word", "write `star`", True),
        )


# ---------------------------------------------------------------- signs


def other_signs(slip: Slip) -> Iterator[Fix]:
    """`x == 3`, `a && b`: signs of other languages. All of them in the piece are changed at once."""
    first: Token | None = None
    piece: list[Token] = []
    for number, token in enumerate(slip.piece):
        words = OTHER_SIGNS.get(token[1]) if number and (token[0] in (ODD, "EQUAL") or token[1].isalpha()) else None
        if token[0] == "EQUAL" and slip.state(number).takes("EQUAL"):
            words = None
        if words is None:
            piece.append(token)
            continue
        if token[1].isalpha() and slip.state(number).takes("NAME"):
            piece.append(token)
            continue
        first = first or token
        piece += [word_token(slip.tables, word, token[2], token[3]) for word in words]
    if first is not None:
        meant = " ".join(OTHER_SIGNS[first[1]])
        yield (
            piece,
            Finding("syntax", span_of(first), f"{quoted(first)} is no sign of the language", f"write `{meant}`", True),
        )


def list_words(slip: Slip) -> Iterator[Fix]:
    """`on busy or declined:`, `press 1 and 2:`, `a; b`: the members of a list are parted by commas."""
    first: Token | None = None
    piece: list[Token] = []
    for token in slip.piece:
        if token[1] in ("or", "and", ";", "|", "&", "/") and token[0] != "TEXT":
            first = first or token
            piece.append((COMMA, ",", token[2], token[3]))
        else:
            piece.append(token)
    if first is not None:
        message = f"the members of a list are separated by commas, not by {quoted(first)}"
        yield piece, Finding("syntax", span_of(first), message, "write a comma", True)


_MEMBERS = frozenset(("NAME", "PATH", "PHONE", "NUMBER", "TEXT", "CODE", "CLOCKS"))


def missing_commas(slip: Slip) -> Iterator[Fix]:
    """`group g = a b c`: no commas at all."""
    first: Token | None = None
    probe = slip.before.copy()
    piece: list[Token] = []
    for token in slip.piece:
        if piece and token[0] in _MEMBERS and piece[-1][0] in _MEMBERS and not probe.copy().advance([token]):
            comma: Token = (COMMA, ",", token[2], token[2])
            if not probe.advance([comma]):
                return
            piece.append(comma)
            first = first or token
        probe.advance([token])
        piece.append(token)
    if first is not None:
        at = piece.index(first)
        cure = f"write {quoted(piece[at - 2])}, {quoted(first)}".replace("`, `", ", ")
        yield piece, Finding("syntax", span_of(first), f"a comma is missing before {quoted(first)}", cure, True)


def stray_signs(slip: Slip) -> Iterator[Fix]:
    """A sign that belongs to nothing."""
    token = slip.token()
    if token and token[0] == ODD:
        if not token[1].isprintable() or token[1].isspace():
            message = f"an unprintable character (U+{ord(token[1][0]):04X}) stands here"
        else:
            message = f"`{token[1]}` has no meaning here"
        piece = [one for one in slip.piece if one[0] != ODD]
        yield piece, Finding("syntax", span_of(token), message, "take it away")


WORDS_AND_VALUES: tuple[Doctor, ...] = (
    flow_versions,
    split_durations,
    addresses,
    star_keys,
    number_words,
    other_signs,
    list_words,
    reserved_names,
    odd_names,
    unquoted_texts,
    near_words,
    missing_commas,
    missing_words,
    swapped_words,
    extra_words,
    stray_signs,
)
"""In the order to be tried: the more a guess says about the mistake, the earlier."""
