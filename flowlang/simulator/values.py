"""What goes into and comes out of the simulated Graph: outcomes, a script of them, knobs, deliveries, snapshots."""

from typing import Any, Literal, NamedTuple

Json = dict[str, Any]
Profile = Literal["docs", "live"]
Headers = tuple[tuple[str, str], ...]


class Success(NamedTuple):
    """All goes well. after_ms: when the final word comes, counted from the request; -1: the simulator chooses."""

    after_ms: int = -1


class Refused(NamedTuple):
    """The answer to the request is an HTTP error. code: a number of the calls service, or a word of the gateway."""

    status: int
    code: str
    message: str = ""
    retry_after_seconds: int = -1


class Failed(NamedTuple):
    """The request is taken; a notification says later that it failed.

    message: "" gives the platform's own. is_accepted: a transfer reaches `transferAccepted` before it fails.
    """

    code: int
    subcode: int
    message: str = ""
    after_ms: int = -1
    is_accepted: bool = True


class Rings(NamedTuple):
    """The request is taken; it rings until the platform gives up."""


class Silent(NamedTuple):
    """The request is taken and no final word ever comes."""


class Throttled(NamedTuple):
    """429 (or 503) with `Retry-After`. -1: without that header."""

    retry_after_seconds: int = 1
    status: Literal[429, 503] = 429


class Cut(NamedTuple):
    """The connection ends without an answer, before Graph took the request or after."""

    when: Literal["before", "after"]


Outcome = Success | Refused | Failed | Rings | Silent | Throttled | Cut


class Script:
    """Outcomes by Graph operation (`create`, `transfer`, `playPrompt`, …), each used once, in order."""

    __slots__ = ("_left",)

    def __init__(self, *outcomes: tuple[str, Outcome]) -> None:
        self._left = list(outcomes)

    def take(self, operation: str) -> Outcome | None:
        """The next outcome for such an operation; it counts as used."""
        for at, (name, outcome) in enumerate(self._left):
            if name.lower() == operation.lower():
                del self._left[at]
                return outcome
        return None

    def unused(self) -> tuple[tuple[str, Outcome], ...]:
        """What no request has asked for."""
        return tuple(self._left)


class Knobs(NamedTuple):
    """How badly the platform behaves. Names that end in `_of_thousand` are chances.

    takes_group_transfer: the live profile lets a group call be transferred. needs_token: requests without a bearer
    token are refused. ends_replaced_with: code and subcode of a leg that a transfer or an invitation replaced.
    fetches_prompts: prompts play when somebody outside has fetched them, see `SimulatedGraph.fetches`. prompt_ms: how
    long a prompt plays; -1: as long as the file that was fetched.
    """

    duplicate_of_thousand: int = 0
    delay_of_thousand: int = 0
    longest_delay_ms: int = 0
    drop_of_thousand: int = 0
    batch_of_thousand: int = 0
    stale_of_thousand: int = 0
    capitals_of_thousand: int = 0
    string_codes_of_thousand: int = 0
    untyped_of_thousand: int = 0
    resource_only_of_thousand: int = 0
    extras_of_thousand: int = 0
    unknown_state_of_thousand: int = 0
    unavailable_of_thousand: int = 0
    cut_of_thousand: int = 0
    takes_group_transfer: bool = False
    needs_token: bool = True
    ends_replaced_with: tuple[int, int] = (200, 5001)
    fetches_prompts: bool = False
    prompt_ms: int = 2_000
    callee_answers_after_ms: int = 3_000
    ring_ms: int = 120_000

    @classmethod
    def calm(cls) -> "Knobs":
        """Every notification once, in order, whole."""
        return cls()

    @classmethod
    def nasty(cls) -> "Knobs":
        """Repeats, disorder, losses and odd spellings, each now and then."""
        return cls(
            duplicate_of_thousand=120, delay_of_thousand=100, longest_delay_ms=2_500, drop_of_thousand=10,
            batch_of_thousand=100, stale_of_thousand=60, capitals_of_thousand=100, string_codes_of_thousand=100,
            untyped_of_thousand=100, resource_only_of_thousand=100, extras_of_thousand=100,
            unknown_state_of_thousand=50, unavailable_of_thousand=20, cut_of_thousand=15,
        )  # fmt: skip


class Delivery(NamedTuple):
    """One POST to a callback address. `url` is the call's `callbackUri`."""

    at_ms: int
    url: str
    headers: Headers
    body: bytes
    call_id: str = ""


class Fetch(NamedTuple):
    """Prompts that Graph wants to play, and their addresses, in order."""

    call_id: str
    operation_id: str
    uris: tuple[str, ...]


class Recording(NamedTuple):
    """What a caller said. `token`: whoever wants to hear it has to show it."""

    call_id: str
    token: str
    length_ms: int


class Taken(NamedTuple):
    """A request that Graph saw. operation: "" when it knows none. status: 0 when the connection was cut."""

    at_ms: int
    operation: str
    call_id: str
    status: int
    code: str = ""


class CallView(NamedTuple):
    """A call as it stands. state: Graph's callState, `ended` when it is gone. audio: active or inactive."""

    id: str
    kind: Literal["peer", "group"]
    state: str
    direction: str
    peer: str
    callback_uri: str
    audio: str
    participants: tuple[str, ...]
    result: tuple[int, int] | None
    tenant_id: str = ""
    chain_id: str = ""
    began_ms: int = 0
