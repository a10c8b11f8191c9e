"""Which operation a request asks for: both base paths, both versions, any case, plain or namespace-qualified names."""

from typing import NamedTuple
from urllib.parse import unquote

from flowlang.simulator.errors import gateway

BASES = (("communications", "calls"), ("app", "calls"))
VERSIONS = ("v1.0", "beta")
NAMESPACE = "microsoft.graph."

CALL_ACTIONS = (
    "answer", "reject", "redirect", "transfer", "keepAlive", "playPrompt", "recordResponse", "subscribeToTone",
    "cancelMediaProcessing", "mute", "unmute", "updateRecordingStatus", "changeScreenSharingRole", "sendDtmfTones",
    "addLargeGalleryView",
)  # fmt: skip
PARTICIPANT_ACTIONS = {"mute": "muteParticipant", "startholdmusic": "startHoldMusic", "stopholdmusic": "stopHoldMusic"}
_ACTIONS = {name.lower(): name for name in CALL_ACTIONS}


class Route(NamedTuple):
    """operation: our spelling of Graph's name. part: a participant's or an operation's id."""

    version: str
    operation: str
    call_id: str = ""
    part: str = ""


def route(method: str, path: str) -> Route:
    """Raises `GraphError` when Graph has nothing there."""
    parts = [unquote(part) for part in path.partition("?")[0].split("/") if part]
    words = [part.lower().removeprefix(NAMESPACE) for part in parts]
    if len(words) < 3 or words[0] not in VERSIONS:
        raise gateway(400, "Invalid version." if words else "Resource not found for the segment.")
    if (words[1], words[2]) not in BASES:
        raise gateway(400, f"Resource not found for the segment '{parts[1]}'.")
    version, call_id, tail = words[0], parts[3] if len(parts) > 3 else "", words[4:]
    operation, part = _operation(method.upper(), call_id, tail, parts[4:])
    return Route(version, operation, call_id, part)


def _operation(method: str, call_id: str, tail: list[str], spelled: list[str]) -> tuple[str, str]:
    if not call_id:
        return _of_method(method, {"POST": "create"}), ""
    if not tail:
        return _of_method(method, {"GET": "get", "DELETE": "delete"}), ""
    if tail[0] == "participants":
        return _participants(method, tail[1:], spelled[1:])
    if tail[0] == "operations" and len(tail) == 2:
        return _of_method(method, {"GET": "getOperation"}), spelled[1]
    action = _ACTIONS.get(tail[0]) if len(tail) == 1 else None
    if action is None:
        raise gateway(400, f"Resource not found for the segment '{spelled[0]}'.")
    return _of_method(method, {"POST": action}), ""


def _participants(method: str, tail: list[str], spelled: list[str]) -> tuple[str, str]:
    if not tail:
        return _of_method(method, {"GET": "listParticipants"}), ""
    if tail == ["invite"]:
        return _of_method(method, {"POST": "invite"}), ""
    if len(tail) == 1:
        return _of_method(method, {"GET": "getParticipant", "DELETE": "remove"}), spelled[0]
    action = PARTICIPANT_ACTIONS.get(tail[1]) if len(tail) == 2 else None
    if action is None:
        raise gateway(400, f"Resource not found for the segment '{spelled[-1]}'.")
    return _of_method(method, {"POST": action}), spelled[0]


def _of_method(method: str, operations: dict[str, str]) -> str:
    if method not in operations:
        raise gateway(405, f"The method {method} is not allowed here.")
    return operations[method]
