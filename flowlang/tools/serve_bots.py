"""The applications of one service: each with its path, its tokens and its callback addresses; and which of them a call
belongs to.

That is learned at the door: a call that comes to a bot's path, with a token for that bot, tells whose account was
called. It is written down, so that it is known after the next start too.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Literal, NamedTuple

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowlang.call.commands import Command
from flowlang.call.facts import Incoming
from flowlang.call.session import Session
from flowlang.call.spelling import plain
from flowlang.prompts.files import write_file
from flowlang.regular_file import read_regular
from flowlang.runtime.intake import PATHS
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Carry
from flowlang.runtime.transport import TokenSource
from flowlang.runtime.webhook import LONG_BYTES
from flowlang.settings.routes import key_of
from flowlang.wire.decode import decode_notification

PREFIX: Final = "/bots/"
MOST_KNOWN: Final = 10_000
MOST_KNOWN_BYTES: Final = 5_000_000


class Bot(NamedTuple):
    """`path`: what stands before `/callback` in its addresses; empty for the only one that there is.
    `token_tenants`: see `Expected.all_tenants`."""

    name: str
    application_id: str
    tenant_id: str
    tokens: TokenSource
    path: str = ""
    token_tenants: tuple[str, ...] | Literal["any"] = ()


def path_of(name: str, *, is_only: bool) -> str:
    """What stands before `/callback` in a bot's addresses."""
    return "" if is_only else f"{PREFIX}{name}"


class Owners:
    """Which bot an account belongs to, or a number. `path`: where it is written down. `heard`: the operator is told of
    a disk that takes nothing."""

    def __init__(self, path: str, heard: Callable[[str], None]) -> None:
        self._path, self._heard = os.path.abspath(path), heard
        self._known: dict[str, str] = {}
        with suppress(OSError, ValueError):
            found = json.loads(read_regular(path, MOST_KNOWN_BYTES))
            if isinstance(found, dict):
                self._known = {str(called): str(name) for called, name in found.items()}

    def of(self, called: str) -> str:
        """The name of a bot, or empty."""
        return self._known.get(called, "")

    async def learn(self, called: str, name: str) -> None:
        """On the disk when it returns, if it was new."""
        if self._known.get(called) == name or len(self._known) >= MOST_KNOWN:
            return
        self._known[called] = name
        try:
            await self._write()
        except OSError as error:
            self._heard(f"{self._path} cannot be written: {error.strerror or error}")

    async def forget(self, person: str) -> None:
        """Nothing is known any more of an account or a number, whose plain spelling that is. Raises `OSError`."""
        gone = [called for called in self._known if plain(called) == person]
        for called in gone:
            del self._known[called]
        if gone:
            await self._write()

    async def _write(self) -> None:
        data = json.dumps(self._known, ensure_ascii=True, indent=1, sort_keys=True).encode()
        await to_thread.run_sync(write_file, *os.path.split(self._path), data)

    def learning(self, name: str, app: ASGIApp) -> ASGIApp:
        """The webhook of a bot, before which stands who learns. It reads a body only of somebody whose token is for
        that bot, so whatever it reads is true; and it is learned before the call can be worked on."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            parts: list[bytes] = []

            async def hear() -> Message:
                message = await receive()
                parts.append(message.get("body", b""))
                if message["type"] == "http.request" and not message.get("more_body", False):
                    reading = partial(decode_notification, b"".join(parts), time.time_ns() // 1_000_000)
                    is_long = sum(map(len, parts)) > LONG_BYTES
                    for fact in await to_thread.run_sync(reading) if is_long else reading():
                        if isinstance(fact, Incoming) and fact.called.id:
                            await self.learn(key_of(fact.called.id), name)
                return message

            is_new = scope["type"] == "http" and scope["path"] in PATHS
            await app(scope, hear if is_new else receive, send)

        return answer


def bot_of(session: Session, bots: Sequence[Bot], owners: Owners, of_flow: str = "") -> Bot:
    """Whose call it is: the application that was called; whose account it was; the one that the settings name for the
    flow; the only one of the call's tenant; the first. `of_flow`: a name, or empty."""
    called = key_of(session.called.id) if session.called is not None else ""
    of_tenant = [one for one in bots if one.tenant_id.lower() == session.tenant_id.lower()]
    found = [
        *[one for one in bots if called and one.application_id.lower() == called],
        *[one for one in bots if called and one.name == owners.of(called)],
        *[one for one in bots if one.name == of_flow],
        *(of_tenant if len(of_tenant) == 1 else ()),
    ]
    return found[0] if found else bots[0]


def carried_by(
    carry: Mapping[str, Carry], bots: Sequence[Bot], owners: Owners, flow_bot: Callable[[Session], str]
) -> Carry:
    """A `Carry` that gives each command to that of the call's bot. `carry`: by their names."""

    async def carry_one(session: Session, command: Command) -> Response:
        return await carry[bot_of(session, bots, owners, flow_bot(session)).name](session, command)

    return carry_one


def doors(apps: Mapping[str, ASGIApp], other: ASGIApp) -> ASGIApp:
    """`/bots/NAME/…` goes to the application of that name, without these two parts of the path; all else to `other`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            name, slash, rest = scope["path"][len(PREFIX) :].partition("/")
            if name in apps:
                scope = {**scope, "path": slash + rest, "raw_path": (slash + rest).encode()}
                await apps[name](scope, receive, send)
                return
        await other(scope, receive, send)

    return answer
