"""Cuts the connection of a request, so that whoever sent it never learns what became of it.

ASGI has no word for that: a response that breaks off has said something already, and is written to the server's log
as a bug of the application. So the connection is taken from the server that holds it, and the request is left when the
server has seen that it is gone.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CUT = "flowlang.cut"


class Cut(Response):
    """Instead of an answer. The application has to be inside `Cutting`."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": CUT})


class Cutting:
    """Around an application: does what its `Cut` asks for. Where the server keeps its connection to itself, the answer
    breaks off after its head."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] != CUT:
                await send(message)
            elif not _is_cut(send):
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            else:
                while (await receive())["type"] != "http.disconnect":
                    pass

        await self._app(scope, receive, sending)


def _is_cut(send: Send) -> bool:
    """uvicorn's `send` belongs to the request, which knows its connection."""
    abort = getattr(getattr(getattr(send, "__self__", None), "transport", None), "abort", None)
    if abort is None:
        return False
    abort()
    return True
