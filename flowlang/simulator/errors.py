"""Graph's error answers. Shapes: `{"error": {"code", "message", "innerError"}}`, the code a number as text."""

from typing import NamedTuple

from flowlang.simulator.values import Refused


class GraphError(Exception):
    """A request is refused."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.status} {refused.code} {refused.message}")
        self.refused = refused


class _Known(NamedTuple):
    status: int
    message: str


_KNOWN: dict[int, _Known] = {
    7503: _Known(403, "Application is not registered in our store."),
    7504: _Known(403, "Insufficient enterprise tenant permissions, cannot access this API."),
    7505: _Known(403, "Request authorization tenant mismatch."),
    7507: _Known(403, "Call source identity invalid."),
    8500: _Known(400, "Invalid media mode."),
    8501: _Known(400, "Call is not established."),
    8503: _Known(400, "Call media state audio is inactive."),
    8505: _Known(400, "Multiple participants with replacement."),
    8516: _Known(429, "Call is throttled."),
    8519: _Known(409, "Conflict with another operation."),
    8522: _Known(404, "Call not found."),
    8523: _Known(400, "Invalid argument."),
    8548: _Known(400, "Call is not a group call."),
    8558: _Known(404, "Participant is not present in the call."),
    8585: _Known(400, "Action is not valid in the current call state."),
    8607: _Known(409, "Another transfer of this call is running."),
    9999: _Known(500, "Unknown internal server error."),
    10202: _Known(404, "Call to replace not found."),
}

WORDS = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    412: "PreconditionFailed",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalServiceError",
    503: "ServiceUnavailable",
}


def refused(code: int, message: str = "") -> GraphError:
    """An error of the calls service, by its number."""
    known = _KNOWN[code]
    return GraphError(Refused(known.status, str(code), message or known.message))


def gateway(status: int, message: str) -> GraphError:
    """An error that Graph's front door gives, with a word for a code."""
    return GraphError(Refused(status, WORDS[status], message))


_RESULTS = {
    (0, 7015): "GracefulTransferCompleted",
    (200, 7015): "GracefulTransferCompleted",
    (200, 0): "Action completed successfully.",
    (200, 8514): "Action completed, stop tone detected.",
    (200, 8515): "Action completed, max record duration reached.",
    (400, 8508): "Action failed, the operation was cancelled.",
    (400, 8510): "Action failed, initial silence timeout reached.",
    (400, 8535): "Action failed, the file has no format that can be played.",
    (400, 8536): "Action failed, the file could not be downloaded.",
    (408, 8537): "The call was ended because no keepAlive was received.",
    (408, 8586): "Incoming call was not acknowledged by the bot.",
    (408, 8587): "Incoming call was not answered within time.",
    (487, 10004): "The call was not answered in time.",
    (487, 0): "The caller cancelled the call.",
    (500, 7000): "Transfer failed.",
    (500, 7700): "Consultative transfer failed.",
}


def message_of(code: int, subcode: int) -> str:
    """The platform's text for a resultInfo."""
    return _RESULTS.get((code, subcode), "The conversation has ended." if code in (0, 200) else "The call has ended.")


def known_message(code: str) -> str:
    """The platform's text for an error code."""
    known = _KNOWN.get(int(code)) if code.isdecimal() else None
    return known.message if known is not None else ""
