"""Requests that never leave: our own side refuses, with a result of our own (`no voice`), as if Graph had said 400."""

import json
from typing import Final

from flowlang.call.results import NO_VOICE, Result

STATUS: Final = 400
MARK: Final = b'{"refused":'
NO_SUCH_PROMPT: Final = Result(400, 8536, "the prompt is not there")

_OWN: Final = {one.name: one for one in (NO_VOICE,)}


def refused(result: Result) -> tuple[int, bytes]:
    """Status and body that are written down for a request that is not sent. `result`: one of ours, or one with Graph's
    code."""
    if result.name in _OWN:
        return STATUS, MARK + json.dumps(result.name).encode() + b"}"
    body = {"error": {"code": str(result.subcode), "message": result.message}}
    return result.code, json.dumps(body).encode()


def refusal(status: int, body: bytes) -> Result | None:
    """Our own result that `refused` wrote; None for what came from Graph."""
    if status != STATUS or not body.startswith(MARK):
        return None
    try:
        name = json.loads(body).get("refused")
    except ValueError:
        return None
    return _OWN.get(name) if isinstance(name, str) else None
