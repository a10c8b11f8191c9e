"""What the short operations share (`invite`, `mute`, `hold`, `remove`, …): a request that is done by its answer or by
its operation's notification, whichever comes first; when neither comes, Graph is asked, then it is `no outcome`
(B23)."""

from typing import NamedTuple

from flowlang.call.commands import Act, GetOperation
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import LEG_GONE, NO_OUTCOME, Result
from flowlang.call.session import Pending
from flowlang.steps.machine import Machine


class StateOperating(NamedTuple):
    number: int


def send(m: Machine, act: Act, word: str, bound_ms: int) -> None:
    """Send it about the primary leg."""
    leg = m.primary_leg()
    if leg is None or leg.is_over:
        m.fail(LEG_GONE)
        return
    m.waiting = StateOperating(m.request(m.primary, act, word, m.run))
    m.timer("bound", bound_ms, m.run)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if pending.word != "getOperation" and pending.number != m.state(StateOperating).number:
        return
    if fact.status >= 400:
        m.fail(fact.result or NO_OUTCOME)
    elif fact.status:
        _finished(m, "completed" if fact.status == 204 else fact.operation_status, fact.result)


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    if pending.number == m.state(StateOperating).number:
        _finished(m, fact.status, fact.result)


def _finished(m: Machine, status: str, result: Result | None) -> None:
    if status == "completed":
        m.succeed()
    elif status == "failed":
        m.fail(result or NO_OUTCOME)


def timer(m: Machine, kind: str, _ref: int) -> None:
    number = m.state(StateOperating).number
    known = next((p.operation_id for p in m.pending if p.number == number), "")
    if kind == "bound" and known:
        m.request(m.primary, GetOperation(known), "getOperation", m.run)
        m.timer("silent", m.plan.defaults.other_ms, m.run)
    elif kind in ("bound", "silent"):
        m.fail(NO_OUTCOME)
