"""What `menu` and `gather` share: a prompt that a key cuts short, then a time to listen.

Time counts from the end of the prompt. All keys of that leg are the step's own while it runs (A33).
"""

from typing import NamedTuple

from flowlang.call.commands import Prompt
from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import LEG_GONE, NO_OUTCOME, Result
from flowlang.call.session import Leg, Pending
from flowlang.steps.machine import REPEAT_AFTER_MS, Machine
from flowlang.steps.playing import MARGIN_MS, leg_for, length_ms


class StateListening(NamedTuple):
    """`number`: of the prompt's request, 0 while none plays. `turn` counts tries from 1. `typed`: keys so far."""

    leg: int
    number: int = 0
    turn: int = 1
    typed: str = ""
    is_ready: bool = False
    silent: bool = True


def begin(m: Machine, leg_name: str, prompts: tuple[str, ...], listen_ms: int) -> None:
    """Subscribe, and start as soon as there is sound."""
    leg = leg_for(m, leg_name)
    if leg is None:
        m.say("leg-gone", -1, leg_name)
        m.fail(LEG_GONE)
        return
    m.waiting = StateListening(leg.number)
    if leg.number == m.primary:
        m.stop_music()
    if leg.is_audible:
        start(m, prompts, listen_ms)


def start(m: Machine, prompts: tuple[str, ...], listen_ms: int) -> None:
    """One try: the prompt, or straight to listening where there is none."""
    state = m.state(StateListening)
    m.attempt = state.turn
    m.subscribe(m.legs[state.leg])
    m.silence(state.leg)
    for kind in ("listen", "bound", "again"):
        m.drop_timers(kind, m.run)
    if prompts:
        number = m.play(state.leg, tuple([Prompt("file", name) for name in prompts]), loop=False, run=m.run)
        m.waiting = state._replace(number=number, is_ready=True)
        m.timer("bound", length_ms(m, prompts) + MARGIN_MS, m.run)
    else:
        m.waiting = state._replace(number=0, is_ready=True)
        m.timer("listen", listen_ms, m.run)


def again(m: Machine, prompts: tuple[str, ...]) -> None:
    """The prompt once more, unless a key or the bound has ended it meanwhile; the bound holds for all tries
    together."""
    state = m.state(StateListening)
    if state.number:
        number = m.play(state.leg, tuple([Prompt("file", name) for name in prompts]), loop=False, run=m.run)
        m.waiting = state._replace(number=number)


def prompt_over(m: Machine, listen_ms: int) -> None:
    """The prompt is over, or is taken to be: now the time counts."""
    m.waiting = m.state(StateListening)._replace(number=0)
    m.drop_timers("bound", m.run)
    m.timer("listen", listen_ms, m.run)


def cut(m: Machine) -> None:
    """A key cuts the prompt."""
    state = m.state(StateListening)
    if state.number:
        m.silence(state.leg)
        m.drop_timers("bound", m.run)
        m.waiting = state._replace(number=0)


def answered(m: Machine, pending: Pending, fact: RequestAnswered, listen_ms: int) -> None:
    """A prompt that was refused fails the step; one for which the audio was not ready is sent again."""
    if pending.word == "getOperation":
        number, is_over = m.state(StateListening).number, fact.operation_status in ("completed", "failed")
        if is_over and any(p.number == number and p.operation_id == fact.operation_id for p in m.pending):
            prompt_over(m, listen_ms)
        return
    if pending.number != m.state(StateListening).number:
        return
    if fact.status >= 400:
        if fact.result is not None and fact.result.subcode == 8503:
            m.timer("again", REPEAT_AFTER_MS, m.run)
        else:
            m.fail(fact.result or NO_OUTCOME)
    elif fact.operation_status == "completed":
        prompt_over(m, listen_ms)
    elif fact.operation_status == "failed":
        m.fail(fact.result or NO_OUTCOME)


def operation(m: Machine, pending: Pending, fact: OperationUpdated, listen_ms: int) -> None:
    if pending.number != m.state(StateListening).number:
        return
    if fact.status == "completed":
        prompt_over(m, listen_ms)
    else:
        m.fail(fact.result or NO_OUTCOME)


def leg_news(m: Machine, leg: Leg, news: str, prompts: tuple[str, ...], listen_ms: int) -> None:
    state = m.state(StateListening)
    if leg.number != state.leg:
        return
    if news == "audible" and not state.is_ready:
        start(m, prompts, listen_ms)
    elif news == "keys-failed":
        m.silence(leg.number)
        m.fail(leg.result or Result(500, 0, "keys cannot be heard"))
    elif news == "over" and leg.number != m.primary:
        m.fail(LEG_GONE)
