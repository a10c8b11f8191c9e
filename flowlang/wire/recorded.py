"""Where a recording is, and the token for it, taken out of what Graph sends before anything is written down.

Sources: Graph, call: recordResponse; resource type recordOperation. A recordOperation that is completed says
`recordingLocation` and `recordingAccessToken`: in the notification, and in an answer that brings such an operation.
"""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

TOKEN: Final = "recordingAccessToken"  # noqa: S105 - the name of a member
LOCATION: Final = "recordingLocation"
MARK: Final = TOKEN[1:].encode()
NO_JSON: Final = b"what held a token, and was no JSON"


class Recorded(NamedTuple):
    """One recording that can be fetched. `operation_id` as `folded` writes it; `context`: our clientContext; `call_id`:
    Graph's, where the notification names it."""

    operation_id: str
    location: str
    token: str
    context: str = ""
    call_id: str = ""


class Apart(NamedTuple):
    """The body without tokens and locations, and what was taken out."""

    body: bytes
    found: tuple[Recorded, ...]


def folded(operation_id: str) -> str:
    """An id as it is compared: notifications write `0FE0623F…` in their URL and `0fe0623f-…` in the operation."""
    return operation_id.replace("-", "").lower()


def taken_apart(body: bytes) -> Apart:
    """Takes tokens and locations out. A body that has none comes back as it is, at the price of one search."""
    if MARK not in body:
        return Apart(body, ())
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return Apart(NO_JSON, ())
    found = tuple(_taken(document, ""))
    return Apart(json.dumps(document, separators=(",", ":")).encode(), found)


def _taken(node: object, url: str) -> Iterator[Recorded]:
    if isinstance(node, list):
        for item in node:
            yield from _taken(item, url)
        return
    if not isinstance(node, dict):
        return
    url = _text(node, "resourceUrl") or _text(node, "resource") or url
    if TOKEN in node:
        token, location = _text(node, TOKEN), _text(node, LOCATION)
        node[TOKEN] = ""
        if LOCATION in node:
            node[LOCATION] = ""
        operation_id = folded(_text(node, "id") or _after(url, "operations"))
        if operation_id and location and token:
            yield Recorded(operation_id, location, token, _text(node, "clientContext"), _after(url, "calls"))
    for inner in node.values():
        yield from _taken(inner, url)


def _text(node: dict[str, object], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""


def _after(url: str, word: str) -> str:
    """The part of a URL that follows a word."""
    parts = url.strip("/").split("/")
    return next((then for part, then in zip(parts, parts[1:], strict=False) if part.lower() == word), "")
