"""Where a recording is, and the token for it, taken out of what Graph sends before anything is written down.

Sources: Graph, call: recordResponse; resource type recordOperation. A recordOperation that is completed says
`recordingLocation` and `recordingAccessToken`: in the notification, and in an answer that brings such an operation.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

SECRETS: Final = ("recordingaccesstoken", "recordinglocation")  # members, in lower case
MARK: Final = b"ecordingAccessToken"  # whichever way Graph writes its first letter
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
        found = tuple(_taken(document, ""))
        return Apart(json.dumps(document, separators=(",", ":")).encode(), found)
    except (ValueError, RecursionError):
        return Apart(NO_JSON, ())


def _taken(node: object, url: str) -> Iterator[Recorded]:
    if isinstance(node, list):
        for item in node:
            yield from _taken(item, url)
    if not isinstance(node, dict):
        return
    url = _text(node, "resourceUrl") or _text(node, "resource") or url
    secrets = {name.lower(): _text(node, name) for name in node if name.lower() in SECRETS}
    token, location = (secrets.get(name, "") for name in SECRETS)
    for name in node:
        if name.lower() in SECRETS:
            node[name] = ""
    operation_id = folded(_text(node, "id") or _after(url, "operations"))
    if token and location and operation_id:
        yield Recorded(operation_id, location, token, _text(node, "clientContext"), _after(url, "calls"))
    for inner in node.values():
        yield from _taken(inner, url)


def _text(node: dict[str, object], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""


def _after(url: str, word: str) -> str:
    """The part of a URL that follows a word."""
    parts = url.strip("/").split("/")
    return next((then for part, then in pairwise(parts) if part.lower() == word), "")
