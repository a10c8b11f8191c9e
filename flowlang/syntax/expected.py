"""What may stand at a place, in a designer's words."""

from __future__ import annotations

from collections.abc import Mapping

SOFT = frozenset(("USER", "RESOURCE", "BOT", "VOICEMAIL", "NOW", "DURING", "OUTSIDE"))
"""Words that may be names, so that they are possible wherever a name is."""

_THINGS: tuple[tuple[frozenset[str], str, frozenset[str]], ...] = (
    (
        frozenset(("NOT", "LPAR", "NAME", "PHONE")),
        "a condition, such as `tries < 3`",
        frozenset(("TEXT", "NUMBER", "DURATION", "ID", "PATH", "YES", "NO")),
    ),
    (
        frozenset(("PHONE", "NAME", "TEXT", "NUMBER", "DURATION")),
        "a value, such as a number, a name or a text in quotes",
        frozenset(("ID", "PATH", "YES", "NO", "UNREADABLE")),
    ),
    (
        frozenset(("PHONE", "NAME", "PATH")),
        "somebody to call, such as a contact, a group or +12025550123",
        frozenset((*SOFT, "NUMBER", "ID", "FIRST", "EACH")),
    ),
    (
        frozenset(("PHONE", "USER")),
        "`user`, `voicemail of` or a number such as +12025550123",
        frozenset(("RESOURCE", "BOT", "VOICEMAIL", "NUMBER", "ID")),
    ),
    (
        frozenset(("CODE", "NAME")),
        "a result, such as `busy` or 500/7000",
        frozenset(("NUMBER", "NOT", "UP", "IN", "OF")),
    ),
    (frozenset(("NUMBER", "NAME", "TEXT")), "a key: 0 to 9, `star` or `pound`", frozenset()),
    (
        frozenset(("DURATION", "NAME")),
        "a length of time such as 20s, or a name for one",
        frozenset(("NUMBER", "ID", "PATH")),
    ),
    (frozenset(("DURATION",)), "a length of time such as 20s", frozenset(("NUMBER", "ID"))),
    (frozenset(("CLOCKS", "NAME")), "days and times such as mon-fri 08:00-18:00", frozenset()),
    (frozenset(("CLOCKS",)), "times such as 08:00-18:00", frozenset()),
    (frozenset(("ID", "NAME")), "an identifier such as 550fae72-d251-43ec-868c-373732c2704f", frozenset(("NUMBER",))),
    (frozenset(("NAME", "SLASHED", "TEXT")), "a name or a text", frozenset()),
    (frozenset(("NAME", "SLASHED")), "a name such as Europe/Berlin", frozenset()),
    (frozenset(("TEXT",)), "a text in quotes", frozenset()),
    (frozenset(("NUMBER",)), "a whole number", frozenset()),
    (frozenset(("NAME",)), "a name", frozenset(("PATH",))),
)  # fmt: skip
"""Kinds that stand for one thing when all are possible, the thing, and kinds that go without saying beside it."""

_MANY: tuple[tuple[str, str], ...] = (
    ("CONSULT", "a step, such as `play` or `transfer`"),
    ("CONTACT", "a declaration or a handler, such as `contact` or `on answered:`"),
    ("INCOMING", "an event, such as `answered` or `tone 1`"),
    ("PRESS", "an arm, such as `on busy:` or `otherwise:`"),
)
_SIGNS = {
    "COLON": "a colon", "EQUAL": "`=`", "_COMMA": "a comma", "LPAR": "`(`", "RPAR": "`)`", "LESSTHAN": "`<`",
    "MORETHAN": "`>`", "PLUS": "`+`", "_NEWLINE": "the end of the line",
}  # fmt: skip
_UNSAID = frozenset(("UNREADABLE", "UNREADABLE_HEAD", "MINUS", "STAR", "SLASH", "_INDENT", "_DEDENT"))
_WORDS_NAMED = 6


def expected(choices: set[str], keywords: Mapping[str, str]) -> str:
    """A phrase for the kinds of tokens that can come, such as "a length of time such as 20s". Empty for none."""
    left = {kind for kind in choices if kind not in _UNSAID and not kind.startswith("$")}
    if left <= {"IN", "_COMMA"} and "IN" in left:
        return "`in` and a time zone, such as `in Europe/Berlin`"
    if left == {"EQUAL"}:
        return "`=` and what it stands for"
    for kind, phrase in _MANY:
        if kind in left:
            return phrase
    parts: list[str] = []
    for kinds, phrase, silent in _THINGS:
        if kinds <= left:
            parts.append(phrase)
            left -= kinds | silent | SOFT
            break
    words = [f"`{word}`" for word, kind in keywords.items() if kind in left]
    signs = [phrase for kind, phrase in _SIGNS.items() if kind in left]
    if len(words) > _WORDS_NAMED:
        words = words[:_WORDS_NAMED]
    parts += words
    if not parts or ("COLON" in left and len(parts) < 3):
        parts += [sign for sign in signs if sign != "the end of the line" or not parts]
    return either(parts)


def either(parts: list[str]) -> str:
    """`a, b or c`"""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1] if parts else ""
