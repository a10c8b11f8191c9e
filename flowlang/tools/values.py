"""What a person writes on the command line, as values: lengths of time, moments, keys, parties, settings.

Every function raises `UsageError` with one line that says what to write instead.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from flowlang import given
from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from flowlang.hours import zone_of
from flowlang.scenario.world import Keys
from flowlang.tools.durations import duration_ms
from flowlang.tools.options import UsageError, near

KEY_WORDS = {"*": "star", "#": "pound"}
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
LATEST_YEAR, EARLIEST_YEAR = 9000, 1970


def moment_ms(text: str, zone: str) -> int:
    """`2026-11-23T07:30` on the clock of a zone, or with an offset of its own, as milliseconds since 1970 (UTC)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        examples = "2026-11-23T07:30 or 2026-11-23T07:30+01:00"
        raise UsageError(f"--at wants a moment such as {examples}, not {text!r}") from None
    if not EARLIEST_YEAR <= moment.year < LATEST_YEAR:
        raise UsageError(f"--at wants a year from {EARLIEST_YEAR} to {LATEST_YEAR - 1}, not {moment.year}")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(zone))
    return int(moment.astimezone(UTC).timestamp()) * 1000


def key_groups(text: str, option: str = "--tones") -> tuple[Keys, ...]:
    """`1,2#` as groups of keys; `1@12s` is pressed 12 s after the call began. option: where they were given."""
    return tuple([_group(group.strip(), text, option) for group in text.split(",")])


def _group(text: str, whole: str, option: str) -> Keys:
    keys, at, when = text.partition("@")
    if not keys or any(key not in "0123456789*#abcdABCD" for key in keys):
        raise UsageError(f"{option} wants keys such as 1,2# (0-9, *, #), not {text or whole!r}")
    words = tuple([KEY_WORDS.get(key, key.lower()) for key in keys])
    return Keys(words, duration_ms(when, f"{option} {keys}@") if at else -1)


def party_of(text: str, contacts: Mapping[str, Party], option: str) -> Party:
    """A contact by name, a number, a user's GUID, or `anonymous`."""
    try:
        return given.party_of(text, contacts)
    except given.NotAValueError as error:
        raise UsageError(f"{option} {error}{near(text, tuple(contacts)) if contacts else ''}") from None


def participants(text: str, contacts: Mapping[str, Party]) -> tuple[Party, ...]:
    """`alice,bob`: contacts by name; another name is somebody who is no contact of the flow."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError("--group wants names such as alice,bob")
    return tuple([contacts.get(name) or _stranger(name, at) for at, name in enumerate(names)])


def _stranger(name: str, at: int) -> Party:
    if _NUMBER.fullmatch(name):
        return Party("phone", name)
    return Party("user", f"00000000-0000-4000-8000-{at + 1:012d}", name=name)


def pair(text: str, option: str, example: str) -> tuple[str, str]:
    """`name=value`"""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"{option} wants {example}, not {text!r}")
    return name.strip(), value.strip()


def value_like(text: str, like: Value, contacts: Mapping[str, Party], option: str) -> Value:
    """A value of the same kind as the one that the flow gives."""
    if isinstance(like, Party):
        return party_of(text, contacts, option)
    try:
        return given.value_like(text, like, contacts)
    except given.NotAValueError as error:
        raise UsageError(f"{option} {error}") from None


def value_of_type(text: str, kind: str, contacts: Mapping[str, Party], option: str) -> Value:
    """A value of a declared type: `text`, `number`, `duration`, `yes/no`, `contact`."""
    match kind:
        case "contact":
            return party_of(text, contacts, option)
        case "number":
            return value_like(text, 0, contacts, option)
        case "duration":
            return Milliseconds(duration_ms(text, option))
        case "yes/no" | "truth":
            return value_like(text, False, contacts, option)
        case _:
            return text


def usual_value(name: str, kind: str, contacts: Mapping[str, Party]) -> Value:
    """What a service answers when nobody says otherwise: something of the declared type."""
    match kind:
        case "contact":
            return next(iter(contacts.values()), None)
        case "number":
            return 1
        case "duration":
            return Milliseconds(10_000)
        case "yes/no" | "truth":
            return True
        case _:
            return name
