"""What `play` and `say` share: a prompt on one leg, as an operation of Graph (call: playPrompt).

Sound goes out once the leg is audible (B4). An operation is over by its answer or its notification, whichever
comes first. When neither comes within the bound, Graph is asked for the operation.
"""

from typing import NamedTuple

from flowlang.call.commands import GetOperation, Prompt
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import LEG_GONE, NO_OUTCOME
from flowlang.call.session import Leg, Pending
from flowlang.plan import NONE, Play, Say
from flowlang.steps.evaluate import text_of
from flowlang.steps.machine import REPEAT_AFTER_MS, Machine

MARGIN_MS = 10_000


class StatePlaying(NamedTuple):
    """`number` 0: not sent yet."""

    leg: int
    number: int = 0


def length_ms(m: Machine, prompts: tuple[str, ...]) -> int:
    """How long these files play at most: their lengths, or the default where one is not known."""
    known = {prompt.name: prompt.length_ms for prompt in m.plan.prompts}
    lengths = [known.get(name, 0) for name in prompts]
    return sum(lengths) if all(lengths) else m.plan.defaults.prompt_ms


def leg_for(m: Machine, name: str) -> Leg | None:
    """The leg that a step speaks to or listens to: the one named, or the caller's."""
    leg = m.usable(name) if name else m.primary_leg()
    return leg if leg is not None and leg.is_up and not leg.is_over else None


def begin(m: Machine) -> None:
    step = m.plan.places[m.place].step
    name = step.to_leg if isinstance(step, Play | Say) else ""
    leg = leg_for(m, name)
    if leg is None:
        m.say("leg-gone", -1, name)
        m.fail(LEG_GONE)
        return
    m.waiting = StatePlaying(leg.number)
    if leg.number == m.primary:
        m.stop_music()
    if isinstance(step, Play) and step.repeating and step.bound != NONE:
        m.timer("enough", m.bound_ms(step.bound, 0), m.run)
    if leg.is_audible:
        _send(m, leg.number)


def _send(m: Machine, leg: int) -> None:
    step = m.plan.places[m.place].step
    m.silence(leg)
    if isinstance(step, Say):
        prompts: tuple[Prompt, ...] = (Prompt("speech", text_of(m, step.text)),)
        longest, loop = m.bound_ms(step.bound, m.plan.defaults.prompt_ms), False
    else:
        play = m.here(Play)
        prompts = tuple([Prompt("file", name) for name in play.prompts])
        longest, loop = length_ms(m, play.prompts) + MARGIN_MS, play.repeating
    m.waiting = StatePlaying(leg, m.play(leg, prompts, loop=loop, run=m.run))
    if not loop and not m.has_timer("bound", m.run):  # the bound holds for all tries together
        m.timer("bound", longest, m.run)


def leg(m: Machine, leg: Leg, news: str) -> None:
    state = m.state(StatePlaying)
    if leg.number != state.leg:
        return
    if news == "audible" and state.number == 0:
        _send(m, leg.number)
    elif news == "over" and leg.number != m.primary:
        m.fail(LEG_GONE)


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    if pending.word == "getOperation":
        if is_decided(m, fact):
            m.forget(m.state(StatePlaying).number)
            _finished(m, fact.operation_status or "failed", fact)
    elif pending.number != m.state(StatePlaying).number:
        return
    elif fact.status >= 400:
        if fact.result is not None and fact.result.subcode == 8503:
            m.timer("again", REPEAT_AFTER_MS, m.run)  # audio inactive: the platform is not ready yet
        else:
            m.fail(fact.result or NO_OUTCOME)
    elif fact.operation_status in ("completed", "failed"):
        _finished(m, fact.operation_status, fact)
    elif fact.status == 0 and not m.has_timer("bound", m.run) and not m.has_timer("again", m.run):
        m.timer("again", REPEAT_AFTER_MS, m.run)  # what repeats has no bound: nobody would hear of it any more


def is_decided(m: Machine, fact: RequestAnswered) -> bool:
    """Whether what Graph says of an operation ends the step: always when its bound is over, and before that only where
    the operation is."""
    return m.has_timer("silent", m.run) or fact.operation_status in ("completed", "failed")


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    if pending.number == m.state(StatePlaying).number:
        _finished(m, fact.status, fact)


def _finished(m: Machine, status: str, fact: RequestAnswered | OperationUpdated) -> None:
    step = m.plan.places[m.place].step
    if status == "completed":
        if isinstance(step, Play) and step.repeating:
            _send(m, m.state(StatePlaying).leg)
        else:
            m.succeed()
    else:
        m.fail(fact.result or NO_OUTCOME)


def timer(m: Machine, kind: str, _ref: int) -> None:
    state = m.state(StatePlaying)
    if kind == "enough":
        m.silence(state.leg)
        m.succeed()
    elif kind == "again":
        _send(m, state.leg)
    elif kind == "bound":
        known = next((p.operation_id for p in m.pending if p.number == state.number), "")
        if known:
            m.request(state.leg, GetOperation(known), "getOperation", m.run)
            m.timer("silent", m.plan.defaults.other_ms, m.run)
        else:
            m.fail(NO_OUTCOME)
    elif kind == "silent":
        m.fail(NO_OUTCOME)
