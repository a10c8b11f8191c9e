"""What we ask for: everything that goes out is one of these values, with a number that its answer brings back.

A `Request` is one HTTP request to Graph about one leg. Requests about one leg go out in their order, each after the
answer to the one before; requests about different legs are independent. `call_id` is empty only in a create.
"""

from typing import Literal, NamedTuple

from flowlang.call.facts import Value
from flowlang.call.party import Party


class Prompt(NamedTuple):
    """Something to hear: a WAV file by the name the flow gave it, or a text to be spoken."""

    kind: Literal["file", "speech"]
    text: str


class Answer(NamedTuple):
    """`answer`, with service-hosted media. `prompts` are fetched ahead."""

    prompts: tuple[Prompt, ...] = ()


class Reject(NamedTuple):
    reason: Literal["none", "busy", "forbidden"] = "none"


class Redirect(NamedTuple):
    targets: tuple[Party, ...]
    timeout_seconds: int


class CreateCall(NamedTuple):
    """Create a call to one party. `ring_seconds` 0 leaves ringing to the platform (and on v1.0 to our own timer)."""

    target: Party
    ring_seconds: int = 0
    without_forwarding: bool = False


class JoinMeeting(NamedTuple):
    """Join a meeting by its link."""

    url: str


class Transferee(NamedTuple):
    participant_id: str
    party: Party


class Transfer(NamedTuple):
    """`transfer`. `replaces_call_id` makes it consultative; `transferee` moves one participant of a group call."""

    target: Party
    replaces_call_id: str = ""
    transferee: Transferee | None = None


class HangUp(NamedTuple):
    """`DELETE` of the call."""


class GetCall(NamedTuple):
    """Ask Graph how the call stands."""


class KeepAlive(NamedTuple):
    pass


class Play(NamedTuple):
    """`playPrompt`. `loop` repeats without end on beta; on v1.0 the encoder sends the prompt up to 20 times."""

    prompts: tuple[Prompt, ...]
    context: str
    loop: bool = False


class RecordResponse(NamedTuple):
    max_seconds: int
    context: str


class SubscribeToTone(NamedTuple):
    context: str


class CancelMedia(NamedTuple):
    """`cancelMediaProcessing`: ends what plays or records on that leg, running and queued."""

    context: str


class Mute(NamedTuple):
    context: str


class Unmute(NamedTuple):
    context: str


class Invite(NamedTuple):
    target: Party
    context: str
    replaces_call_id: str = ""


class RemoveParticipant(NamedTuple):
    participant_id: str


class HoldParticipant(NamedTuple):
    """`startHoldMusic`"""

    participant_id: str
    context: str


class ResumeParticipant(NamedTuple):
    """`stopHoldMusic`"""

    participant_id: str
    context: str


class ListParticipants(NamedTuple):
    pass


class GetOperation(NamedTuple):
    operation_id: str


Act = (
    Answer
    | Reject
    | Redirect
    | CreateCall
    | JoinMeeting
    | Transfer
    | HangUp
    | GetCall
    | KeepAlive
    | Play
    | RecordResponse
    | SubscribeToTone
    | CancelMedia
    | Mute
    | Unmute
    | Invite
    | RemoveParticipant
    | HoldParticipant
    | ResumeParticipant
    | ListParticipants
    | GetOperation
)


class Request(NamedTuple):
    """One HTTP request to Graph: what (`act`), about which leg, with our number for its answer."""

    number: int
    leg: int
    call_id: str
    act: Act


class AskService(NamedTuple):
    """POST to a service that the operator configured under that name; answered by `ServiceAnswered`."""

    number: int
    service: str
    about: tuple[tuple[str, Value], ...]
    wants: tuple[str, ...]
    timeout_ms: int


class Notify(NamedTuple):
    """Tell a service something; nobody waits for an answer."""

    number: int
    service: str
    text: str


class StartFlow(NamedTuple):
    """Begin another flow now or later; answered by `FlowStarted`."""

    number: int
    flow: str
    values: tuple[tuple[str, Value], ...]
    after_ms: int
    chain_id: str


class FetchRecording(NamedTuple):
    """Download what was recorded at once. The edge knows location and token; `name` is what the variable holds."""

    number: int
    leg: int
    operation_id: str
    name: str


Command = Request | AskService | Notify | StartFlow | FetchRecording
