"""Results of steps and calls, the patterns that match them, and the catalogue of their names.

Sources: Graph's call: delete page (end reasons), call: transfer page, and the call-end and Call Automation
code lists of Azure Communication Services, whose calling back end is the same. A subcode that starts with
560 or 540 was made by the operator's own session border controller; its last three digits are a SIP code.
"""

from flowlang.named_tuple import NamedTuple


class Result(NamedTuple):
    """How something ended: Graph's `resultInfo`, or an HTTP error, or our own `name` (see `OWN`) with code 0."""

    code: int
    subcode: int
    message: str = ""
    name: str = ""


TRANSFER_COMPLETED_SUBCODE = 7015  # success whatever the code: the transfer page shows 0, the table of ends 200
NO_ANSWER = Result(487, 10004, "nobody answered in time", "no answer")
DECLINED = Result(603, 0, "the call was not accepted", "declined")
LEG_GONE = Result(404, 10202, "the call to replace is over", "leg gone")
NO_OUTCOME = Result(0, 0, "no final word came in time", "no outcome")
NO_INPUT = Result(0, 0, "nothing was typed", "no input")
MENU_FAILED = Result(0, 0, "no key of the menu was pressed", "menu failed")
MEETING_MODE = Result(400, 8523, "the call is a group call", "meeting mode")
NOT_IN_CALL = Result(404, 8558, "the participant is not in the call", "not in the call")
SERVICE_FAILED = Result(0, 0, "the service did not answer as agreed", "service failed")
NO_VOICE = Result(0, 0, "no voice is configured", "no voice")
NO_SUCH_FLOW = Result(0, 0, "there is no flow of that name", "no such flow")
NO_TARGET = Result(0, 0, "the target is empty or cannot be dialled", "not found")
TOO_MUCH = Result(0, 0, "the flow did too much at one moment", "too many steps")


class Named(NamedTuple):
    """A name of the catalogue: the patterns that it stands for, what it means, where its codes are documented."""

    patterns: tuple[str, ...]
    meaning: str
    source: str


_ACS = "Azure Communication Services, call-end codes"
_GRAPH = "Graph, call: delete"
_OWN = "flowlang"

CATALOGUE: dict[str, Named] = {
    "busy": Named(("486/*", "600/*", "*/8539", "*/8540", "*/560486", "*/540486"), "the party is in another call", _ACS),
    "no answer": Named(
        ("487/10004", "408/10057", "408/4506", "480/560480", "408/560408"), "it rang and nobody took the call", _ACS
    ),
    "declined": Named(("603/*", "487/10024", "*/8538", "*/560603"), "the party refused the call", _ACS),
    "unreachable": Named(
        (
            "480/10037",
            "480/10076",
            "480/10077",
            "480/10078",
            "480/10134",
            "480/10199",
            "480/0",
            "*/8541",
            "*/8544",
            "408/500001",
        ),
        "no device of the party could be reached",
        _ACS,
    ),
    "not found": Named(("404/*", "484/*", "*/8543"), "there is no such party, number or call", _ACS),
    "forbidden": Named(("403/*", "401/*"), "the platform or the carrier refuses this call", _ACS),
    "throttled": Named(
        ("429/*", "*/8516", "*/8529", "*/8530"), "too many requests or calls", "Graph, throttling limits"
    ),
    "cancelled": Named(
        ("487/0", "487/540487", "487/10003", "497/560487", "*/8542", "400/8508"), "it was taken back", _ACS
    ),
    "caller hung up": Named(
        (
            "200/0",
            "0/0",
            "200/4097",
            "0/4097",
            "200/4521",
            "0/4521",
            "200/5001",
            "200/5002",
            "200/5003",
            "200/5010",
            "200/18503",
            "200/540000",
            "0/540000",
            "200/560000",
            "0/560000",
            "487/540487",
        ),
        "the caller ended the call",
        _GRAPH,
    ),
    "transfer completed": Named(("*/7015",), "the caller was handed over", "Graph, call: transfer"),
    "blind transfer failed": Named(
        ("500/7000",), "the target of a blind transfer could not be reached", "Graph, call: transfer"
    ),
    "consultative transfer failed": Named(
        ("500/7700",), "the consulted call could not be replaced", "Graph, call: transfer"
    ),
    "leg gone": Named(("404/10202",), "the consulted call was over before the transfer", _ACS),
    "meeting mode": Named(("400/8523",), "the call is a group call, where this cannot be done", "Graph, HTTP errors"),
    "not in the call": Named(("404/8558", "*/8558"), "the participant is not in the call", _ACS),
    "tenant mismatch": Named(("403/7505", "*/8517"), "the party belongs to another tenant", "Graph, HTTP errors"),
    "no permission": Named(("403/7504",), "the application lacks a role", "Graph, HTTP errors"),
    "not registered": Named(("403/7503",), "calling is not switched on for the application", "Graph, HTTP errors"),
    "media failed": Named(
        ("410/*", "500/8511", "500/8512", "500/8513", "400/8535", "400/8536", "400/8503", "400/8504"),
        "sound could not be played or heard",
        "Graph, media operations",
    ),
    "keep-alive lost": Named(("408/8537",), "the platform heard nothing of the application for 45 minutes", _GRAPH),
    "server error": Named(("5xx",), "a failure inside a service", _ACS),
    "no outcome": Named((), "no final word came in time", _OWN),
    "no input": Named(
        ("400/8510", "400/8509", "400/8532"), "nothing was typed or said in time", "Graph, media operations"
    ),
    "menu failed": Named((), "the tries of a menu were used up", _OWN),
    "service failed": Named((), "a service did not answer as agreed", _OWN),
    "no voice": Named((), "no voice is configured for say", _OWN),
    "no such flow": Named((), "there is no flow of that name", _OWN),
    "too many steps": Named((), "the flow did too much at one moment", _OWN),
}


def matches(pattern: str, result: Result) -> bool:
    """Whether a pattern in canonical spelling (`500/7000`, `486/*`, `486`, `4xx`, `*/7700`, a name) fits a result."""
    named = CATALOGUE.get(pattern)
    if named is not None:
        return result.name == pattern or (_has_codes(result) and any(_fits(p, result) for p in named.patterns))
    return _has_codes(result) and _fits(pattern, result)


def _has_codes(result: Result) -> bool:
    return not (result.name and result.code == 0 and result.subcode == 0)


def _fits(pattern: str, result: Result) -> bool:
    code, _, subcode = pattern.partition("/")
    if code.endswith("xx"):
        return str(result.code // 100) == code[0] and result.code < 1000
    return code in ("*", str(result.code)) and subcode in ("", "*", str(result.subcode))


def is_pattern(text: str) -> bool:
    """Whether a text is a code pattern in canonical spelling or a name of the catalogue."""
    if text in CATALOGUE:
        return True
    code, slash, subcode = text.partition("/")
    if len(code) == 3 and code[0] in "123456" and code[1:] == "xx":
        return not slash
    if slash and not (subcode == "*" or subcode.isdecimal()):
        return False
    return (code == "*" and subcode.isdecimal()) or (code.isdecimal() and len(code) <= 3)


def covers(wider: str, narrower: str) -> bool:
    """Whether every result that `narrower` matches is matched by `wider` too, as far as patterns alone can tell."""
    if wider == narrower:
        return True
    named = CATALOGUE.get(narrower)
    if named is not None:
        return bool(named.patterns) and wider not in CATALOGUE and all(covers(wider, p) for p in named.patterns)
    named = CATALOGUE.get(wider)
    if named is not None:
        return any(covers(p, narrower) for p in named.patterns)
    wide_code, _, wide_subcode = wider.partition("/")
    code, _, subcode = narrower.partition("/")
    if wide_code.endswith("xx"):
        return code[:1] == wide_code[0] and code != "*"
    subcode_covered = wide_subcode in ("", "*") or wide_subcode == subcode
    return subcode_covered and (wide_code in ("*", code))
