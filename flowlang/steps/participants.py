"""What `remove`, `hold` and `resume` share: one request about a participant of a group call.

Who is in the call is learned from rosters; where none came, as after an invitation that made a meeting of a call, Graph
is asked for it first. When the answer to a `remove` is lost the roster tells, too: it is asked for at once, and once
more at the step's bound. It does not show who is on hold; of that the operation's notification tells.
"""

from flowlang.call.commands import Act, HoldParticipant, ListParticipants, RemoveParticipant, ResumeParticipant
from flowlang.call.facts import RequestAnswered
from flowlang.call.party import Participant
from flowlang.call.results import NO_OUTCOME, NOT_IN_CALL
from flowlang.call.session import Pending
from flowlang.plan import Hold, Remove, Resume
from flowlang.steps import operating
from flowlang.steps.evaluate import participant_of
from flowlang.steps.machine import Machine
from flowlang.steps.operating import StateOperating

LIST = "participants"


def begin(m: Machine) -> None:
    leg = m.primary_leg()
    if m.roster is None and leg is not None and not leg.is_over:
        m.waiting = StateOperating(_list(m))
        m.timer("bound", m.plan.defaults.other_ms, m.run)
    else:
        _send(m)


def _list(m: Machine) -> int:
    return m.request(m.primary, ListParticipants(), LIST, m.run)


def _who(m: Machine) -> Participant | None:
    step = m.plan.places[m.place].step
    assert isinstance(step, Remove | Hold | Resume)
    return participant_of(m, step.participant)


def _send(m: Machine) -> None:
    participant = _who(m)
    if participant is None:
        m.fail(NOT_IN_CALL)
        return
    act, word = _act(m, participant.id)
    m.drop_timers("bound", m.run)
    operating.send(m, act, word, m.plan.defaults.other_ms)


def _act(m: Machine, participant_id: str) -> tuple[Act, str]:
    step = m.plan.places[m.place].step
    if isinstance(step, Remove):
        return RemoveParticipant(participant_id), "remove"
    if isinstance(step, Hold):
        return HoldParticipant(participant_id, str(m.next_number)), "startHoldMusic"
    return ResumeParticipant(participant_id, str(m.next_number)), "stopHoldMusic"


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if pending.word == LIST and pending.number == m.state(StateOperating).number:
        if m.roster is None:  # the engine keeps what was listed
            m.fail(fact.result or NO_OUTCOME)
        else:
            _send(m)
    elif pending.word == LIST:
        _look(m)
    elif fact.status == 0 and isinstance(m.plan.places[m.place].step, Remove):
        _list(m)
    else:
        operating.answered(m, pending, fact)


def _look(m: Machine) -> None:
    """Whether somebody who was to be removed is gone."""
    if m.roster is not None and _who(m) is None:
        m.succeed()
    elif not m.has_timer("bound", m.run):  # that was the last question
        m.fail(NO_OUTCOME)


def roster(m: Machine) -> None:
    """For `remove`: a roster without the participant says as much as an answer."""
    if m.roster is not None and _who(m) is None:
        m.succeed()


def timer(m: Machine, kind: str, ref: int) -> None:
    if kind == "bound" and isinstance(m.plan.places[m.place].step, Remove) and m.roster is not None:
        _list(m)
        m.timer("silent", m.plan.defaults.other_ms, m.run)
    else:
        operating.timer(m, kind, ref)
