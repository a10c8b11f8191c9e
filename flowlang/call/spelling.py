"""Numbers and identifiers of people, however they are written: one spelling for all, and finding them in what is kept.

A number may come with `+` or `00`, with blanks, dashes and brackets, as `tel:` or `sip:`, escaped for an address, in
digits of other scripts. An identifier may come in letters of either case. What is kept is mostly JSON, in which any
letter may stand escaped.
"""

import re
import unicodedata
from typing import Final, NamedTuple

GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
FEWEST_DIGITS, MOST_DIGITS = 5, 15  # E.164 has at most fifteen

_SCHEMES: Final = ("tel:", "sip:", "sips:")
_ESCAPED: Final = re.compile(r"%([0-9a-fA-F]{2})")
_JSON_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_HIDDEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")  # marks of direction, no width
_BETWEEN: Final = r"(?:\(0\)|[ \t+().\-/\u00a0\u2000-\u200f\u2010-\u2015\u2212]|%20|%2[bdefBDEF89]|%[Cc]2%[Aa]0){0,3}"
_ALONE: Final = rf"(?:\+|%2[bB]|(?<!\d)00{_BETWEEN}|(?<!\d)(?<!\d[ ()./-]))"
"""What a number begins after: never the middle of another one, `+1 4930…` is in another country."""
_SIGNS: Final = b" \t+().-/"
_COUNTRY: Final = 3  # digits at most; behind them there may be `(0)`
_SCHEME_OF: Final = re.compile(r"^(?:tel|sips?):")


def plain(text: str) -> str:
    """One spelling for all: a number as its digits, with neither `+` nor `00`; anything else in small letters."""
    found = _ESCAPED.sub(lambda one: chr(int(one.group(1), 16)), text)
    found = _HIDDEN.sub("", unicodedata.normalize("NFKC", found)).lower().strip()
    for scheme in _SCHEMES:
        if found.startswith(scheme):
            found = found.removeprefix(scheme)
            user = re.split("[@;?]", found, maxsplit=1)[0]
            found = user if _digits(user) else found
    digits = _digits(found.replace("(0)", "") if found.startswith(("+", "00")) else found)
    if not digits:
        return found
    is_abroad = digits.startswith("00") and digits[2:3] not in ("", "0") and "+" not in found
    return digits[2:] if is_abroad else digits


def _digits(text: str) -> str:
    """Those of a text in which is no letter."""
    if any(sign.isalpha() for sign in text):
        return ""
    return "".join([str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal()])


class Sought(NamedTuple):
    """A person who is looked for. `text`: the plain spelling. `pattern` finds it in text that was folded."""

    text: str
    pattern: re.Pattern[str]
    in_bytes: re.Pattern[bytes]

    @property
    def is_number(self) -> bool:
        return self.text.isdecimal()

    def is_in(self, kept: bytes) -> bool:
        """Whether it stands in something that is kept, in any spelling, and not as a part of a longer number."""
        if kept.isascii() and b"\\u" not in kept:
            return self._may_be_in(kept) and self.in_bytes.search(kept) is not None
        return self.pattern.search(folded(kept)) is not None

    def _may_be_in(self, kept: bytes) -> bool:
        """A quick look, since most of what is kept is of others."""
        if not self.is_number:
            return self.text.encode() in kept.lower()
        return b"%" in kept or self.text[_COUNTRY:].encode() in kept.translate(None, _SIGNS)


def folded(kept: bytes) -> str:
    """Text in which letters are not escaped as in JSON, and digits are those of ASCII."""
    text = _JSON_ESCAPED.sub(lambda one: chr(int(one.group(1), 16)), kept.decode("utf-8", "replace"))
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text))


def sought(who: str) -> Sought | None:
    """Whom a text names: a number with the code of its country, or an identifier of the directory; None: neither."""
    text = plain(who)
    if GUID.fullmatch(text):
        pattern = rf"(?<![0-9a-fA-F-]){text}(?![0-9a-fA-F-])"
        return _made(text, pattern)
    if not (text.isdecimal() and FEWEST_DIGITS <= len(text) <= MOST_DIGITS and text[0] != "0"):
        return None
    user = _SCHEME_OF.sub("", who.strip().lower())
    is_bare = user[:1].isdecimal() and not user.startswith("00") and not _SCHEME_OF.match(who.strip().lower())
    if is_bare:  # `0301234` or `301234`: nobody knows of which country
        return None
    return _made(text, rf"{_ALONE}{_BETWEEN.join(text)}(?!\d)")


def _made(text: str, pattern: str) -> Sought:
    in_bytes = re.sub(r"\\u[0-9a-f]{4}(?:-\\u[0-9a-f]{4})?", "", pattern).encode()  # they are no ASCII
    return Sought(text, re.compile(pattern, re.IGNORECASE), re.compile(in_bytes, re.IGNORECASE))


def kept_as(text: str) -> str:
    """How a person of a call is kept, so that their calls are found."""
    found = sought(text)
    return f"+{found.text}" if found is not None and found.is_number else text.strip().lower()


def spellings(text: str) -> tuple[str, ...]:
    """How a person may be kept, also by an older release."""
    number = plain(text)
    own = text.strip().lower()
    if not number.isdecimal():
        return tuple(dict.fromkeys([kept_as(text), own, number]))
    return tuple(dict.fromkeys([f"+{number}", number, f"00{number}", f"tel:+{number}", own]))


def hidden(text: str) -> str:
    """Whom a text names, so that nobody can read it from there: `+15****00`, `abcd****`."""
    found = sought(text)
    if found is None:
        return "****"
    return f"+{found.text[:2]}****{found.text[-2:]}" if found.is_number else f"{found.text[:4]}****"
