"""What we learn: everything that comes in is one of these values.

`at_ms` is the time of learning in milliseconds since 1970 (UTC). `open_hours` names the hours of the plan that are
open at that moment: the edge computes it, so that the engine needs no clock, time zone or calendar.
`leg` is our number of the leg (the path of the callback tells it), or -1 where only Graph's call id is known.
"""

from typing import Literal, NamedTuple

from flowlang.call.party import Participant, Party
from flowlang.call.results import Result

NO_HOURS: frozenset[str] = frozenset()


class Incoming(NamedTuple):
    """`created`, state `incoming`: a caller is there. `kind` is `group` where chat or meeting coordinates came
    along."""

    at_ms: int
    call_id: str
    caller: Party
    called: Party
    kind: Literal["peer", "group", ""] = "peer"
    tenant_id: str = ""
    chain_id: str = ""
    participant_id: str = ""
    open_hours: frozenset[str] = NO_HOURS


class Started(NamedTuple):
    """An operator or another flow starts this flow: there is no call yet. `values` set variables by name."""

    at_ms: int
    values: "tuple[tuple[str, Value], ...]" = ()
    chain_id: str = ""
    open_hours: frozenset[str] = NO_HOURS


class CallUpdated(NamedTuple):
    """`updated` or `deleted` on the call itself. Empty texts: not in this notification.

    `state` is the wire name; a `deleted` without a state (after reject) has state `terminated`. `tone` is the key as
    the language writes it: `0`-`9`, `star`, `pound`, `a`-`d`, `flash`. `audio` is `mediaState.audio`.
    """

    at_ms: int
    leg: int
    call_id: str
    state: str
    result: Result | None = None
    reason: str = ""
    is_over: bool = False
    tone: str = ""
    tone_sequence: int = 0
    audio: str = ""
    is_group: bool = False
    open_hours: frozenset[str] = NO_HOURS


class RosterUpdated(NamedTuple):
    """`updated` on the participants: the whole roster. `sequence` is the greatest `rosterSequenceNumber`, 0 if
    absent."""

    at_ms: int
    leg: int
    call_id: str
    participants: tuple[Participant, ...]
    sequence: int = 0
    open_hours: frozenset[str] = NO_HOURS


class OperationUpdated(NamedTuple):
    """`deleted` on an operation: `status` is `completed` or `failed`, in lower case. `context` is our
    `clientContext`."""

    at_ms: int
    leg: int
    call_id: str
    operation_id: str
    context: str
    status: str
    result: Result | None = None
    open_hours: frozenset[str] = NO_HOURS


class RequestAnswered(NamedTuple):
    """The answer to the `Request` of that number. `status` is HTTP's, or 0 when no answer came and nobody knows.

    On an error `result` holds HTTP status and Graph's error code (`403/7505`). `call_id` and `state` come from a call
    (create, get); `operation_id` and `operation_status` from an operation; `participants` from a roster that was
    asked for.
    """

    at_ms: int
    request: int
    status: int
    result: Result | None = None
    call_id: str = ""
    state: str = ""
    operation_id: str = ""
    operation_status: str = ""
    participants: tuple[Participant, ...] | None = None
    open_hours: frozenset[str] = NO_HOURS


class ServiceAnswered(NamedTuple):
    """The answer of a service that `ask` asked. `members` holds what the plan names; empty and not ok: it failed."""

    at_ms: int
    request: int
    is_ok: bool
    members: "tuple[tuple[str, Value], ...]" = ()
    result: Result | None = None
    open_hours: frozenset[str] = NO_HOURS


class FlowStarted(NamedTuple):
    """The answer to a `StartFlow` command: whether it was taken down durably."""

    at_ms: int
    request: int
    is_ok: bool
    open_hours: frozenset[str] = NO_HOURS


class TimerFired(NamedTuple):
    """The timer of that number is due. A timer that was cancelled meanwhile changes nothing."""

    at_ms: int
    timer: int
    open_hours: frozenset[str] = NO_HOURS


class OperatorHungUp(NamedTuple):
    """Somebody at the service ends the call by hand. `who` is their name, for the trace."""

    at_ms: int
    who: str = "an operator"
    open_hours: frozenset[str] = NO_HOURS


class OperatorTransferred(NamedTuple):
    """Somebody at the service hands the caller over by hand, blind."""

    at_ms: int
    target: Party
    who: str = "an operator"
    open_hours: frozenset[str] = NO_HOURS


class Ignored(NamedTuple):
    """Something that is none of ours, such as a content sharing session; kept for the trace."""

    at_ms: int
    what: str
    open_hours: frozenset[str] = NO_HOURS


class Unheard(NamedTuple):
    """Nothing was heard of the call for long; perhaps news was lost, so Graph is asked how its legs stand."""

    at_ms: int
    open_hours: frozenset[str] = NO_HOURS


class Resumed(NamedTuple):
    """The service works again after a pause of its own (it was stopped or suspended, its clock jumped, its store could
    not be written), so what we know of the call may be old, and Graph is asked how its legs stand.

    `paused_ms`: since the call was last worked on. `unsent`: numbers of its requests that have not left yet.
    """

    at_ms: int
    paused_ms: int = 0
    unsent: tuple[int, ...] = ()
    open_hours: frozenset[str] = NO_HOURS


Fact = (
    Incoming
    | Started
    | CallUpdated
    | RosterUpdated
    | OperationUpdated
    | RequestAnswered
    | ServiceAnswered
    | FlowStarted
    | TimerFired
    | OperatorHungUp
    | OperatorTransferred
    | Ignored
    | Unheard
    | Resumed
)


class Milliseconds(NamedTuple):
    """A duration as a value of the language."""

    ms: int


class Record(NamedTuple):
    """What a service answered: the members that the plan names."""

    members: "tuple[tuple[str, Value], ...]"


Value = str | int | bool | Party | Milliseconds | Record | None
"""A value of the language: text, number, yes/no, contact, duration, answer of a service; None: not set."""
