"""Words for labels and lines, each from a set that is known beforehand: never a number, a name or an identifier."""

import re
from typing import Final, NamedTuple

from flowlang.call.explained import CODES
from flowlang.call.facts import CallUpdated
from flowlang.call.results import CATALOGUE, TRANSFER_COMPLETED_SUBCODE, Result
from flowlang.call.session import Session
from flowlang.plan import Plan, Transfer
from flowlang.runtime.watch import Played

OTHER: Final = "other"
NONE: Final = "none"
LEFT: Final = ("cancelled", "caller hung up", NONE)
"""Names of results with which a caller's leg ends when the caller goes."""
_KNOWN: Final = {code.code for code in CODES}, {code.subcode for code in CODES}


def status_of(status: int) -> str:
    """Graph's answer as a class: `2xx`, `4xx`, `429`, `5xx`; `none` where no answer came."""
    if status == 0:
        return NONE
    if status == 429:
        return "429"
    return f"{status // 100}xx" if 100 <= status < 600 else OTHER


def result_of(result: Result | None) -> str:
    """The narrowest name of the catalogue that fits a result, else its class: `busy`, `5xx`, `other`; `none`."""
    if result is None:
        return NONE
    if result.name in CATALOGUE:
        return result.name
    if result.code == 0 and result.subcode == 0 and result.name:
        return OTHER
    for pattern in (
        f"{result.code}/{result.subcode}", f"*/{result.subcode}", f"{result.code}/*", f"{result.code // 100}xx",
    ):  # fmt: skip
        if pattern in _BY_PATTERN:
            return _BY_PATTERN[pattern]
    return f"{result.code // 100}xx" if 100 <= result.code < 700 else OTHER


_BY_PATTERN: Final[dict[str, str]] = {
    pattern: name for name, named in reversed(list(CATALOGUE.items())) for pattern in named.patterns
}


def code_of(code: int) -> str:
    """A code of a result, if it is known."""
    return str(code) if code in _KNOWN[0] or 100 <= code < 700 else OTHER


def subcode_of(subcode: int) -> str:
    """A subcode of a result, if it is known; those of border controllers (560…, 540…) end in a SIP code."""
    is_sip = subcode // 1000 in (540, 560) and 0 <= subcode % 1000 < 700
    return str(subcode) if subcode == 0 or subcode in _KNOWN[1] or is_sip else OTHER


def flow_of(plan: Plan) -> str:
    """What a flow is called: its file without folder and ending."""
    file = plan.files[0] if plan.files else ""
    return re.split(r"[/\\]", file)[-1].removesuffix(".flow") or plan.title or OTHER


def transfer_of(step: object) -> str:
    """`blind`, `consultative` or `group`; empty where the step is no transfer."""
    if not isinstance(step, Transfer):
        return ""
    return "group" if step.participant is not None else "consultative" if step.replacing else "blind"


def caller_left(session: Session) -> bool:
    """Whether the caller's leg is over because the caller went: hung up, or left while it rang. What fails then is left
    behind by that, and harms nobody."""
    leg = session.legs[session.primary] if session.primary >= 0 else None
    return leg is not None and leg.is_over and result_of(leg.result) in LEFT


class End(NamedTuple):
    """How the caller's leg ended; None: Graph did not say."""

    result: Result | None


def end_of(one: Played, *, is_over: bool) -> End | None:
    """How the call ended, if the caller's leg did with this fact. `is_over`: the whole session ends here."""
    primary = one.session.primary
    if primary < 0:
        return End(None) if is_over else None
    entry = next((entry for entry in one.trace if entry.code == "leg-over" and entry.leg == primary), None)
    if entry is None or is_over:
        return None
    if entry.facts:
        return End(one.session.legs[primary].result)
    is_moved = isinstance(one.fact, CallUpdated) and one.fact.reason == "AppTransferred"
    return End(Result(0, TRANSFER_COMPLETED_SUBCODE) if is_moved else None)
