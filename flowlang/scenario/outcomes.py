"""How a step is to turn out, as the user says it: `consult=busy`, `transfer=500/7700`, `play="media failed"`.

A pattern of the catalogue becomes its first concrete code pair, and the way in which Graph would tell it: in the
answer to the request, in a notification, or not at all.
"""

from enum import Enum
from typing import NamedTuple

from flowlang.call.results import CATALOGUE, NO_SUCH_FLOW, NO_VOICE, SERVICE_FAILED, Result, is_pattern


class How(Enum):
    """How the flow learns of an outcome."""

    SUCCESS = "all goes well"
    HTTP = "in the answer to the request"
    NEWS = "in a notification"
    RINGS = "it rings on and nobody answers"
    SILENCE = "no final word ever comes"
    NO_KEYS = "the caller presses no key"
    OWN = "our side says so"


class Wanted(NamedTuple):
    """`result` has no meaning for SUCCESS, RINGS, SILENCE and NO_KEYS. `text` is what the user wrote."""

    step: str
    how: How
    result: Result
    text: str


class OutcomeError(ValueError):
    """The user's text is no outcome; the message is one sentence that says what to write."""


CALLING = ("consult", "call", "join")
SPEAKING = ("play", "say", "menu", "gather")
STEPS = (
    "answer", "reject", "redirect", "call", "join", "consult", "transfer", "invite", "remove", "play", "say", "menu",
    "gather", "record", "mute", "unmute", "hold", "resume", "ask", "hang up", "start",
)  # fmt: skip
"""The words of all steps that can fail."""

SUCCESS = ("success", "transfer completed")
FIRST_FAILURE = 300
_NOTHING = Result(0, 0)

# HTTP error codes of Graph; the end reasons 8508-8515 and 8531-8547 come in notifications.
_HTTP_SUBCODES = (*range(7500, 7608), *range(8500, 8508), *range(8516, 8531), *range(8548, 8567), 8585, 8607, 9999)
_HTTP_CODES = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 501, 502, 503, 504)
_USUAL_CODES = {7015: 200, 7000: 500, 7700: 500, 7503: 403, 7504: 403, 7505: 403, 8522: 404, 8523: 400, 8558: 404,
                10202: 404, 10004: 487, 8537: 408, 8516: 429, 8529: 429, 8530: 429, 560486: 486, 540486: 486,
                8539: 486, 8540: 600, 8541: 480, 8544: 480, 8538: 603, 8542: 487, 8543: 404}  # fmt: skip


def read_outcome(text: str) -> Wanted:
    """`STEP=RESULT` as an outcome. Raises `OutcomeError` with what to write instead."""
    step, equals, pattern = (part.strip() for part in text.partition("="))
    step = step.replace("_", " ").replace("hangup", "hang up")
    pattern = pattern.strip("\"'")
    if not equals or not step or not pattern:
        raise OutcomeError(f"{text!r} is no outcome: write STEP=RESULT, such as consult=busy")
    if step not in STEPS:
        near = _near(step, STEPS) or f"; the steps are: {', '.join(STEPS)}"
        raise OutcomeError(f"there is no step {step!r} that can fail{near}")
    if pattern in SUCCESS:
        return Wanted(step, How.SUCCESS, _NOTHING, text)
    if not is_pattern(pattern):
        near = _near(pattern, (*CATALOGUE, *SUCCESS)) or "; write a name such as busy, or CODE/SUBCODE"
        raise OutcomeError(f"{pattern!r} is no result{near}")
    return _outcome(step, pattern, text)


def _near(word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    found = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def _outcome(step: str, pattern: str, text: str) -> Wanted:
    own = _own(step, pattern)
    if own is not None:
        return Wanted(step, own[0], own[1], text)
    named = CATALOGUE.get(pattern)
    if named is not None and not named.patterns:
        raise OutcomeError(f"{step!r} cannot turn out as {pattern!r}")
    if pattern == "caller hung up":
        raise OutcomeError("'caller hung up' is no outcome of a step; use --hang-up-after 12s")
    result = concrete(pattern, step)
    if step == "ask":
        return Wanted(step, How.OWN, Result(result.code, 0, result.message), text)
    if step == "start":
        raise OutcomeError("'start' fails only as 'no such flow'")
    if result.subcode == 7015:
        return Wanted(step, How.SUCCESS, _NOTHING, text)
    how = How.HTTP if is_http(step, result) else How.NEWS
    if how is How.NEWS and step in ("answer", "reject", "redirect", "remove", "mute", "unmute", "hang up"):
        how = How.HTTP if step != "answer" else How.NEWS  # these have no other way to fail
    if how is How.NEWS and step in CALLING and pattern == "no answer":
        return Wanted(step, How.RINGS, _NOTHING, text)
    if named is None and result.code < FIRST_FAILURE:
        raise OutcomeError(f"{pattern!r} is no failure; for a step that goes well write {step}=success")
    if how is How.HTTP and result.code < 400:
        raise OutcomeError(f"{step!r} cannot turn out as {pattern!r}: Graph would say it with a code from 400 to 599")
    return Wanted(step, how, result, text)


def _own(step: str, pattern: str) -> tuple[How, Result] | None:
    """Results that no code of Graph stands for."""
    if pattern == "no outcome":
        return How.SILENCE, _NOTHING
    if (step, pattern) in (("menu", "menu failed"), ("gather", "no input")):
        return How.NO_KEYS, _NOTHING
    if (step, pattern) == ("ask", "service failed"):
        return How.OWN, SERVICE_FAILED
    if (step, pattern) == ("start", "no such flow"):
        return How.OWN, NO_SUCH_FLOW
    if (step, pattern) == ("say", "no voice"):
        return How.OWN, NO_VOICE
    return None


def concrete(pattern: str, step: str = "") -> Result:
    """The first code pair that a pattern stands for, with the meaning as its message."""
    named = CATALOGUE.get(pattern)
    message = named.meaning if named is not None else ""
    if named is not None:
        fitting = [p for p in named.patterns if "/85" in p] if step in (*SPEAKING, "record") else []
        pattern = (fitting or named.patterns)[0]
    code, _, subcode = pattern.partition("/")
    number = int(subcode) if subcode.isdecimal() else 0
    if code == "*":
        return Result(_USUAL_CODES.get(number, 500), number, message or _meaning(500, number))
    first = {"4xx": 400, "5xx": 500, "6xx": 600}.get(code)
    whole = first if first is not None else int(code[0] + "00") if code.endswith("xx") else int(code)
    return Result(whole, number, message or _meaning(whole, number))


def _meaning(code: int, subcode: int) -> str:
    """What the catalogue says about a code pair, by its most exact entry."""
    pair = f"{code}/{subcode}"
    for named in CATALOGUE.values():
        if pair in named.patterns or f"*/{subcode}" in named.patterns:
            return named.meaning
    return next((named.meaning for named in CATALOGUE.values() if f"{code}/*" in named.patterns), "")


def is_http(step: str, result: Result) -> bool:
    """Whether Graph says it in the answer to the request rather than in a later notification."""
    if step == "invite" and result.subcode == 9999:
        return False  # seen live: the operation fails with 412/9999
    if result.subcode:
        return result.code >= 400 and result.subcode in _HTTP_SUBCODES
    return result.code in _HTTP_CODES
