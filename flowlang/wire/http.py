"""One HTTP exchange as plain values: what `wire.encode` makes, what a transport carries, what the simulator takes."""

from typing import NamedTuple


class HttpRequest(NamedTuple):
    """A request as it leaves us. `path` starts at the root (`/v1.0/communications/calls/…`), with no host."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class HttpResponse(NamedTuple):
    """The answer. Header names compare case-insensitively; see `header`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def header(message: HttpRequest | HttpResponse, name: str) -> str | None:
    """The value of the first header called `name` in any case, or None."""
    wanted = name.lower()
    for key, value in message.headers:
        if key.lower() == wanted:
            return value
    return None
