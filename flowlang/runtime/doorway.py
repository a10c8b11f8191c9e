"""What stands before the webhook, for the world as it is: proxies that leave a path whole, and callers that take for
ever.

Graph calls `PUBLIC-URL/callback/…`. Where that has a path of its own, one proxy takes it off and another does not; both
are understood. A request has a bound: whoever has not said all by then is told `408`, and where the store has not taken
it by then `503`, so that Graph sends it again and nobody waits without end.
"""

from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlsplit

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE_SECONDS: Final = 15.0  # Graph gives up an incoming call by then
MOST_OF_A_PATH: Final = 1_000

Header = tuple[bytes, bytes]
NOTHING: Final[Header] = (b"content-length", b"0")
CLOSES: Final[Header] = (b"connection", b"close")
NOT_FOUND, TOO_SLOW, AGAIN = 404, 408, 503


def doorway(
    app: ASGIApp, public_url: str, ours: Collection[str], patience_seconds: float = PATIENCE_SECONDS
) -> ASGIApp:
    """`ours`: what addresses of the application begin with, without the path of the public address."""
    prefix = urlsplit(public_url).path.rstrip("/")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = _inside(scope["path"], prefix, ours)
        if len(path) > MOST_OF_A_PATH:
            await _say(send, NOT_FOUND, (NOTHING,))
            return
        if path != scope["path"]:
            scope = {**scope, "path": path, "raw_path": path.encode()}
        if scope["method"] == "POST":
            await _in_time(app, scope, receive, send, patience_seconds)
        else:  # a prompt is fetched at the pace of whoever fetches it
            await app(scope, receive, send)

    return answer


def _inside(path: str, prefix: str, ours: Collection[str]) -> str:
    """The path without that of the public address, where a proxy has left it."""
    rest = path[len(prefix) :] if prefix and path.startswith(f"{prefix}/") else ""
    return rest if any(rest == one or rest.startswith(f"{one}/") for one in ours) else path


async def _in_time(app: ASGIApp, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
    is_whole = has_begun = False

    async def hear() -> Message:
        nonlocal is_whole
        message = await receive()
        is_whole = is_whole or (message["type"] == "http.request" and not message.get("more_body", False))
        return message

    async def say(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    with anyio.move_on_after(seconds) as bound:
        await app(scope, hear, say)
    if bound.cancelled_caught and not has_begun:
        if is_whole:
            await _say(send, AGAIN, (NOTHING, (b"retry-after", b"1")))
        else:
            await _say(send, TOO_SLOW, (NOTHING, CLOSES))


async def _say(send: Send, status: int, headers: Sequence[Header]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
