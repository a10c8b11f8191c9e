"""The whole state of one call in a flow: plain values, one tuple. The engine makes a new one for every fact.

A session's stored form is a JSON array (`engine.stored`); a waiting call with one consult leg fits in 1 KiB.
Numbers of legs, requests and timers are counted here, never drawn, so that the same facts give the same session.
"""

from typing import Final, NamedTuple

from flowlang.call.facts import Value
from flowlang.call.party import Participant, Party
from flowlang.call.results import Result

VERSION = 1
NONE = -1


class Leg(NamedTuple):
    """One call between the application and one party. Number 0 is an incoming caller's.

    `state` is the last wire state. `is_up`: established once and not over. `is_over`: nothing more will come.
    `is_audible`: sound may be sent. `is_unwanted`: to be hung up as soon as its call id is known.
    `holder`: the run of the step that rings or uses it, 0 for none. `keys`: 0 not subscribed, 1 asked for, 2
    subscribed.
    `tones`: sequence numbers of its latest keys, so that a repeat is known. `result`: how it ended.
    """

    number: int
    name: str
    call_id: str
    state: str
    party: Party | None
    is_up: bool = False
    is_over: bool = False
    is_audible: bool = False
    is_unwanted: bool = False
    holder: int = 0
    keys: int = 0
    tones: tuple[int, ...] = ()
    result: Result | None = None


def in_state(leg: Leg, state: str) -> Leg:
    """The leg with another state: what nearly every notification brings, so it is made the quick way."""
    return tuple.__new__(Leg, (*leg[:3], state, *leg[4:]))


class Timer(NamedTuple):
    """`kind` says what for (`bound`, `after`, `audible`, …); `ref` is the run, handler or leg it belongs to."""

    number: int
    due_ms: int
    kind: str
    ref: int


class Pending(NamedTuple):
    """A request under way: until its answer, or until its operation is over. `run` 0: no step waits for it."""

    number: int
    leg: int
    word: str
    run: int
    operation_id: str = ""
    is_answered: bool = False
    tries: int = 0


HANG_UP_BY_HAND: Final = "hang up by hand"
TRANSFER_BY_HAND: Final = "transfer by hand"
ORDERS: Final = (HANG_UP_BY_HAND, TRANSFER_BY_HAND)
"""What an operator does to a call, as events that no flow can name (see `engine.by_hand`)."""


class Kept(NamedTuple):
    """An event that waits for the outcome of a step which cannot be taken back. `visit`: the stage visit it came in."""

    event: str
    leg: int
    key: str
    visit: int
    handler: int = NONE
    result: Result | None = None
    participant: Participant | None = None


class Session(NamedTuple):
    """`place` is where the activity stands (NONE: nothing runs), `run` numbers the step that waits there (0: none
    waits).

    `waiting` belongs to that step alone. `counters`: pairs of retry counter and times used. `tried`: failure handlers
    that ran for the failure in hand. `primary`: number of the caller's leg, NONE while a `start` flow has none.
    `music`: prompt of the music behind other steps and the number of its request (0: not sent). `end`: see
    `engine.ending`. `by_hand`: whom an operator handed the caller over to, last.
    """

    id: str
    plan: str
    version: int = VERSION
    kind: str = ""
    direction: str = ""
    caller: Party | None = None
    called: Party | None = None
    tenant_id: str = ""
    chain_id: str = ""
    participant_id: str = ""
    primary: int = NONE
    legs: tuple[Leg, ...] = ()
    stage: int = NONE
    visit: int = 0
    handler: int = NONE
    place: int = NONE
    run: int = 0
    waiting: tuple[object, ...] = ()
    result: Result | None = None
    attempt: int = 0
    tone: str = ""
    participant: Participant | None = None
    counters: tuple[tuple[int, int], ...] = ()
    tried: tuple[int, ...] = ()
    variables: tuple[Value, ...] = ()
    timers: tuple[Timer, ...] = ()
    pending: tuple[Pending, ...] = ()
    kept: tuple[Kept, ...] = ()
    roster: tuple[Participant, ...] | None = None
    roster_sequence: int = 0
    music: tuple[str, int] = ("", 0)
    next_number: int = 1
    end: int = 0
    in_net: bool = False
    by_hand: Party | None = None


CHECK: Final = "check"
"""Kind of the timer that bounds how long a call waits for Graph's answers after a pause of the service."""


def checked_until_ms(session: Session) -> int:
    """Until when at the longest Graph is asked how the call stands; -1: it is not."""
    return next((timer.due_ms for timer in session.timers if timer.kind == CHECK), -1)


def is_checked(session: Session) -> bool:
    """Whether Graph is asked how the call stands, after a pause of the service: nothing new is done for it yet."""
    return checked_until_ms(session) >= 0


def next_due(session: Session) -> Timer | None:
    """The timer that fires next, or None: the one that is due first. While Graph is asked how the call stands after a
    pause of the service, the others wait, and only the bound of that question fires."""
    for timer in session.timers:
        if timer.kind == CHECK:
            return timer
    return min(session.timers, key=lambda t: (t.due_ms, t.number), default=None)
