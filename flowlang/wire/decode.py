"""Bytes of Graph to facts. Strict in what we need, tolerant of all else; no bytes at all make it raise.

What comes is classified by the type of `resourceData` first and by the URL second: URLs lack slashes, carry other
spellings of ids, and are sometimes plainly wrong on Graph's own pages. Parsing is pydantic's (`from_json`); the members
are then taken by hand, which measured three times as fast as models with the same tolerance.
"""

from pydantic_core import from_json

from flowlang.call.commands import Request
from flowlang.call.facts import (
    NO_HOURS,
    CallUpdated,
    Fact,
    Ignored,
    Incoming,
    OperationUpdated,
    RequestAnswered,
    RosterUpdated,
)  # fmt: skip
from flowlang.call.party import Participant, Party
from flowlang.call.results import Result
from flowlang.wire.http import HttpResponse, header
from flowlang.wire.segments import is_call_id, is_segment

Json = dict[str, object]

_TONES = {f"tone{digit}": str(digit) for digit in range(10)} | {
    name: name for name in ("star", "pound", "a", "b", "c", "d", "flash")
}
_STATES = {
    state.lower(): state
    for state in ("incoming", "establishing", "ringing", "established", "hold", "transferring", "transferAccepted",
                  "redirecting", "terminating", "terminated")
}  # fmt: skip
_TERMINATED = "terminated"
MOST_ITEMS = 1_001
"""Notifications of one POST that are looked at: one more than are taken, so that whoever takes them sees that."""


class _BrokenError(Exception):
    """A member that we need is not what it has to be."""


def decode_notification(body: bytes, at_ms: int, leg: int = -1, open_hours: frozenset[str] = NO_HOURS) -> list[Fact]:
    """The facts of one POST to our callback. An empty body, which Graph has been seen to send, has none."""
    if not body.strip():
        return []
    try:
        document = from_json(body)
    except ValueError:
        return [Ignored(at_ms, "a notification that is no JSON", open_hours)]
    items = document.get("value") if isinstance(document, dict) else None
    if not isinstance(items, list):
        what = "a notification in the legacy format" if _is_legacy(document) else "a notification without a value"
        return [Ignored(at_ms, what, open_hours)]
    return [_fact(item, at_ms, leg, open_hours) for item in items[:MOST_ITEMS]]


def _is_legacy(document: object) -> bool:
    return isinstance(document, dict) and ("callState" in document or "presentedModalityTypes" in document)


def _fact(item: object, at_ms: int, leg: int, hours: frozenset[str]) -> Fact:
    if not isinstance(item, dict):
        return Ignored(at_ms, "a notification that is no object", hours)
    try:
        return _classified(item, at_ms, leg, hours)
    except _BrokenError as broken:
        return Ignored(at_ms, f"a notification whose {broken}", hours)


def _classified(item: Json, at_ms: int, leg: int, hours: frozenset[str]) -> Fact:
    url = item.get("resourceUrl") or item.get("resource")
    parts = url.strip("/").split("/") if isinstance(url, str) else []
    call_id = _call_id(parts)
    data = item.get("resourceData")
    change = item.get("changeType")
    change = change.lower() if isinstance(change, str) else ""
    if isinstance(data, list):
        return _roster(data, call_id, at_ms, leg, hours)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise _BrokenError("resourceData is neither an object nor a list")
    kind = data.get("@odata.type")
    if kind == "#microsoft.graph.call":
        return _call(data, change, call_id, at_ms, leg, hours)
    kind = kind.rpartition(".")[2] if isinstance(kind, str) else _kind_by_url(parts)
    if kind == "call":
        return _call(data, change, call_id, at_ms, leg, hours)
    if kind.lower().endswith("operation"):
        return _operation(data, parts, call_id, at_ms, leg, hours)
    return Ignored(at_ms, f"news of {kind or 'an unknown resource'}", hours)


def _call_id(parts: list[str]) -> str:
    """`/communications/calls/{id}/…`, `/app/calls/{id}/…`: what follows `calls`."""
    if len(parts) > 2 and parts[1] == "calls":
        return _id(parts[2])
    for at, part in enumerate(parts[:-1]):
        if part.lower() == "calls":
            return _id(parts[at + 1])
    return ""


def _id(value: object) -> str:
    """The id of a call or an operation; nothing for what cannot be one, since it becomes a part of addresses."""
    return value if isinstance(value, str) and is_call_id(value) else ""


def _kind_by_url(parts: list[str]) -> str:
    lower = [part.lower() for part in parts]
    if "operations" in lower:
        return "operation"
    if lower and lower[-1] == "participants":
        return "participants"
    return "call" if len(lower) >= 2 and lower[-2] == "calls" else ""


# ---------------------------------------------------------------- calls


def _call(data: Json, change: str, call_id: str, at_ms: int, leg: int, hours: frozenset[str]) -> Fact:
    call_id = call_id or _id(data.get("id"))
    if not call_id:
        raise _BrokenError("call has no id, or one that cannot stand in an address")
    state = data.get("state")
    state = _STATES.get(state.lower(), state) if isinstance(state, str) else ""
    if change == "created" and state == "incoming":
        return _incoming(data, call_id, at_ms, hours)
    is_over = change == "deleted" or state == _TERMINATED
    if is_over:
        state = _TERMINATED
    tone, sequence, audio = "", 0, ""
    info = data.get("toneInfo")
    if info is not None:
        tone, sequence = _tone(info)
    media = data.get("mediaState")
    if isinstance(media, dict):
        audio = _text(media.get("audio")).lower()
    raw = data.get("resultInfo")
    result = result_of(raw) if raw is not None else None
    reason = data.get("terminationReason")
    reason = reason if isinstance(reason, str) else ""
    fields = (at_ms, leg, call_id, state, result, reason, is_over, tone, sequence, audio, False, hours)
    return tuple.__new__(CallUpdated, fields)


def _tone(info: object) -> tuple[str, int]:
    if not isinstance(info, dict):
        raise _BrokenError("toneInfo is no object")
    tone = _TONES.get(_text(info.get("tone")).lower())
    if tone is None:
        raise _BrokenError("toneInfo names no key that we know")
    return tone, _whole(info.get("sequenceId")) or 0


def _incoming(data: Json, call_id: str, at_ms: int, hours: frozenset[str]) -> Incoming:
    source = data.get("source")
    targets = data.get("targets")
    first = targets[0] if isinstance(targets, list) and targets else None
    is_group = isinstance(data.get("chatInfo"), dict) or isinstance(data.get("meetingInfo"), dict)
    called = party_of(first)
    tenant_id = _text(data.get("tenantId")) or called.tenant_id  # whoever calls may be of another one
    return Incoming(
        at_ms, call_id, party_of(source), called, "group" if is_group else "peer", tenant_id,
        _text(data.get("callChainId")), _text(data.get("myParticipantId")), hours,
    )  # fmt: skip


_KINDS: tuple[tuple[str, str], ...] = (
    ("user", "user"), ("phone", "phone"), ("applicationInstance", "resource account"), ("application", "bot"),
    ("guest", "user"), ("azureCommunicationServicesUser", "user"), ("onPremises", "user"), ("device", "user"),
)  # fmt: skip


def party_of(info: object) -> Party:
    """Who a participantInfo speaks of. Somebody whose identity is hidden (`encrypted`), or nobody, is anonymous."""
    if not isinstance(info, dict):
        return Party("anonymous", "")
    identities = info.get("identity")
    if isinstance(identities, dict):
        for member, kind in _KINDS:
            identity = identities.get(member)
            if isinstance(identity, dict) and _text(identity.get("id")):
                return _party(info, identity, kind)
    return Party("anonymous", "")


def _party(info: Json, identity: Json, kind: str) -> Party:
    return Party(
        kind,  # type: ignore[arg-type]
        _text(identity.get("id")), _text(identity.get("tenantId")), _text(identity.get("displayName")),
        _text(info.get("endpointType")) or "default", _text(info.get("languageId")), _text(info.get("region")),
    )  # fmt: skip


# ---------------------------------------------------------------- rosters and operations


def _roster(data: list[object], call_id: str, at_ms: int, leg: int, hours: frozenset[str]) -> Fact:
    kinds = {_text(one.get("@odata.type")) for one in data if isinstance(one, dict)}
    if any("deltaParticipants" in one for one in data if isinstance(one, dict)):
        return Ignored(at_ms, "a roster of changes only, which we did not ask for", hours)
    if any(kind and not kind.endswith(".participant") for kind in kinds):
        return Ignored(at_ms, f"news of {max(kinds).rpartition('.')[2]}", hours)
    people = tuple([participant_of(one) for one in data if isinstance(one, dict)])
    sequence = max([_whole(one.get("rosterSequenceNumber")) or 0 for one in data if isinstance(one, dict)], default=0)
    return RosterUpdated(at_ms, leg, call_id, people, sequence, hours)


def _segment(value: object) -> str:
    """The id of a participant; nothing for what cannot stand in an address."""
    return value if isinstance(value, str) and is_segment(value) else ""


def participant_of(data: Json) -> Participant:
    """One line of a roster."""
    party = party_of(data.get("info"))
    return Participant(
        _segment(data.get("id")) or _segment(party.id),
        party,
        data.get("isMuted") is True,
        data.get("isInLobby") is True,
    )


def _operation(data: Json, parts: list[str], call_id: str, at_ms: int, leg: int, hours: frozenset[str]) -> Fact:
    status = _text(data.get("status")).lower()
    if status not in ("completed", "failed"):
        return Ignored(at_ms, f"an operation that is {status or 'without a status'}", hours)
    operation_id = _id(data.get("id"))
    if not operation_id and len(parts) > 1 and parts[-2].lower() == "operations":
        operation_id = _id(parts[-1])
    raw = data.get("resultInfo")
    result = result_of(raw) if raw is not None else None
    return OperationUpdated(at_ms, leg, call_id, operation_id, _text(data.get("clientContext")), status, result, hours)


# ---------------------------------------------------------------- results


def result_of(info: object) -> Result | None:
    """A resultInfo. Graph writes `subcode` and `subCode`, and codes as numbers and as text."""
    if not isinstance(info, dict):
        raise _BrokenError("resultInfo is no object")
    code = _whole(info.get("code"))
    subcode = info.get("subcode")
    subcode = _whole(info.get("subCode") if subcode is None else subcode)
    if code is None and subcode is None:
        return None
    return tuple.__new__(Result, (code or 0, subcode or 0, _text(info.get("message")), ""))


def diag_code(message: str) -> tuple[int, int] | None:
    """The `DiagCode: 480#10076` at the end of many messages: a second opinion, which may differ from the subcode."""
    _, found, tail = message.partition("DiagCode:")
    code, sharp, subcode = tail.strip().rstrip(".@ ").partition("#")
    if found and sharp and code.strip().isdecimal() and subcode.strip(".@ ").isdecimal():
        return int(code), int(subcode.strip(".@ "))
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str):
        digits = value.strip()
        if digits.removeprefix("-").isascii() and digits.removeprefix("-").isdigit() and len(digits) < 19:
            return int(digits)
    return None


# ---------------------------------------------------------------- answers


def decode_answer(
    request: Request, response: HttpResponse | None, at_ms: int, open_hours: frozenset[str] = NO_HOURS
) -> RequestAnswered:
    """What an HTTP answer says; None: it never came, and nobody knows whether Graph took the request."""
    number = request.number
    if response is None:
        return RequestAnswered(at_ms, number, 0, open_hours=open_hours)
    body = _body(response)
    if response.status >= 400:
        return RequestAnswered(at_ms, number, response.status, error_of(response.status, body), open_hours=open_hours)
    try:
        return _answer(number, response.status, body, at_ms, open_hours)
    except _BrokenError:
        return RequestAnswered(at_ms, number, response.status, open_hours=open_hours)


def _answer(number: int, status: int, body: Json, at_ms: int, hours: frozenset[str]) -> RequestAnswered:
    raw = body.get("resultInfo")
    result = result_of(raw) if raw is not None else None
    people = body.get("value")
    if isinstance(people, list):
        roster = tuple([participant_of(one) for one in people if isinstance(one, dict)])
        return RequestAnswered(at_ms, number, status, participants=roster, open_hours=hours)
    status_text = _text(body.get("status")).lower()
    if status_text or "clientContext" in body:
        return RequestAnswered(
            at_ms, number, status, result, operation_id=_id(body.get("id")), operation_status=status_text,
            open_hours=hours,
        )  # fmt: skip
    state = _text(body.get("state"))
    return RequestAnswered(
        at_ms, number, status, result, _id(body.get("id")), _STATES.get(state.lower(), state), open_hours=hours
    )


def _body(response: HttpResponse) -> Json:
    try:
        body = from_json(response.body) if response.body.strip() else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def error_of(status: int, body: Json) -> Result:
    """An HTTP error as a result: `403/7505`. Graph sometimes wraps the error in another one of code `UnknownError`."""
    error = body.get("error")
    error = error if isinstance(error, dict) else {}
    code, message = error.get("code"), _text(error.get("message"))
    if code == "UnknownError" and message.startswith("{"):
        try:
            inner = from_json(message)
        except ValueError:
            inner = None
        if isinstance(inner, dict):
            code, message = inner.get("errorCode"), _text(inner.get("message"))
    number = _whole(code)
    if number is None:
        message = f"{code}: {message}" if code else message
    return Result(status, number or 0, message)


def retry_after_seconds(response: HttpResponse) -> int | None:
    """What `Retry-After` says, in whole seconds; None where it is missing or a date."""
    return _whole(header(response, "Retry-After"))
