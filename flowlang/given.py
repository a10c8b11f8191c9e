"""What a person writes as a value, on the command line or in an order: of the kind that a flow's variable has."""

import re
from collections.abc import Mapping

from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h)")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_WHOLE = re.compile(r"-?\d{1,12}")


class NotAValueError(ValueError):
    """The text is no value of that kind. It says what is wanted: `wants yes or no, not 'maybe'`."""


def value_like(text: str, like: Value, contacts: Mapping[str, Party]) -> Value:
    """A value of the same kind as the one that the flow gives. Raises `NotAValueError`."""
    match like:
        case bool():
            return yes_or_no(text)
        case int():
            if not _WHOLE.fullmatch(text):
                raise NotAValueError(f"wants a whole number, not {text!r}")
            return int(text)
        case Milliseconds():
            return Milliseconds(duration_ms(text))
        case Party():
            return party_of(text, contacts)
        case _:
            return text


def yes_or_no(text: str) -> bool:
    """`yes` or `no`. Raises `NotAValueError`."""
    if text not in ("yes", "no"):
        raise NotAValueError(f"wants yes or no, not {text!r}")
    return text == "yes"


def duration_ms(text: str) -> int:
    """`12s` as milliseconds. Raises `NotAValueError`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise NotAValueError(f"wants a length of time such as 12s, 500ms or 5m, not {text!r}")
    return int(found[1]) * UNITS_MS[found[2]]


def party_of(text: str, contacts: Mapping[str, Party]) -> Party:
    """A contact by name, a number, a user's GUID, or `anonymous`. Raises `NotAValueError`."""
    if text in contacts:
        return contacts[text]
    if text == "anonymous":
        return Party("anonymous", "")
    if _NUMBER.fullmatch(text):
        return Party("phone", text)
    if _GUID.fullmatch(text):
        return Party("user", text.lower())
    raise NotAValueError(f"wants a contact of the flow, a number such as +12025550123 or anonymous, not {text!r}")
