"""Secrets: read when they are needed, never shown."""

from collections.abc import Mapping

from flowlang.regular_file import MOST_SECRET_BYTES, read_regular, why_unreadable
from flowlang.settings.model import Secret


class SecretMissingError(Exception):
    """The text says which one, and where it should be; never what it is."""


class Hidden:
    """A secret in memory: `reveal()` gives it; printing it does not."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Hidden(…)"


def resolve(secret: Secret, what: str, environment: Mapping[str, str]) -> Hidden:
    """Raises `SecretMissingError`."""
    if secret.env:
        value = environment.get(secret.env, "").strip()
        if not value:
            raise SecretMissingError(f"{what}: the variable {secret.env} is not set")
        return Hidden(value)
    try:
        value = read_regular(secret.file, MOST_SECRET_BYTES).decode().strip()
    except OSError as error:
        raise SecretMissingError(f"{what}: {secret.file} {why_unreadable(error)}") from None
    except UnicodeDecodeError:
        raise SecretMissingError(f"{what}: {secret.file} is no text in UTF-8") from None
    if not value:
        raise SecretMissingError(f"{what}: {secret.file} is empty")
    return Hidden(value)
