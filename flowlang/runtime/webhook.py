"""The door for Graph: POST, verified, bounded, durable, then `202`. Never `204`, which Graph takes for a failure.

401: the token does not count. 413: too long. 503: the store cannot take it now, and nothing was claimed; Graph sends
it again.
"""

import time
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from flowlang.runtime.auth import RefusedError, Verifier
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.intake import arrivals_of
from flowlang.runtime.watch import NO_WATCH, Verdict, Watch
from flowlang.store.base import StoreError
from flowlang.wire.http import HttpRequest
from flowlang.wire.recorded import MARK, taken_apart

MOST_BYTES = 1_000_000  # a roster of a large meeting is some hundred thousand
PATHS = ("/callback", "/api/calls")
AGAIN_SECONDS = "1"

Heard = Callable[[str], None]
"""Hears what was refused, for the operator: never a token, never a body."""
Withhold = Callable[[str, bytes], Awaitable[bytes]]
"""Takes the tokens of recordings out of a body, for the call of that id (empty: not known by the path)."""


async def without_tokens(_call_id: str, body: bytes) -> bytes:
    """A `Withhold` that fetches nothing."""
    return taken_apart(body).body


class Webhook:
    """`routes()` for an application. `verifier` None: anybody may post, as on a simulated Graph without tokens."""

    def __init__(
        self,
        inbox: Inbox,
        verifier: Verifier | None,
        clock_ms: Callable[[], int],
        heard: Heard = lambda _text: None,
        watch: Watch = NO_WATCH,
        withhold: Withhold = without_tokens,
    ) -> None:
        self._inbox, self._verifier, self._clock_ms, self._heard = inbox, verifier, clock_ms, heard
        self._watch, self._withhold = watch, withhold

    def routes(self) -> list[Route]:
        """For each address the one for new calls, and those of the legs below it."""
        paths = [path for base in PATHS for path in (base, base + "/{call_id}/{leg:int}")]
        return [Route(path, self.post, methods=["POST"]) for path in paths]

    async def post(self, request: Request) -> Response:
        began = time.perf_counter()
        response, verdict, reason = await self._post(request)
        if reason:
            self._heard(reason)
        self._watch.notified(verdict, time.perf_counter() - began, reason)
        return response

    async def _post(self, request: Request) -> tuple[Response, Verdict, str]:
        """The answer, what became of it, and for the operator why it was not taken."""
        if self._verifier is not None:
            try:
                await self._verifier.verify(request.headers.get("authorization"))
            except RefusedError as error:
                refused = Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
                return refused, "refused", f"a notification was refused: {error}"
        body = await _body(request)
        if body is None:
            return Response(status_code=413), "too long", f"a notification of more than {MOST_BYTES} bytes was refused"
        if MARK in body:  # a token is never written down, so it does not get as far as the inbox
            body = await self._withhold(str(request.path_params.get("call_id", "")), body)
        headers = tuple([(name, value) for name, value in request.headers.items() if name.startswith("x-microsoft-")])
        path = request.url.path
        base = next(base for base in PATHS if path.startswith(base))
        arrivals = arrivals_of(HttpRequest("POST", path, headers, body), self._clock_ms(), base)
        try:
            new = await self._inbox.take(arrivals)
        except StoreError as error:
            again = Response(status_code=503, headers={"Retry-After": AGAIN_SECONDS})
            return again, "not stored", f"a notification could not be taken: {error}"
        return Response(status_code=202), "taken" if any(new) else "repeat" if arrivals else "nothing", ""


async def _body(request: Request) -> bytes | None:
    """The whole body, or None when it is too long. Nothing more than the bound is ever held."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                return None
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)
