"""Who looks on while the service works: logs, metrics and traces implement `Watch`; the runtime only calls it.

What is told has happened already: a step is told after its commit. A process that dies between the two has not told
it, so a count is at most what was done, never more. Methods are called from the loop and from the store's thread.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Final, Literal, NamedTuple, Protocol

from flowlang.call.commands import Command
from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.call.trace import Trace
from flowlang.plan import Plan
from flowlang.store.base import Deployed, Parked

Verdict = Literal["taken", "repeat", "nothing", "refused", "too long", "not stored"]
"""What became of a POST of Graph. `repeat`: nothing in it was new; `nothing`: no notification of a call was in it."""


class Played(NamedTuple):
    """One fact that a call was stepped with, and what came of it. `session` is the one after it.

    `waited_ms`: how long the fact lay in the store, or how late its timer was.
    """

    plan: Plan
    session: Session
    fact: Fact
    trace: tuple[Trace, ...]
    commands: tuple[Command, ...]
    waited_ms: int = 0


class Sent(NamedTuple):
    """One command that was sent, and what came back. `status` 0: nobody knows. `attempt` 1: never sent before.

    What is not sent again, because it may have been sent before, is told by the step that hears of it: `lost`.
    """

    session: Session
    command: Command
    status: int
    seconds: float
    attempt: int


class HoursSwitched(NamedTuple):
    """Somebody opened or closed hours by hand, or let their plan count again. `until_ms` -1: until it is taken back."""

    hours: str
    state: Literal["open", "closed", "by plan"]
    by: str
    until_ms: int = -1


class Watch(Protocol):
    """See the module. None of these may block, and none may keep what it is given longer than it must."""

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        """A POST of Graph was answered after so many seconds. `reason` says why it was not taken."""
        ...

    def played(self, one: Played) -> None:
        """A fact was worked through, and that is written down. The first and the last fact of a call come here too."""
        ...

    def began(self, one: Played) -> None:
        """A call began with this fact; told before `played`."""
        ...

    def ended(self, one: Played) -> None:
        """A call is over since this fact; told after `played`."""
        ...

    def sending(self, session: Session) -> AbstractContextManager[None]:
        """What is done inside is done for that call, such as a request of the client library."""
        ...

    def sent(self, one: Sent) -> None: ...

    def retried(self, operation: str, reason: str) -> None:
        """The transport sends something again by itself: after `429`, say. Both texts are from a fixed few."""
        ...

    def parked(self, one: Parked) -> None:
        """A call rests: working on it broke something."""
        ...

    def trouble(self, where: str, text: str) -> None:
        """The store, or something else of ours, cannot do its work now."""
        ...

    def prompt_fetched(self, status: int) -> None:
        """Somebody asked for a prompt file."""
        ...

    def hours_switched(self, one: HoursSwitched) -> None: ...

    def deployed(self, one: Deployed) -> None:
        """Another version of a flow takes new calls, or a share of them."""
        ...


class NoWatch:
    """Nobody looks on."""

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        pass

    def played(self, one: Played) -> None:
        pass

    def began(self, one: Played) -> None:
        pass

    def ended(self, one: Played) -> None:
        pass

    def sending(self, session: Session) -> AbstractContextManager[None]:  # noqa: ARG002 - see Watch
        return nullcontext()

    def sent(self, one: Sent) -> None:
        pass

    def retried(self, operation: str, reason: str) -> None:
        pass

    def parked(self, one: Parked) -> None:
        pass

    def trouble(self, where: str, text: str) -> None:
        pass

    def prompt_fetched(self, status: int) -> None:
        pass

    def hours_switched(self, one: HoursSwitched) -> None:
        pass

    def deployed(self, one: Deployed) -> None:
        pass


NO_WATCH: Final = NoWatch()


class Several:
    """Tells several. One that raises is a bug of ours, which is logged; the call and the others go on."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = tuple(watches)

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        self._tell(lambda watch: watch.notified(verdict, seconds, reason))

    def played(self, one: Played) -> None:
        self._tell(lambda watch: watch.played(one))

    def began(self, one: Played) -> None:
        self._tell(lambda watch: watch.began(one))

    def ended(self, one: Played) -> None:
        self._tell(lambda watch: watch.ended(one))

    def sending(self, session: Session) -> AbstractContextManager[None]:
        stack = ExitStack()
        self._tell(lambda watch: stack.enter_context(watch.sending(session)))
        return _Closing(stack)

    def sent(self, one: Sent) -> None:
        self._tell(lambda watch: watch.sent(one))

    def retried(self, operation: str, reason: str) -> None:
        self._tell(lambda watch: watch.retried(operation, reason))

    def parked(self, one: Parked) -> None:
        self._tell(lambda watch: watch.parked(one))

    def trouble(self, where: str, text: str) -> None:
        self._tell(lambda watch: watch.trouble(where, text))

    def prompt_fetched(self, status: int) -> None:
        self._tell(lambda watch: watch.prompt_fetched(status))

    def hours_switched(self, one: HoursSwitched) -> None:
        self._tell(lambda watch: watch.hours_switched(one))

    def deployed(self, one: Deployed) -> None:
        self._tell(lambda watch: watch.deployed(one))

    def _tell(self, tell: Callable[[Watch], None]) -> None:
        for watch in self._watches:
            try:
                tell(watch)
            except Exception:
                logging.getLogger("flowlang.watch").exception("a watch failed; the call goes on")


class _Closing(AbstractContextManager[None]):
    """Leaves what was entered, and lets every exception through."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __exit__(self, *_error: object) -> None:
        self._stack.close()
