"""What readers do not see of a person: phone numbers, digits that were typed. The length stays, so tables stay tables.

Only runs of five digits and more are taken, with `+` or without; never codes of results (`200/540000`), times, or parts
of identifiers.
"""

import re
from typing import TypeVar

from flowlang.admin.shapes import Shape

T = TypeVar("T")

_NUMBER = re.compile(r"(?<![\w/#.-])\+?\d{5,}(?![\w]|-\w)")
SHOWN_BEFORE, SHOWN_AFTER = 3, 2


def masked(text: str) -> str:
    """`+15550100` becomes `+15****00`."""
    return _NUMBER.sub(lambda found: _stars(found[0]), text)


def _stars(number: str) -> str:
    hidden = len(number) - SHOWN_BEFORE - SHOWN_AFTER
    if hidden < 3:
        return "*" * len(number)
    return f"{number[:SHOWN_BEFORE]}{'*' * hidden}{number[-SHOWN_AFTER:]}"


def masked_json(value: object) -> object:
    """The same JSON with every text masked, names of members too: a journal may have them as data."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {masked(str(name)): masked_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked_json(inner) for inner in value]
    return value


def masked_view(view: T) -> T:
    """A model with every text in it masked, except what says which call it is."""
    if isinstance(view, Shape):
        hidden = (name for name in type(view).model_fields if name not in view.impersonal)
        changed = {name: masked_view(getattr(view, name)) for name in hidden}
        return view.model_copy(update=changed)
    if isinstance(view, str | dict | list):
        return masked_json(view)  # type: ignore[return-value]
    if isinstance(view, tuple):
        return tuple([masked_view(inner) for inner in view])  # type: ignore[return-value]
    return view


def masked_ladder(ladder: str) -> str:
    """A ladder without numbers, keys and values of variables."""
    return masked(_VALUE.sub(r"\1***", _KEY.sub(r"\1*", ladder)))


_KEY = re.compile(r"(\bkey )(?:[0-9a-d]|star|pound|flash)\b")
_VALUE = re.compile(r"((?<![\w-])[\w-]++ = )\+?\d++")
