"""What the loop needs of a simulated Graph."""

from typing import Protocol

from flowlang.scenario.outcomes import Wanted
from flowlang.scenario.world import World
from flowlang.wire.http import HttpRequest, HttpResponse


class SimulatedGraph(Protocol):
    """Takes requests as bytes, gives notifications as bytes. All times in milliseconds since 1970 (UTC)."""

    def begin(self, world: World) -> str:
        """Somebody calls; the call's id."""

    def take(self, request: HttpRequest, at_ms: int, wanted: Wanted | None) -> HttpResponse | None:
        """A request arrives. `wanted`: how what it starts is to turn out. None: no answer ever comes back."""

    def next_due_ms(self) -> int | None:
        """When the next notification leaves."""

    def due(self, at_ms: int) -> list[HttpRequest]:
        """The notifications that leave up to now, as requests to our callback address."""

    def press(self, call_id: str, key: str, at_ms: int) -> None:
        """Somebody on that call presses a key."""

    def hang_up(self, call_id: str, at_ms: int) -> None:
        """The party of that call hangs up."""
