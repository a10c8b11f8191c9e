"""`invite T [replacing L]`: takes somebody into the call (Graph, participants: invite). The call is a meeting from
then on.

With `replacing L` the person is taken over from leg L, which is used up (A44).
"""

from flowlang.call import commands
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import LEG_GONE, NO_TARGET
from flowlang.call.session import Pending
from flowlang.plan import Invite
from flowlang.steps import operating
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import party_of
from flowlang.steps.machine import Machine


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
    operating.answered(m, pending, fact)
    _became_meeting(m)


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    operating.operation(m, pending, fact)
    _became_meeting(m)


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
    after_loss="the operation's notification carries our context; else Graph is asked, else no outcome",
    begin=begin,
    answered=answered,
    operation=operation,
    timer=operating.timer,
)
