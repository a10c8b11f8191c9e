"""From one POST of Graph to what is put into the inbox: each notification by itself, with the call that it is for.

`…/callback/CALL/LEG` is the address that we give for every leg; what comes to `…/callback` itself may begin a call,
which is then called by Graph's own id (B1).
"""

import json

from flowlang.call.facts import Incoming
from flowlang.store.base import Arrival
from flowlang.wire.decode import decode_notification
from flowlang.wire.http import HttpRequest, header

ORIGINAL_ID = "X-Microsoft-Skype-Original-Message-ID"
MESSAGE_ID = "X-Microsoft-Skype-Message-ID"


def arrivals_of(request: HttpRequest, at_ms: int, base: str = "/callback") -> list[Arrival]:
    """What a POST holds. Anything that is no notification of a call gives nothing; it is answered with 202 all the
    same."""
    call_id, leg = _address(request.path, base)
    message = header(request, ORIGINAL_ID) or header(request, MESSAGE_ID) or ""
    found: list[Arrival] = []
    for at, body in enumerate(_apart(request.body)):
        key = f"{message}/{at}" if message else ""
        if call_id:
            found.append(Arrival(call_id, "notification", body, at_ms, key, leg))
            continue
        for fact in decode_notification(body, at_ms):
            own = getattr(fact, "call_id", "")
            if own:
                is_new = isinstance(fact, Incoming)
                found.append(Arrival(own, "notification", body, at_ms, key, 0, begins=is_new))
    return found


def _address(path: str, base: str) -> tuple[str, int]:
    """The call and the leg that a path names; no call where it is the address for new ones."""
    place = path.partition("?")[0]
    tail = place.rpartition(f"{base}/")[2] if f"{base}/" in place else ""
    call_id, _, leg = tail.rstrip("/").rpartition("/")
    return (call_id, int(leg)) if call_id and leg.isdecimal() else ("", -1)


def _apart(body: bytes) -> list[bytes]:
    """Each notification of a collection as a collection of its own; what is no collection stays as it is."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return [body] if body else []
    values = document.get("value") if isinstance(document, dict) else None
    if not isinstance(values, list) or len(values) < 2:
        return [body]
    return [json.dumps({"value": [one]}).encode() for one in values]
