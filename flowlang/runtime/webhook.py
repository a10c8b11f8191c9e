"""The door for Graph: POST, verified, bounded, durable, then `202`. Never `204`, which Graph takes for a failure.

401: the token does not count. 403: a call begins in another tenant than the token's. 413: too long. 503: the store
cannot take it now, and nothing was claimed; Graph sends it again.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Final

import anyio
from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowlang.call.facts import Ignored
from flowlang.runtime.auth import KeysAwayError, RefusedError, Verifier
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.intake import NEW_CALLS, Address, ForeignTenantError, TooManyError, address_of, arrivals_at
from flowlang.runtime.patience import within
from flowlang.runtime.watch import NO_WATCH, Verdict, Watch
from flowlang.store.base import StoreError
from flowlang.wire.decode import decode_notification
from flowlang.wire.recorded import MARK, taken_apart

MOST_BYTES = 1_000_000  # a roster of a large meeting is some hundred thousand
LONG_BYTES = 16_384  # to read more takes so long that it is done beside
PATIENCE_SECONDS = 15.0  # for a whole body: Graph gives up an incoming call by then
WANTED: Final = frozenset((
    b"authorization", b"content-length", b"x-microsoft-skype-message-id", b"x-microsoft-skype-original-message-id",
))  # fmt: skip
EMPTY: Final = (b"content-length", b"0")

Said = tuple[int, Sequence[tuple[bytes, bytes]]]
"""Status and headers of an answer; none has a body."""
TAKEN: Final[Said] = (202, (EMPTY,))
REFUSED: Final[Said] = (401, (EMPTY, (b"www-authenticate", b"Bearer")))
FOREIGN: Final[Said] = (403, (EMPTY,))
NOT_FOUND: Final[Said] = (404, (EMPTY,))
NOT_ALLOWED: Final[Said] = (405, (EMPTY, (b"allow", b"POST")))
TOO_SLOW: Final[Said] = (408, (EMPTY, (b"connection", b"close")))
TOO_LONG: Final[Said] = (413, (EMPTY,))
AGAIN: Final[Said] = (503, (EMPTY, (b"retry-after", b"1")))
END: Final[Message] = {"type": "http.response.body", "body": b""}

Withhold = Callable[[str, bytes], Awaitable[bytes]]
"""Takes the tokens of recordings out of a body, for the call of that id (empty: not known by the path)."""


async def without_tokens(_call_id: str, body: bytes) -> bytes:
    """A `Withhold` that fetches nothing."""
    return (await to_thread.run_sync(taken_apart, body)).body


class Webhook:
    """`around(app)` is the application. `verifier` None: anybody may post, as on a simulated Graph without tokens."""

    def __init__(
        self,
        inbox: Inbox,
        verifier: Verifier | None,
        clock_ms: Callable[[], int],
        watch: Watch = NO_WATCH,
        withhold: Withhold = without_tokens,
    ) -> None:
        self._inbox, self._verifier, self._clock_ms = inbox, verifier, clock_ms
        self._watch, self._withhold = watch, withhold

    def around(self, app: ASGIApp | None = None) -> ASGIApp:
        """An application that takes what comes to our addresses, and leaves all else to another one. It speaks ASGI
        itself: a framework's way from a request to an answer is half of what one costs here."""
        other = app or not_found

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            address = address_of(scope["path"]) if scope["type"] == "http" else None
            if address is not None and scope["method"] == "POST":
                began = time.perf_counter()
                said, verdict, reason = await self._taken(address, scope["headers"], receive)
                await _say(send, said)
                self._watch.notified(verdict, time.perf_counter() - began, reason)
            elif address == NEW_CALLS:
                await _say(send, NOT_ALLOWED)
            else:  # below an address of ours there may be pages of others
                await other(scope, receive, send)

        return answer

    async def _taken(
        self, address: Address, headers: Iterable[tuple[bytes, bytes]], receive: Receive
    ) -> tuple[Said, Verdict, str]:
        """The answer, what became of it, and for the operator why it was not taken."""
        given = {name: value.decode("latin-1") for name, value in headers if name in WANTED}
        tenant_id = ""
        if self._verifier is not None:
            try:
                caller = await self._verifier.verify(given.get(b"authorization"))
                tenant_id = self._verifier.speaks_for(caller)
            except KeysAwayError as error:  # it may be good: Graph is to send it again
                return AGAIN, "refused", f"a notification could not be verified: {error}"
            except RefusedError as error:
                return REFUSED, "refused", f"a notification was refused: {error}"
        try:
            body = await _body(given.get(b"content-length", ""), receive)
        except TimeoutError:
            return TOO_SLOW, "refused", f"a notification did not come to its end in {PATIENCE_SECONDS:g} s"
        if body is None:
            return TOO_LONG, "too long", f"a notification of more than {MOST_BYTES} bytes was refused"
        if MARK in body:  # a token is never written down, so it does not get as far as the inbox
            body = await self._withhold(address.call_id, body)
        message = given.get(b"x-microsoft-skype-original-message-id") or given.get(b"x-microsoft-skype-message-id", "")
        is_long = len(body) > LONG_BYTES  # then others are not to wait for it to be read
        reading = partial(arrivals_at, address, message, body, self._clock_ms(), tenant_id)
        try:
            arrivals = await to_thread.run_sync(reading) if is_long else reading()
        except TooManyError as error:
            return TOO_LONG, "too long", f"a notification was refused: {error}"
        except ForeignTenantError as error:
            return FOREIGN, "refused", f"a notification was refused: {error}; see token_tenants in the settings"
        try:
            new = await self._inbox.take(arrivals)
        except StoreError as error:
            return AGAIN, "not stored", f"a notification could not be taken: {error}"
        if not arrivals:
            return TAKEN, "nothing", await to_thread.run_sync(_what_came, body) if is_long else _what_came(body)
        return TAKEN, "taken" if any(new) else "repeat", ""


def _what_came(body: bytes) -> str:
    """For the operator: what Graph sent that is no news of a call. An empty body, which it sends at times, is
    nothing."""
    ignored = [one.what for one in decode_notification(body, 0) if isinstance(one, Ignored)]
    if not ignored:
        return ""
    return f"Graph sent {ignored[0]}" + (": see the bot's calling settings" if "legacy" in ignored[0] else "")


async def _body(length: str, receive: Receive) -> bytes | None:
    """The whole body, or None when it is too long. Nothing more than the bound is ever held. Raises `TimeoutError`."""
    if length.isdecimal() and int(length[:20]) > MOST_BYTES:
        return None
    message = await within(PATIENCE_SECONDS, receive())
    if message["type"] == "http.request" and not message.get("more_body", False):
        part: bytes = message.get("body", b"")
        return part if len(part) <= MOST_BYTES else None
    with anyio.fail_after(PATIENCE_SECONDS):
        return await _put_together(message, receive)


async def _put_together(message: Message, receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    return b""  # whoever sent it has gone


async def _say(send: Send, said: Said) -> None:
    status, headers = said
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(END)


async def not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
    """An application that has nothing."""
    await _say(send, NOT_FOUND)
