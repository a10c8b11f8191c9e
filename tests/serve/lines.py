"""Lines of `flowlang serve` at which it can be killed: each has a name, and is passed many times.

Nothing of the service knows of them. `marked` puts them around what the service is made of, in a process that is there
to be killed.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple

from flowlang.call.commands import Command, Request
from flowlang.call.session import Session
from flowlang.runtime import chores, sender, service, turn
from flowlang.runtime.sender import Response
from flowlang.runtime.transport import Transport
from flowlang.runtime.webhook import Webhook
from flowlang.steps import machine
from flowlang.store.sqlite import SqliteStore
from flowlang.tools import serve_house

ACTS: Final = ("Answer", "Play", "CreateCall", "CancelMedia", "Transfer", "HangUp")
WRITES: Final = ("end_leases", "arrive", "answered", "commit", "lease")
SILENT_MS, LOOKS_SECONDS, UNANSWERED_CREATE_MS = 3_000, 0.5, 15_000
"""Two minutes in earnest, and half a minute between two looks. No test waits for so long."""


class Line(NamedTuple):
    """A line, when it is passed for the `nth` time."""

    name: str
    nth: int = 1


NAMES: Final = (
    "before a turn", "before COMMIT", "after COMMIT",
    *[f"{when} {name}" for name in WRITES for when in ("before", "after")],
    "a notification comes", "before 202", "amid 202", "after 202",
    *[f"{act} {what}" for act in ACTS for what in ("leaves", "came back")],
)  # fmt: skip
"""Every line. `amid 202`: its head has left. `came back`: Graph's answer is there, and not written down."""
ONCE: Final = ("before end_leases", "after end_leases")
"""A process passes these at its start only."""


Signal = Literal["kill", "stop"]
SIGNALS: Final[dict[Signal, int]] = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class Lines:
    """`passed(name)` is called at each. `kill_at` None: nothing happens; else the process is killed there, or stopped.
    `tell` hears where."""

    def __init__(self, kill_at: Line | None, tell: Callable[[str, int], None], how: Signal = "kill") -> None:
        self._kill_at, self._tell, self._signal = kill_at, tell, SIGNALS[how]
        self._seen: Counter[str] = Counter()

    def passed(self, name: str) -> None:
        self._seen[name] += 1
        if self._kill_at == (name, self._seen[name]):
            self._tell(name, self._seen[name])
            os.kill(os.getpid(), self._signal)


def marked(lines: Lines) -> None:
    """From now on the service of this process passes these lines."""
    passed = lines.passed

    class MarkedStore(SqliteStore):
        @contextmanager
        def together(self) -> Iterator[None]:
            passed("before a turn")
            with super().together():
                yield
                passed("before COMMIT")
            passed("after COMMIT")

    for name in WRITES:
        setattr(MarkedStore, name, _around(getattr(SqliteStore, name), name, passed))

    class MarkedTransport(Transport):
        async def carry(self, session: Session, command: Command) -> Response:
            name = type(command.act if isinstance(command, Request) else command).__name__
            passed(f"{name} leaves")
            response = await super().carry(session, command)
            passed(f"{name} came back")
            return response

    class MarkedWebhook(Webhook):
        def around(self, app: Any = None) -> Any:
            inner = super().around(app)

            async def answer(scope: Any, receive: Any, send: Any) -> None:
                passed("a notification comes")
                await inner(scope, receive, _marking(send, passed))

            return answer

    class BusyChores(chores.Chores):
        async def ask_about_silent_calls(self, silent_ms: int = SILENT_MS) -> None:
            await super().ask_about_silent_calls(silent_ms)

    house: MutableMapping[str, object] = vars(serve_house)
    for name, ours in (
        ("SqliteStore", MarkedStore), ("Transport", MarkedTransport), ("Webhook", MarkedWebhook),
        ("Chores", BusyChores),
    ):  # fmt: skip
        assert name in house, f"the house is no longer built of a {name}"
        house[name] = ours
    vars(chores)["LOOKS_SECONDS"] = LOOKS_SECONDS
    vars(machine)["UNANSWERED_CREATE_MS"] = UNANSWERED_CREATE_MS


def with_leases_of(lease_ms: int) -> None:
    """From now on requests belong to this process for so long; nothing is sent any more when a quarter is left."""
    for module in (sender, turn, service):
        assert "LEASE_MS" in vars(module)
        vars(module)["LEASE_MS"] = lease_ms
    vars(sender)["MARGIN_MS"] = lease_ms // 4
    vars(service)["LONGEST_SLEEP_SECONDS"] = lease_ms / 1_000


def _around(method: Callable[..., object], name: str, passed: Callable[[str], None]) -> Callable[..., object]:
    def call(*given: object, **named: object) -> object:
        passed(f"before {name}")
        result = method(*given, **named)
        passed(f"after {name}")
        return result

    return call


def _marking(send: Any, passed: Callable[[str], None]) -> Any:
    async def sending(message: Any) -> None:
        is_head = message["type"] == "http.response.start"
        if is_head and message["status"] == 202:
            passed("before 202")
        await send(message)
        passed("amid 202" if is_head else "after 202")

    return sending
