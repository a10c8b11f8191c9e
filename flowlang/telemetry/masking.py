"""Masks who is calling whom: numbers, addresses, identifiers of people, names; and secrets, of which nothing is left.

A masked number reads `number:kqzrwx`. The same number gives the same letters as long as the key is the same, so lines
about one person can still be found together. There is no digit in it. Whatever might be a number is taken for one.

Every text is cut before it is looked at, and every pattern takes time in proportion to the length of what it reads: a
text may come from anybody, and masking is done while calls wait.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from flowlang.call.explained import CODES
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.call.spelling import plain

LETTERS: Final = "bcdfghjklmnpqrstvwxz"  # neither digits nor vowels: no number and no word can come of it
LENGTH: Final = 6
HIDDEN: Final = "<secret>"
LEFT_OUT: Final = "<left out>"

MOST_TEXT: Final = 2_048  # characters of one text
MOST_EXCEPTION: Final = 16_384  # of a traceback
MOST_LINE: Final = 32_768  # of all values of a line together
MOST_NAME: Final = 256  # of a name, number or identifier of a person
MOST_KEY: Final = 128
MOST_ITEMS: Final = 100  # of a list, a mapping or a line
DEEPEST: Final = 8  # lists and mappings in each other
MOST_HIDDEN: Final = 5_000  # names of people who are on one call; a text of a call with more is left out
MOST_FOUND: Final = 64  # of them in one text; a text with more is left out
MOST_BITS: Final = 256  # of a whole number

GUID: Final = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
DIGIT: Final = r"(?:\d|%3\d)"
BETWEEN: Final = (
    "(?:[ \t().\\-/\u00a0\u2000-\u200f\u2010-\u2015\u202a-\u202f\u2060\u2212\ufeff]|%20|%2[DdEeFf89]|%[Cc]2%[Aa]0)"
)
PRIVATE: Final = (
    r"(?:secret|token|passw(?:or)?d|passphrase|authorization|assertion|credential|signature|api[_-]?key|cookie)"
)
PRIVATE_WORDS: Final = rf"(?=[\w-]*?{PRIVATE})[\w-]++"
QUOTED: Final = r"(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))"
"""A quote that is not closed goes on to the end: the text was cut there, by us or by others."""
MOMENT: Final = r"(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
IPV4: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
IPV6: Final = r"\[[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}\]"

_FIRST: Final = (
    rf"(?P<time>(?<!\d){MOMENT}(?!{DIGIT}))",
    r"(?P<bearer>(?i:\b(?:bearer|basic)\s++)(?!token\b)[\w.~+/=-]++)",
    r"(?P<login>(?<=://)[^/\s@\"']++@)",
    rf"(?P<pair>(?i:(?<![\w-])[\"']?{PRIVATE_WORDS}[\"']?\s*+[=:]\s*+|[?&](?:sig|code|key|state)=)"
    rf"(?:(?i:bearer|basic)\s++)?(?:{QUOTED}|[^\s&;,\"'}}]++))",
    rf"(?P<person>(?i:(?<![\w-])[\"']?(?:display_?)?name[\"']?\s*+[=:]\s*+){QUOTED})",
    rf"(?P<host>(?<=://)(?:{IPV4}|{IPV6}|[A-Za-z][A-Za-z.-]*+)(?::\d{{1,5}})?(?=[/?#\s\"',)]|$))",
    rf"(?P<call>(?<=/calls/){GUID}|(?<=/callback/){GUID})",
)
_ADDRESS: Final = r"(?P<address>(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)++)"
_LAST: Final = (
    r"(?P<jwt>\beyJ[\w-]++(?:\.[\w-]++)*+)",
    rf"(?P<guid>(?<![0-9a-fA-F-]){GUID}(?![0-9a-fA-F-]))",
    rf"(?P<number>(?:\+|%2[Bb])(?:{BETWEEN}{{0,3}}{DIGIT}){{3,}}|{DIGIT}(?:{BETWEEN}{{0,3}}{DIGIT}){{4,}})",
    r"(?P<opaque>(?<![\w~+=-])(?=[\w~+=-]*?\d)(?=[\w~+=-]*?[A-Z])(?=[\w~+=-]*?[a-z])[\w~+=-]{32,}+)",
)
_PASSES: Final = tuple([re.compile(one) for one in ("|".join(_FIRST), _ADDRESS, "|".join(_LAST))])
"""Each looks at what the ones before it have left. An address is looked for where a run of its signs begins, which has
to be seen: inside an alternative of one pattern each sign of a long run would be a beginning."""
_ANY: Final = re.compile("|".join([*_FIRST, _ADDRESS, *_LAST]))
_BETWEEN: Final = re.compile(BETWEEN)
_PRIVATE_WORD: Final = re.compile(rf"(?i){PRIVATE_WORDS}")
_KNOWN_CODES: Final = frozenset(
    f"{code.code}/{code.subcode}" for code in CODES if code.code is not None and code.subcode is not None
)
_PLAIN: Final = re.compile(r"(?!.*(?i:bearer|basic|eyj))[A-Za-z ,;()/_-]{0,80}")
"""Nothing that is masked looks like this, and most words of ours do."""
_IDS: Final = frozenset(("call_id", "chain_id", "plan", "version", "trace_id", "span_id", "request_id"))
_OURS: Final = frozenset(("flow", "hours", "step", "operation", "act", "result", "where", "word", "kind", "direction"))
"""Words of ours and names of flows: a flow may be called as the account is that it answers for."""
_NUMBERS: Final = frozenset(("status", "code", "subcode", "attempt", "place", "leg", "number", "line", "port", "count"))
_UNITS: Final = ("_ms", "_seconds", "_bytes", "_count")
_DIGEST: Final = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")
_FIRST_KEYS: Final = ("level", "event", "call_id", "chain_id")
"""What a line that is too long keeps."""


class _Name(NamedTuple):
    """`folded`: as it is looked for without regard to capitals, for a quick look. `is_whole`: it was not cut. Of
    one that was nobody looks for the end, so what follows is masked with it."""

    text: str
    folded: str
    is_whole: bool


class Hidden:
    """Names, numbers and identifiers of people that are masked wherever they stand, made ready for many texts."""

    __slots__ = ("is_too_many", "names")

    def __init__(self, names: Iterable[str] = ()) -> None:
        found = {name[:MOST_NAME]: len(name) <= MOST_NAME for name in names if name[:MOST_NAME].strip()}
        self.is_too_many = len(found) > MOST_HIDDEN
        longest_first = () if self.is_too_many else sorted(found, key=len, reverse=True)
        self.names = tuple([_Name(name, _folded(name), found[name]) for name in longest_first])

    def masked(self, text: str, mask: Callable[[str], str]) -> str | None:
        """The text with each of them masked; None: too many to look for, or too many in it."""
        if self.is_too_many:
            return None
        if not self.names:
            return text
        folded = _folded(text)
        found = [one for one in self.names if one.folded in folded]
        if not found:
            return text
        if len(found) > MOST_FOUND:
            return None
        any_name = "|".join([re.escape(one.text) + (r"(?!\w)" if one.is_whole else r"[\s\S]*") for one in found])
        return re.sub(rf"(?<!\w)(?:{any_name})", lambda match: mask(match.group()), text, flags=re.IGNORECASE)


NOBODY: Final = Hidden()


class _Room:
    """How many characters of a line may still be looked at."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class Masker:
    """`key`: secret of this installation; with another key the same number gets other letters. `is_off`: a person
    asked to see everything; secrets stay masked."""

    def __init__(self, key: bytes, *, is_off: bool = False) -> None:
        self._key, self._is_off = key, is_off

    @property
    def is_off(self) -> bool:
        """Whether people, keys and values are shown."""
        return self._is_off

    def text(self, text: str, hidden: Iterable[str] | Hidden = (), most: int = MOST_TEXT) -> str:
        """The text with everything masked that looks like a number, an address, an identifier or a secret.

        `hidden`: names and numbers that are known to be people's, masked wherever they stand. Of a text with more than
        `most` characters the rest is left out, and with it whatever the cut might halve.
        """
        whole = len(text)
        text = text[:most]
        if not self._is_off:
            known = hidden if isinstance(hidden, Hidden) else Hidden(hidden)
            masked = known.masked(text, self.name)
            if masked is None:
                return LEFT_OUT
            text = masked
        if whole > most:
            kept = _whole_words(text)
            return f"{self._masked(kept)}… {LEFT_OUT[:-1]}: {whole - len(kept)} characters>"
        return text if len(text) <= 80 and _PLAIN.fullmatch(text) else self._masked(text)

    def _masked(self, text: str, first: int = 0) -> str:
        """What the passes from that one on make of a text."""
        if first == len(_PASSES):
            return text
        parts: list[str] = []
        done = 0
        for found in _PASSES[first].finditer(text):
            if found.start() > done:
                parts.append(self._masked(text[done : found.start()], first + 1))
            parts.append(self._replace(found))
            done = found.end()
        if done == 0:
            return self._masked(text, first + 1)
        if done < len(text):
            parts.append(self._masked(text[done:], first + 1))
        return "".join(parts)

    def _replace(self, found: re.Match[str]) -> str:
        kind, text = found.lastgroup, found.group()
        match kind:
            case "time" | "host" | "call":
                return text
            case "bearer":
                return f"{text.split()[0]} {HIDDEN}"
            case "login":
                return f"{HIDDEN}@"
            case "pair":
                name = re.split("[=:]", text, maxsplit=1)[0]
                return text[: len(name) + 1] + HIDDEN
            case "person":
                name = re.split("[=:]", text, maxsplit=1)[0]
                return text if self._is_off else f"{text[: len(name) + 1]}{self.name(text[len(name) + 1 :].strip(' '))}"
            case "jwt" | "opaque":
                return HIDDEN
            case _:
                return text if self._is_off or text in _KNOWN_CODES else f"{kind_of(kind)}:{self.letters(text)}"

    def letters(self, text: str) -> str:
        """Six letters for something; the same for all ways to write a number."""
        made = hmac.digest(self._key, plain(text).encode(), hashlib.sha256)
        return "".join([LETTERS[byte % len(LETTERS)] for byte in made[:LENGTH]])

    def name(self, name: str) -> str:
        """A person's name, number or identifier, whatever it looks like."""
        name = name[:MOST_NAME]
        if self._is_off or not name:
            return name
        masked = _ANY.fullmatch(name)
        kind = kind_of(masked.lastgroup) if masked is not None else "number" if _is_digits(name) else "name"
        return f"{kind}:{self.letters(name)}"

    def party(self, party: Party | None) -> str:
        """Who it is, masked: `phone number:kqzrwx`."""
        if party is None:
            return ""
        return f"{party.kind} {self.name(party.id or party.name)}".strip()

    def line(self, line: Mapping[str, object], hidden: Iterable[str] = ()) -> dict[str, object]:
        """Keys and values of a line of the log, as they may be shown."""
        known, room = Hidden(hidden), _Room(MOST_LINE)
        masked: dict[str, object] = {}
        for key in (*[key for key in _FIRST_KEYS if key in line], *[key for key in line if key not in _FIRST_KEYS]):
            if len(masked) == MOST_ITEMS:
                masked["left_out"] = f"{len(line) - MOST_ITEMS} more"
                break
            masked[key[:MOST_KEY]] = self._field(key, line[key], known, room, DEEPEST)
        return masked

    def field(self, key: str, value: object, hidden: Iterable[str] = ()) -> object:
        """A value under its key, as it may be shown. Keys with a unit hold figures; some hold identifiers of calls."""
        return self._field(key, value, Hidden(hidden), _Room(MOST_LINE), DEEPEST)

    def _field(self, key: str, value: object, hidden: Hidden, room: _Room, deep: int) -> object:
        if room.left <= 0:
            return LEFT_OUT
        room.left -= 1  # many empty ones cost something too
        if _PRIVATE_WORD.fullmatch(key[:MOST_KEY]):
            return HIDDEN
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._figure(key, value)
        if isinstance(value, bytes | bytearray):
            return f"<{len(value)} bytes>"
        if isinstance(value, Mapping | list | tuple | set | frozenset):
            return self._nested(value, hidden, room, deep - 1) if deep > 0 else LEFT_OUT
        text = value if isinstance(value, str) else str(value)
        most = min(MOST_EXCEPTION if key == "exception" else MOST_TEXT, room.left)
        room.left -= min(len(text), most)
        return self._id(text, most) if key in _IDS else self.text(text, NOBODY if key in _OURS else hidden, most)

    def _nested(self, value: object, hidden: Hidden, room: _Room, deep: int) -> object:
        if isinstance(value, Mapping):
            pairs = list(value.items())
            shown: dict[str, object] = {}
            for name, one in pairs[:MOST_ITEMS]:
                text = str(name)
                room.left -= min(len(text), MOST_KEY)
                shown[self.text(text, hidden, MOST_KEY)] = self._field(text, one, hidden, room, deep)
            if len(pairs) > MOST_ITEMS:
                shown["…"] = f"{len(pairs) - MOST_ITEMS} more"
            return shown
        assert isinstance(value, list | tuple | set | frozenset)
        items = [self._field("", one, hidden, room, deep) for one in list(value)[:MOST_ITEMS]]
        return items if len(value) <= MOST_ITEMS else [*items, f"{len(value) - MOST_ITEMS} more"]

    def _figure(self, key: str, value: float) -> object:
        if isinstance(value, int) and value.bit_length() > MOST_BITS:
            return LEFT_OUT
        is_figure = key in _NUMBERS or key.endswith(_UNITS) or abs(value) < 10_000
        return value if is_figure else self.text(str(value))

    def _id(self, text: str, most: int = MOST_TEXT) -> str:
        """An identifier of a call: its GUIDs stay, and anything else is masked as everywhere."""
        if len(text) > min(most, MOST_NAME):
            return self.text(text, (), min(most, MOST_NAME))
        if _DIGEST.fullmatch(text):
            return text
        parts = re.split(f"({GUID})", text)
        return "".join([part if at % 2 else self.text(part) for at, part in enumerate(parts)])


def kind_of(group: str | None) -> str:
    """What a masked thing is called."""
    return "id" if group == "guid" else group or "name"


def hidden_of(session: Session) -> frozenset[str]:
    """Names, numbers and identifiers of everybody who is known to be on a call."""
    parties = [session.caller, session.called, *[leg.party for leg in session.legs]]
    people = [one for one in (session.participant, *(session.roster or ())) if one is not None]
    parties += [one.party for one in people]
    known = {text for party in parties if party is not None for text in (party.id, party.name)}
    return frozenset(text for text in known | {one.id for one in people} if len(text) > 1)


def _folded(text: str) -> str:
    """One spelling for all that a pattern without regard to capitals takes for the same: an i with its dot and without
    is the same to it."""
    return text.casefold().replace("\u0307", "").replace("\u0131", "i")


def _whole_words(text: str) -> str:
    """The beginning of a text that was cut, without what the cut may have halved: names of people that are known, the
    last run of signs without a space or a quote, and the beginning of a number."""
    text = text[: max(len(text) - MOST_NAME, 0)]
    at = len(text)
    while at and not (text[at - 1].isspace() or text[at - 1] in "\"'"):
        at -= 1
    while at and _is_of_a_number(text[at - 1]):
        at -= 1
    return text[:at]


def _is_of_a_number(sign: str) -> bool:
    return sign.isdecimal() or sign.isspace() or sign in "+%" or _BETWEEN.fullmatch(sign) is not None


def _is_digits(text: str) -> bool:
    return any(sign.isdecimal() for sign in text) and not any(sign.isalpha() for sign in text)
