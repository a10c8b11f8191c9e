"""What stands before the webhook, for proxies as they are.

Graph calls `PUBLIC-URL/callback/…`. Where that has a path of its own, one proxy takes it off and another does not; both
are understood.
"""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from flowlang.runtime.webhook import not_found

MOST_OF_A_PATH: Final = 1_000


def doorway(app: ASGIApp, public_url: str, ours: Collection[str]) -> ASGIApp:
    """`ours`: what addresses of the application begin with, without the path of the public address."""
    prefix = urlsplit(public_url).path.rstrip("/")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if len(scope["path"]) > MOST_OF_A_PATH:
                await not_found(scope, receive, send)
                return
            if prefix and (path := _inside(scope["path"], prefix, ours)) != scope["path"]:
                scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return answer


def _inside(path: str, prefix: str, ours: Collection[str]) -> str:
    """The path without that of the public address, where a proxy has left it."""
    rest = path[len(prefix) :] if path.startswith(f"{prefix}/") else ""
    return rest if any(rest == one or rest.startswith(f"{one}/") for one in ours) else path
