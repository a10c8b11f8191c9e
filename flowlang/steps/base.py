"""What a step word is: its description, and what it does when it begins and when news comes.

Every function gets the machine alone; `m.here(Kind)` is the step with its operands, `m.state(State)` what it
keeps while it waits. A function that ends the step calls `m.succeed()` or `m.fail(result)`.
"""

from collections.abc import Callable
from typing import NamedTuple

from flowlang.call.facts import FlowStarted, OperationUpdated, RequestAnswered, ServiceAnswered
from flowlang.call.session import Leg, Pending
from flowlang.steps.machine import Machine


def _begin(m: Machine) -> None:
    m.succeed()


def _answered(_m: Machine, _pending: Pending, _fact: RequestAnswered) -> None:
    return None


def _operation(_m: Machine, _pending: Pending, _fact: OperationUpdated) -> None:
    return None


def _leg(_m: Machine, _leg: Leg, _news: str) -> None:
    return None


def _key(_m: Machine, _leg: int, _key: str) -> bool:
    return False


def _timer(_m: Machine, _kind: str, _ref: int) -> None:
    return None


def _service(_m: Machine, _fact: ServiceAnswered) -> None:
    return None


def _flow(_m: Machine, _fact: FlowStarted) -> None:
    return None


def _roster(_m: Machine) -> None:
    return None


class StepWord(NamedTuple):
    """One step word.

    kind: its class in `flowlang.plan`. graph: the operation of Graph that it drives, or empty.
    is_instant: never waits. is_final: Graph cannot take it back, so handlers wait for its outcome.
    after_end: may run when the caller's leg is over. ends_call: nothing but instant steps may follow it.
    speaks: needs sound on the caller's leg. after_loss: how its outcome is found out when an answer is lost.
    leg news: `up`, `state`, `result`, `over`, `audible`, `keys-failed`.
    """

    word: str
    kind: type
    summary: str
    form: str
    graph: str = ""
    succeeds: str = ""
    fails: str = ""
    after_loss: str = ""
    is_instant: bool = False
    is_final: bool = False
    after_end: bool = False
    ends_call: bool = False
    begin: Callable[[Machine], None] = _begin
    answered: Callable[[Machine, Pending, RequestAnswered], None] = _answered
    operation: Callable[[Machine, Pending, OperationUpdated], None] = _operation
    leg: Callable[[Machine, Leg, str], None] = _leg
    key: Callable[[Machine, int, str], bool] = _key
    timer: Callable[[Machine, str, int], None] = _timer
    service: Callable[[Machine, ServiceAnswered], None] = _service
    flow: Callable[[Machine, FlowStarted], None] = _flow
    roster: Callable[[Machine], None] = _roster


GONE_SUBCODES = (8522, 8528)


def is_gone(fact: RequestAnswered) -> bool:
    """Whether an answer says that the call is over: 404/8522 "Call not found", 8528 "call terminated" (B3)."""
    result = fact.result
    return result is not None and fact.status >= 400 and result.subcode in GONE_SUBCODES
