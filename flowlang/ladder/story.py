"""What a ladder is drawn from: a call as it went, whoever ran it."""

from collections.abc import Mapping
from typing import NamedTuple

from flowlang.call.commands import Act
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.trace import Trace
from flowlang.plan import Plan
from flowlang.source import Source
from flowlang.wire.http import HttpRequest


class Entry(NamedTuple):
    """One line of the trace. `at_ms` counts from the beginning of the call."""

    at_ms: int
    trace: Trace


class Exchange(NamedTuple):
    """One HTTP request to Graph and what came of it. `status` 0: no answer came. Times count from the call's beginning.

    `request` is the last one sent where it had to be sent again. `answered_ms` -1: still under way at the end.
    """

    number: int
    leg: int
    place: int
    act: Act
    sent_ms: int
    request: HttpRequest
    status: int = 0
    answered_ms: int = -1
    result: Result | None = None
    tries: int = 1


class Told(NamedTuple):
    """A leg for the picture: its number, the name that the flow gives it, and who is there."""

    number: int
    name: str
    party: Party | None


class Story(NamedTuple):
    """A whole call. `sources` by the path that the plan gives; `end` is the last sentence."""

    plan: Plan
    entries: tuple[Entry, ...]
    exchanges: tuple[Exchange, ...]
    legs: tuple[Told, ...]
    primary: int
    sources: dict[str, Source]
    flow: str = ""
    seed: int = 0
    people: tuple[str, ...] = ()
    end: str = ""
    names: Mapping[str, str] = {}
    """What the flow calls those whose trace has only an identifier."""

    @property
    def is_started(self) -> bool:
        """Whether the flow began without a caller."""
        return bool(self.entries) and self.entries[0].trace.code == "started"
