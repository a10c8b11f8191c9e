"""From one POST of Graph to what is put into the inbox: each notification by itself, with the call that it is for.

`…/callback/CALL/LEG` is the address that we give for every leg; what comes to `…/callback` itself may begin a call,
which is then called by Graph's own id (B1).
"""

import json
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from flowlang.call.facts import Fact, Incoming
from flowlang.store.base import Arrival
from flowlang.wire.decode import decode_notification
from flowlang.wire.http import HttpRequest, header
from flowlang.wire.segments import is_call_id

ORIGINAL_ID = "X-Microsoft-Skype-Original-Message-ID"
MESSAGE_ID = "X-Microsoft-Skype-Message-ID"
PATHS: Final = ("/callback", "/api/calls")
CHANGE = b'"changeType"'
MOST_NOTIFICATIONS: Final = 1_000  # Graph sends one, or a few


class ForeignTenantError(Exception):
    """A call begins in another tenant than the sender may speak for. The text is for the operator."""


class TooManyError(Exception):
    """More notifications in one POST than are taken."""


class Address(NamedTuple):
    """Where a notification came to: the call and the leg that the address names; no call: it may begin one."""

    call_id: str = ""
    leg: int = -1


NEW_CALLS = Address()


def arrivals_of(request: HttpRequest, at_ms: int) -> list[Arrival]:
    """What a POST to an address of ours holds; it may be written with or without the host."""
    message = header(request, ORIGINAL_ID) or header(request, MESSAGE_ID) or ""
    address = address_of(urlsplit(request.path).path) or NEW_CALLS
    return arrivals_at(address, message, request.body, at_ms)


def arrivals_at(address: Address, message: str, body: bytes, at_ms: int, tenant_id: str = "") -> list[Arrival]:
    """What a body holds that came to an address; `message`: its id. Anything that is no notification of a call gives
    nothing; it is answered with 202 all the same.

    `tenant_id`: for whose calls the sender may speak; empty: for all. Whether a call that is known is one of them is
    found out where it is stepped. Raises `ForeignTenantError` for one that begins and is not, and `TooManyError`:
    nothing of it is taken.
    """
    facts: list[list[Fact]] = []
    parts = _apart(body)
    if not address.call_id:
        facts = [decode_notification(one, at_ms) for one in parts]
        if len(parts) == 1 and len(facts[0]) > 1:  # it holds several after all; each is kept by itself
            parts = _split(body)
            facts = [decode_notification(one, at_ms) for one in parts]
    found: list[Arrival] = []
    spoken_by = f"{tenant_id}/" if tenant_id else ""  # else a message of one could stand in the way of another's
    for at, one in enumerate(parts):
        key = f"{spoken_by}{message}/{at}" if message else ""
        if address.call_id:
            arrival = Arrival(address.call_id, "notification", one, at_ms, key, address.leg, tenant_id=tenant_id)
            found.append(arrival)
            continue
        for fact in facts[at]:
            own, begins = getattr(fact, "call_id", ""), isinstance(fact, Incoming)
            if isinstance(fact, Incoming) and is_of_another(tenant_id, fact.tenant_id):
                raise ForeignTenantError(f"a call of tenant {fact.tenant_id[:100]} with a token of tenant {tenant_id}")
            if own:
                found.append(Arrival(own, "notification", one, at_ms, key, 0, begins=begins, tenant_id=tenant_id))
    return found


def is_of_another(tenant_id: str, call_tenant_id: str) -> bool:
    """Whether somebody who may speak for that tenant's calls may not for this one's. Empty: all, and not known."""
    return bool(tenant_id and call_tenant_id) and tenant_id.lower() != call_tenant_id.lower()


def address_of(path: str) -> Address | None:
    """Where a notification came to; None: that is no address of ours."""
    for base in PATHS:
        if path.startswith(base):
            if len(path) == len(base):
                return NEW_CALLS
            if path[len(base)] != "/":
                return None
            call_id, _, leg = path[len(base) + 1 :].partition("/")
            is_leg = leg.isascii() and leg.isdecimal() and len(leg) < 10
            return Address(call_id, int(leg)) if is_call_id(call_id) and is_leg else None
    return None


def _apart(body: bytes) -> list[bytes]:
    """Each notification of a collection as a collection of its own; what is no collection stays as it is."""
    if body.count(CHANGE) < 2 and b"\\u" not in body:  # nearly all hold one; it is read when it is worked on
        return [body] if body else []
    return _split(body)


def _split(body: bytes) -> list[bytes]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return [body] if body else []
    values = document.get("value") if isinstance(document, dict) else None
    if not isinstance(values, list) or len(values) < 2:
        return [body]
    if len(values) > MOST_NOTIFICATIONS:
        count = len(values)
        del document, values  # an error that passes from thread to thread keeps its frames for a while
        raise TooManyError(f"{count} notifications at once")
    return [json.dumps({"value": [one]}).encode() for one in values]
