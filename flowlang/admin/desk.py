"""What the admin API may do. The application knows this protocol and nothing behind it."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from flowlang.admin.shapes import (
    CallDetail,
    CallPage,
    CallState,
    Erased,
    EventView,
    Figures,
    FlowsRead,
    FlowView,
    Health,
    HoursOrder,
    HoursView,
    JournalPage,
    PersonExport,
    RecordingView,
    StartOrder,
    Taken,
    TransferOrder,
)


class DeskError(Exception):
    """It cannot be done; `code` is for programs, the text for people."""

    code = "refused"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).code


class NotFoundError(DeskError):
    """There is no such call, flow, version or hours."""

    code = "not_found"


class RefusedError(DeskError):
    """It is there, but this cannot be done with it now."""

    code = "not_now"


class ForbiddenError(DeskError):
    """This service does not allow it, whoever asks."""

    code = "forbidden"


class WrongError(DeskError):
    """What was asked makes no sense."""

    code = "wrong"


class AwayError(DeskError):
    """The store cannot take it now. Nothing was done; try again."""

    code = "away"


class Wanted(NamedTuple):
    """Which calls. `who`: number or identifier of the caller. `before`: `CallPage.next` of the page before."""

    state: CallState | None = None
    flow: str = ""
    who: str = ""
    limit: int = 50
    before: str = ""


class Desk(Protocol):
    """Every method may raise a `DeskError`. Acts return when they are on the disk, not when they are done."""

    async def calls(self, wanted: Wanted) -> CallPage: ...

    async def call(self, call_id: str) -> CallDetail:
        """One call, by its id or an unambiguous beginning of it."""
        ...

    async def ladder(self, call_id: str) -> str: ...

    async def journal(self, call_id: str, after: int, limit: int) -> JournalPage: ...

    async def recording(self, call_id: str) -> RecordingView: ...

    async def hang_up(self, call_id: str, who: str) -> Taken: ...

    async def transfer(self, call_id: str, order: TransferOrder, who: str) -> Taken: ...

    async def start(self, flow: str, order: StartOrder) -> Taken:
        """Begin a flow that has `on start`, now or later."""
        ...

    async def inject(self, call_id: str, fact: list[object]) -> Taken:
        """Put a fact into a call's inbox. `ForbiddenError` unless Graph is simulated."""
        ...

    async def retry(self, call_id: str) -> Taken:
        """Let a parked call go on."""
        ...

    async def flows(self) -> list[FlowView]: ...

    async def read_flows(self, percent: int = 100) -> FlowsRead:
        """Look at the flow files again, now. So many of 100 new calls take what is new."""
        ...

    async def activate(self, flow: str, digest: str, who: str) -> FlowView: ...

    async def roll_back(self, flow: str, who: str) -> FlowView: ...

    async def share(self, flow: str, digest: str, percent: int, who: str) -> FlowView: ...

    async def hours(self) -> list[HoursView]: ...

    async def set_hours(self, name: str, order: HoursOrder, who: str) -> list[HoursView]: ...

    async def clear_hours(self, name: str, who: str) -> list[HoursView]: ...

    async def export(self, who: str) -> PersonExport: ...

    async def erase(self, who: str) -> Erased:
        """Calls that are over go with all that belongs to them. Those in flight are named and left alone: nobody is to
        be left in silence."""
        ...

    async def figures(self) -> Figures: ...

    async def health(self) -> Health: ...

    def events(self, after: int) -> AsyncIterator[EventView | None]:
        """What happens from now on, or after that number. None now and then, so that a dead listener is noticed."""
        ...
