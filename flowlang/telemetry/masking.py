"""Masks who is calling whom: numbers, addresses, identifiers of people, names; and secrets, of which nothing is left.

A masked number reads `number:kqzrwx`. The same number gives the same letters as long as the key is the same, so lines
about one person can still be found together. There is no digit in it. Whatever might be a number is taken for one.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final

from flowlang.call.explained import CODES
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.call.spelling import plain

LETTERS: Final = "bcdfghjklmnpqrstvwxz"  # neither digits nor vowels: no number and no word can come of it
LENGTH: Final = 6
HIDDEN: Final = "<secret>"

GUID: Final = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
DIGIT: Final = r"(?:\d|%3\d)"
BETWEEN: Final = (
    "(?:[ \t().\\-/\u00a0\u2000-\u200f\u2010-\u2015\u202a-\u202f\u2060\u2212\ufeff]|%20|%2[DdEeFf89]|%[Cc]2%[Aa]0)"
)
PRIVATE_WORDS: Final = (
    r"[\w-]*(?:secret|token|passw(?:or)?d|passphrase|authorization|assertion|credential|signature|api[_-]?key|cookie)"
    r"[\w-]*"
)
MOMENT: Final = r"(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
IPV4: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
IPV6: Final = r"\[[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}\]"

_PATTERN: Final = re.compile(
    "|".join(
        (
            rf"(?P<time>(?<!\d){MOMENT}(?!{DIGIT}))",
            r"(?P<bearer>(?i:\b(?:bearer|basic)\s+)(?!token\b)[\w.~+/=-]+)",
            r"(?P<jwt>\beyJ[\w-]+(?:\.[\w-]+)+)",
            r"(?P<login>(?<=://)[^/\s@\"']+@)",
            rf"(?P<pair>(?i:(?<![\w-])[\"']?(?:{PRIVATE_WORDS})[\"']?\s*[=:]\s*|[?&](?:sig|code|key|state)=)"
            r"(?:(?i:bearer|basic)\s+)?(?:\"[^\"]*\"|'[^']*'|[^\s&;,\"'}]+))",
            r"(?P<person>(?i:(?<![\w-])[\"']?(?:display_?)?name[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'))",
            rf"(?P<host>(?<=://)(?:{IPV4}|{IPV6}|[A-Za-z][A-Za-z.-]*)(?::\d{{1,5}})?(?=[/?#\s\"',)]|$))",
            rf"(?P<call>(?<=/calls/){GUID}|(?<=/callback/){GUID})",
            rf"(?P<guid>(?<![0-9a-fA-F-]){GUID}(?![0-9a-fA-F-]))",
            r"(?P<address>[\w.+%-]+@[\w-]+(?:\.[\w-]+)+)",
            rf"(?P<number>(?:\+|%2[Bb])(?:{BETWEEN}{{0,3}}{DIGIT}){{3,}}|{DIGIT}(?:{BETWEEN}{{0,3}}{DIGIT}){{4,}})",
            r"(?P<opaque>(?<![\w~+=-])(?=[\w~+=-]*\d)(?=[\w~+=-]*[A-Z])(?=[\w~+=-]*[a-z])[\w~+=-]{32,})",
        )
    )
)
_PRIVATE_WORD: Final = re.compile(rf"(?i)^(?:{PRIVATE_WORDS})$")
_KNOWN_CODES: Final = frozenset(
    f"{code.code}/{code.subcode}" for code in CODES if code.code is not None and code.subcode is not None
)
_PLAIN: Final = re.compile(r"(?!.*(?i:bearer|basic|eyj))[A-Za-z ,;()/_-]{0,80}")
"""Nothing that is masked looks like this, and most words of ours do."""
_IDS: Final = frozenset(("call_id", "chain_id", "plan", "trace_id", "span_id", "request_id"))
_OURS: Final = frozenset(("flow", "step", "operation", "act", "result", "where", "word", "kind", "direction"))
"""Words of ours and names of flows: a flow may be called as the account is that it answers for."""
_NUMBERS: Final = frozenset(("status", "code", "subcode", "attempt", "place", "leg", "number", "line", "port", "count"))
_UNITS: Final = ("_ms", "_seconds", "_bytes", "_count")
_DIGEST: Final = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")


class Masker:
    """`key`: secret of this installation; with another key the same number gets other letters. `is_off`: a person
    asked to see everything; secrets stay masked."""

    def __init__(self, key: bytes, *, is_off: bool = False) -> None:
        self._key, self._is_off = key, is_off

    def text(self, text: str, hidden: Iterable[str] = ()) -> str:
        """The text with everything masked that looks like a number, an address, an identifier or a secret.
        `hidden`: names and numbers that are known to be people's, masked wherever they stand."""
        for name in () if self._is_off else sorted(hidden, key=len, reverse=True):
            if name.strip():
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self.name(name), text, flags=re.IGNORECASE)
        if _PLAIN.fullmatch(text):
            return text
        return _PATTERN.sub(self._replace, text)

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
        if self._is_off or not name:
            return name
        masked = _PATTERN.fullmatch(name)
        kind = kind_of(masked.lastgroup) if masked is not None else "number" if _is_digits(name) else "name"
        return f"{kind}:{self.letters(name)}"

    def party(self, party: Party | None) -> str:
        """Who it is, masked: `phone number:kqzrwx`."""
        if party is None:
            return ""
        return f"{party.kind} {self.name(party.id or party.name)}".strip()

    def field(self, key: str, value: object, hidden: Iterable[str] = ()) -> object:
        """A value under its key, as it may be shown. Keys with a unit hold figures; some hold identifiers of calls."""
        if _PRIVATE_WORD.match(key):
            return HIDDEN
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            is_figure = key in _NUMBERS or key.endswith(_UNITS) or abs(value) < 10_000
            return value if is_figure else self.text(str(value), hidden)
        if isinstance(value, str):
            return self._id(value) if key in _IDS else self.text(value, () if key in _OURS else hidden)
        if isinstance(value, bytes | bytearray):
            return f"<{len(value)} bytes>"
        if isinstance(value, Mapping):
            return {self.text(str(name), hidden): self.field(str(name), one, hidden) for name, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.field("", one, hidden) for one in value]
        return self.text(str(value), hidden)

    def _id(self, text: str) -> str:
        """An identifier of a call: its GUIDs stay, and anything else is masked as everywhere."""
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


def _is_digits(text: str) -> bool:
    return any(sign.isdecimal() for sign in text) and not any(sign.isalpha() for sign in text)
