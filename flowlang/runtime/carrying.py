"""What becomes of each command: Graph and services are for the transport, other flows are for our own inbox."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

from anyio import create_task_group, move_on_after

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.operations import operation_of
from flowlang.call.session import Session
from flowlang.runtime.sender import LOST, Response
from flowlang.runtime.service import Carry
from flowlang.runtime.starting import NOT_FOUND, answer_to, started_by
from flowlang.runtime.worker import hang_ups
from flowlang.store.base import Arrival, StoreError

DIRECT_SECONDS: Final = 8.0
Unknown = Callable[[commands.StartFlow], Awaitable[list[str]]]
"""Names of values that the flow which is to be started does not have."""
Take = Callable[[Sequence[Arrival]], Awaitable[list[bool]]]


class Carrier:
    """`carry` for the service. `served()`: names of the flows that can be started. `take` puts into the inbox, and
    `unknown` looks at what a flow is started with; they are set when the service is there."""

    take: Take
    unknown: Unknown | None = None

    def __init__(
        self,
        transport: Carry,
        clock_ms: Callable[[], int],
        served: Callable[[], Collection[str]],
        heard: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._transport, self._clock_ms, self._served, self._heard = transport, clock_ms, served, heard

    async def carry(self, session: Session, command: Command) -> Response:
        """See `service.Carry`."""
        if not isinstance(command, commands.StartFlow):
            return await self._transported(session, command)
        status = answer_to(command, self._served())
        if status < 300 and self.unknown is not None and (unknown := await self.unknown(command)):
            names = ", ".join(unknown)
            self._heard(f"call {session.id}: {command.flow} is not started: it has no variable {names}")
            status = NOT_FOUND
        if status < 300:
            try:
                await self.take([started_by(session.id, command, self._clock_ms())])
            except StoreError:
                return LOST
        return Response(status)

    async def _transported(self, session: Session, command: Command) -> Response:
        try:
            return await self._transport(session, command)
        except Exception as error:  # noqa: BLE001 - a bug of ours in one request must not end all calls
            self._heard(f"call {session.id}: {operation_of(command)} broke: {type(error).__name__}: {error}")
            return LOST  # it may have left: the step asks Graph

    async def hang_up(self, session: Session) -> list[int]:
        """End every leg of a call at once, beside the store: an operator wants it, and the store cannot be written. The
        status of each answer, 0 where none came in time. A DELETE may be sent twice without harm."""
        requests = hang_ups(session)
        statuses = [0] * len(requests)

        async def end(at: int, request: commands.Request) -> None:
            with move_on_after(DIRECT_SECONDS):
                statuses[at] = (await self._transported(session, request)).status

        async with create_task_group() as tasks:
            for at, request in enumerate(requests):
                tasks.start_soon(end, at, request)
        if requests:
            said = ", ".join([str(one) for one in statuses])
            self._heard(f"call {session.id}: hung up directly, since the store cannot be written: Graph says {said}")
        return statuses
