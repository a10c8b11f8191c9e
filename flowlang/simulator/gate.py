"""Which operation Graph takes at which stage of a call, and with which application roles."""

from flowlang.simulator.calls import Call
from flowlang.simulator.errors import refused
from flowlang.simulator.token import Token
from flowlang.simulator.values import Knobs, Profile

FIRST = ("answer", "reject", "redirect")
MEDIA = ("playPrompt", "recordResponse", "subscribeToTone", "cancelMediaProcessing")
ALWAYS = ("delete", "get", "keepAlive", "getOperation")
MEETING_MODE = "Cannot do transfer for meeting mode."

INITIATE, INITIATE_GROUP = "Calls.Initiate.All", "Calls.InitiateGroupCall.All"
MEDIA_ROLE = "Calls.AccessMedia.All"
JOIN = ("Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All")

# Each entry: one of these roles is needed, for each line.
ROLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "redirect": ((INITIATE,),),
    "transfer": ((INITIATE,),),
    "recordResponse": ((MEDIA_ROLE,),),
    "subscribeToTone": ((MEDIA_ROLE,),),
    "changeScreenSharingRole": ((MEDIA_ROLE,),),
    "updateRecordingStatus": (("Calls.JoinGroupCall.All",), (MEDIA_ROLE,)),
    "getParticipant": (JOIN,),
    "remove": (JOIN,),
    "muteParticipant": (JOIN,),
    "startHoldMusic": (JOIN,),
    "stopHoldMusic": (JOIN,),
    "invite": ((INITIATE_GROUP,),),
}


def check_roles(needed: tuple[tuple[str, ...], ...], token: Token) -> None:
    """Raises 403/7504."""
    if not all(any(role in token.roles for role in line) for line in needed):
        raise refused(7504)


def check_gate(operation: str, call: Call, profile: Profile, knobs: Knobs) -> None:
    """Raises when the call is at a stage where Graph does not take the operation."""
    code = gate(operation, call.stage(), call.kind, profile, knobs)
    if code:
        raise refused(code, MEETING_MODE if code == 8523 else "")


def gate(operation: str, stage: str, kind: str, profile: Profile, knobs: Knobs) -> int:
    """0 when the operation is taken, else the number of the error."""
    if stage == "ended":
        return 8522
    if operation in ALWAYS:
        return 0
    if operation in FIRST:
        return 0 if stage == "incoming" else 8585
    if stage in ("incoming", "establishing"):
        return 8501
    if operation == "transfer":
        if stage == "transferring":
            return 8607
        return 8523 if stage == "group" and profile == "live" and not knobs.takes_group_transfer else 0
    if operation in MEDIA or operation in ("sendDtmfTones", "changeScreenSharingRole"):
        return 0
    if operation == "invite":
        return 8585 if stage == "transferring" else 0
    if operation == "listParticipants" and profile == "live":
        return 0  # p2p calls with a chat thread have a roster
    return 0 if kind == "group" else 8548
