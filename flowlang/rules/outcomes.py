"""Which named results a step cannot have."""

from flowlang.syntax import ast

ONLY_OF = {
    "menu failed": ("menu",),
    "no input": ("gather", "record"),
    "service failed": ("ask",),
    "no voice": ("say",),
    "no such flow": ("start",),
    "leg gone": ("transfer", "invite"),
    "caller hung up": ("answer", "call", "join"),
    "not in the call": ("transfer", "remove", "hold", "resume", "invite"),
    "blind transfer failed": ("transfer",),
    "consultative transfer failed": ("transfer",),
    "meeting mode": ("transfer", "mute", "unmute", "hold", "resume", "remove", "invite"),
}
"""Results that only some steps can have; `do` can have any of its steps'."""


def is_success(pattern: str) -> bool:
    """Whether a pattern means that a transfer has succeeded."""
    return pattern == "transfer completed" or pattern.endswith("/7015")


def cannot_end_as(word: str, step: ast.Step | None, result: str) -> bool:
    """Whether a step of that word (or that very step) never has a result of that name."""
    only = ONLY_OF.get(result)
    if only is None or word == "do":
        return False
    if word not in only:
        return True
    return result == "leg gone" and step is not None and step.replacing is None
