"""`GET /prompts/DIGEST.wav`: for Graph, without a token. What the library did not keep is not there; no path leads
anywhere else.

A name never means another content, so whoever fetched it may keep it for ever.
"""

import os
import re
from collections.abc import Callable
from typing import Final

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from flowlang.prompts.contents import ENDING, Contents, is_digest

PATH: Final = "/prompts/{file:path}"  # with slashes, so that no other path is led to one that is there
KEPT: Final = "public, max-age=31536000, immutable"
_ONE_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")


class PromptServer:
    """`routes()` for an application. `told` hears the status of each answer."""

    def __init__(self, contents: Contents, told: Callable[[int], None] = lambda _status: None) -> None:
        self._contents, self._told = contents, told

    def routes(self) -> list[Route]:
        return [Route(PATH, self, methods=["GET", "HEAD"])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._told(int(message["status"]))
            await send(message)

        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, telling)

    async def _answer(self, request: Request) -> Response:
        digest, dot, ending = str(request.path_params["file"]).partition(".")
        path = self._contents.path(digest) if dot + ending == ENDING and is_digest(digest) else None
        if path is None:
            return _missing()
        tag = f'"{digest}"'
        headers = {"ETag": tag, "Cache-Control": KEPT, "X-Content-Type-Options": "nosniff"}
        if _is_known(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        try:
            status = await to_thread.run_sync(os.stat, path)
        except OSError:
            return _missing()
        if request.method != "GET" or not _is_one_range(request.headers.get("range", "")):
            del MutableHeaders(scope=request.scope)["range"]
        return FileResponse(path, headers=headers, media_type="audio/wav", stat_result=status)


def _missing() -> Response:
    return Response("not found", 404, {"Cache-Control": "no-store"}, "text/plain")


def _is_known(header: str, tag: str) -> bool:
    """Whether If-None-Match names this content (RFC 9110, 13.1.2: weak comparison)."""
    named = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in named or tag in named


def _is_one_range(header: str) -> bool:
    """One range of bytes, the right way round; all else is answered with the whole file (RFC 9110, 14.2)."""
    found = _ONE_RANGE.fullmatch(header.replace(" ", ""))
    if found is None:
        return False
    first, last, _ = found.groups()
    return not (first and last) or int(first) <= int(last)
