"""`invite T [replacing L]`: takes somebody into the call (Graph, participants: invite). The call is a meeting from
then on.

With `replacing L` the person is taken over from leg L, which is used up (A44).
"""

from flowlang.call import commands
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import LEG_GONE, NO_OUTCOME, NO_TARGET
from flowlang.call.session import Pending
from flowlang.plan import Invite
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import party_of
from flowlang.steps.machine import Machine
from flowlang.steps.operating import StateOperating


def begin(m: Machine) -> None:
    step = m.here(Invite)
    leg = m.usable(step.replacing) if step.replacing else None
    target = party_of(m, step.target)
    if step.replacing and leg is None:
        m.say("leg-gone", -1, step.replacing)
        m.fail(LEG_GONE)
    elif target is None:
        m.fail(NO_TARGET)
    else:
        act = commands.Invite(target, str(m.next_number), leg.call_id if leg else "")
        operating.send(m, act, "invite", m.bound_ms(step.bound, m.plan.defaults.invite_ms))


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if pending.word == "participants":
        target = party_of(m, m.here(Invite).target)
        if target is not None and m.in_roster(target) is not None:
            m.succeed()
        else:
            m.fail(NO_OUTCOME)
    else:
        operating.answered(m, pending, fact)
    _became_meeting(m)


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    operating.operation(m, pending, fact)
    _became_meeting(m)


def timer(m: Machine, kind: str, ref: int) -> None:
    """When nothing was heard of the operation to the end, the roster says whether they are in the call."""
    if kind == "bound" and not any(p.operation_id for p in m.pending if p.number == m.state(StateOperating).number):
        m.request(m.primary, commands.ListParticipants(), "participants", m.run)
        m.timer("silent", m.plan.defaults.other_ms, m.run)
    else:
        operating.timer(m, kind, ref)


def _became_meeting(m: Machine) -> None:
    if m.outcome is not True:
        return
    m.kind = "group"
    leg = m.usable(m.here(Invite).replacing) if m.here(Invite).replacing else None
    if leg is not None:
        m.set_leg(leg._replace(is_unwanted=True, holder=0))  # the platform ends it; nothing may use it any more
        m.request(leg.number, commands.HangUp(), "delete")


WORD = StepWord(
    word="invite",
    kind=Invite,
    summary="Takes somebody into the call.",
    form="invite TARGET [replacing LEG] [for TIME]",
    graph="invite",
    succeeds="the operation is completed",
    fails="the operation failed; the leg is over",
    after_loss="the operation's notification carries our context; else Graph is asked who is in the call",
    begin=begin,
    answered=answered,
    operation=operation,
    timer=timer,
)
