"""Checks of request bodies, with Graph's errors."""

import json
import re
from urllib.parse import urlsplit

from flowlang.loopback import is_loopback
from flowlang.simulator.calls import identity_of
from flowlang.simulator.errors import gateway, refused
from flowlang.simulator.values import Json
from flowlang.wire.http import HttpRequest, header

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_CONTEXT = 256
DEEPEST = 100
SERVICE_MEDIA, APP_MEDIA = "serviceHostedMediaConfig", "appHostedMediaConfig"
_CONTEXT = ("clientContext",)
_RECORD = ("prompts", "bargeInAllowed", "initialSilenceTimeoutInSeconds", "maxSilenceTimeoutInSeconds",
           "maxRecordDurationInSeconds", "playBeep", "stopTones", *_CONTEXT)  # fmt: skip

# The parameters of each action; Graph refuses others. clientContext, languageId and region beside transferTarget are
# in examples of the transfer page, routingPolicies in one of redirect.
MEMBERS: dict[str, tuple[str, ...]] = {
    "answer": ("callbackUri", "mediaConfig", "acceptedModalities", "participantCapacity", "callOptions"),
    "reject": ("reason", "callbackUri"),
    "redirect": ("targets", "timeout", "callbackUri", "routingPolicies"),
    "transfer": ("transferTarget", "transferee", "languageId", "region", *_CONTEXT),
    "keepAlive": (),
    "playPrompt": ("prompts", *_CONTEXT),
    "recordResponse": _RECORD,
    "subscribeToTone": _CONTEXT,
    "cancelMediaProcessing": _CONTEXT,
    "mute": _CONTEXT,
    "unmute": _CONTEXT,
    "muteParticipant": _CONTEXT,
    "updateRecordingStatus": ("status", *_CONTEXT),
    "changeScreenSharingRole": ("role",),
    "invite": ("participants", *_CONTEXT),
    "startHoldMusic": ("customPrompt", *_CONTEXT),
    "stopHoldMusic": _CONTEXT,
    "sendDtmfTones": ("tones", "delayBetweenTonesMs", *_CONTEXT),
    "addLargeGalleryView": _CONTEXT,
}
BETA_MEMBERS = {
    "redirect": ("maskCallee", "maskCaller", "targetDisposition"),
    "playPrompt": ("loop",),
    "recordResponse": ("streamWhileRecording",),
}
NO_BODY = ("keepAlive", "get", "delete", "remove", "listParticipants", "getParticipant", "getOperation")


def read_body(request: HttpRequest, operation: str, version: str) -> Json:
    """The JSON object of a request. Raises 400 and 415."""
    if operation in NO_BODY or (not request.body and MEMBERS.get(operation) in (_CONTEXT, ())):
        return {}
    kind = (header(request, "Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise gateway(415, "A Content-Type of application/json is required.")
    try:
        body = json.loads(request.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise gateway(400, "Unable to read JSON request payload.") from None
    if not isinstance(body, dict) or not _is_shallow(body):
        raise gateway(400, "Unable to read JSON request payload.")
    if operation in MEMBERS:
        known = MEMBERS[operation] + (BETA_MEMBERS.get(operation, ()) if version == "beta" else ())
        for name in body:
            if name not in known and not name.startswith("@"):
                raise gateway(400, f"The parameter '{name}' in the request payload is not a valid parameter.")
    context = body.get("clientContext")
    if context is not None and (not isinstance(context, str) or len(context) > LONGEST_CONTEXT):
        raise refused(8523, f"clientContext is a text of at most {LONGEST_CONTEXT} characters.")
    return body


def _no_constant(name: str) -> object:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def _is_shallow(body: Json) -> bool:
    """Whether objects and lists are nested no deeper than OData readers allow."""
    level: list[object] = [body]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return True
    return False


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def callback(body: Json, *, is_required: bool) -> str:
    """callbackUri: https, or http on this machine. "" when it may be missing and is."""
    uri = body.get("callbackUri")
    if uri is None and not is_required:
        return ""
    if not isinstance(uri, str):
        raise refused(8523, "callbackUri is required.")
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise refused(8523, "callbackUri is an https address.") from None
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname))):
        raise refused(8523, "callbackUri is an https address.")
    return uri


def has_service_media(body: Json) -> bool:
    """Raises when mediaConfig is missing or of no known type."""
    media = body.get("mediaConfig")
    kind = str(media.get("@odata.type", "")).rpartition(".")[2] if isinstance(media, dict) else ""
    if kind not in (SERVICE_MEDIA, APP_MEDIA):
        raise refused(8523, "mediaConfig is required: serviceHostedMediaConfig or appHostedMediaConfig.")
    return kind == SERVICE_MEDIA


def modalities(body: Json, name: str) -> None:
    known = ("audio", "video", "videoBasedScreenSharing", "data")
    given = body.get(name)
    if not isinstance(given, list) or not given or any(one not in known for one in given):
        raise refused(8523, f"{name} is a list of modalities.")


def invitation(value: object, tenant_id: str, *, is_from_instance: bool) -> Json:
    """An invitationParticipantInfo with one identity that can be called. Raises 8523, 7505, 7507."""
    if not isinstance(value, dict) or not isinstance(value.get("identity"), dict):
        raise refused(8523, "A target needs an identity.")
    kind, id_ = identity_of(value["identity"])
    if not kind:
        raise refused(8523, "A target needs an identity with an id.")
    if kind == "phone":
        if not E164.fullmatch(id_):
            raise refused(8523, "A phone number is written as in E.164: + and digits.")
        if not is_from_instance:
            raise refused(7507)
    tenant = value["identity"][kind].get("tenantId")
    if kind != "phone" and tenant and tenant_id and str(tenant).lower() != tenant_id.lower():
        raise refused(7505)
    return value


def invitations(value: object, tenant_id: str, most: int, *, is_from_instance: bool) -> list[Json]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise refused(8523, f"There are 1 to {most} targets.")
    return [invitation(one, tenant_id, is_from_instance=is_from_instance) for one in value]


def whole(body: Json, name: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refused(8523, f"{name} is from {least} to {most}.")
    return value


def prompts(body: Json, most: int, *, is_required: bool) -> tuple[str, ...]:
    """The addresses of prompts. Raises 8523."""
    given = body.get("prompts")
    if given is None and not is_required:
        return ()
    if not isinstance(given, list) or len(given) > most or (is_required and not given):
        raise refused(8523, f"prompts holds 1 to {most} prompts.")
    uris: list[str] = []
    for prompt in given:
        info = prompt.get("mediaInfo") if isinstance(prompt, dict) else None
        uri = info.get("uri") if isinstance(info, dict) else None
        if not isinstance(uri, str) or not uri:
            raise refused(8523, "A prompt needs mediaInfo with a uri.")
        uris.append(uri)
    return tuple(uris)
